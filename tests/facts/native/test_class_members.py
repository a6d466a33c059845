"""What methods of bound classes do with the object's data members."""

from ungil.facts.native import read as c
from ungil.source import Language, Source

CODE = """\
class Shelf {
  public:
    Shelf() { items_.clear(); }
    ~Shelf() { items_.clear(); }
    static int made() { return count_; }
    void put(int n) { items_.push_back(n); ++count_; this->index_[n] = 1; }
    int size() const { std::lock_guard<std::mutex> g(mutex_); return count_; }
    void other(Shelf &from, int count_) { from.items_.clear(); count_ = 1; }
  private:
    const int limit_ = 3;
    std::mutex mutex_;
    std::vector<int> items_;
    std::map<int, int> index_;
    int count_;
};
class Hidden { int n_; void set() { n_ = 1; } };
PYBIND11_MODULE(spam, m) { py::class_<Shelf>(m, "Shelf").def("put", &Shelf::put); }
"""


def test_uses_of_members_are_told_apart() -> None:
    """Only the object's own members count, and only in methods of bound classes that neither make nor destroy it."""
    uses = c.read([Source("spam.cpp", CODE.encode(), Language.CXX)]).member_uses
    assert [(u.method.name, u.field, u.kind, u.is_locked) for u in uses if u.field != "mutex_"] == [
        ("put", "items_", "mutate", False),
        ("put", "count_", "write", False),
        ("put", "index_", "write", False),
        ("size", "count_", "read", True),
    ]
    assert {u.type for u in uses} == {"Shelf"}


def test_a_member_that_is_called_is_used_and_an_item_is_not_the_whole() -> None:
    """A function object among the members is read by calling it; setting an item says so."""
    code = """\
class Timer {
    void on(py::function f) { callback_ = f; names_["on"] = f; }
    void tick() { callback_(); }
    py::function callback_;
    py::dict names_;
};
PYBIND11_MODULE(spam, m) { py::class_<Timer>(m, "Timer").def("on", &Timer::on).def("tick", &Timer::tick); }
"""
    uses = c.read([Source("spam.cpp", code.encode(), Language.CXX)]).member_uses
    assert [(u.method.name, u.field, u.kind, u.is_element) for u in uses] == [
        ("on", "callback_", "write", False),
        ("on", "names_", "write", True),
        ("tick", "callback_", "read", False),
    ]


SINGLETONS = """\
class Registry {
  public:
    static Registry &instance() { static Registry registry; return registry; }
    void add(int n) { items_.push_back(n); }
  private:
    std::vector<int> items_;
};
class Pool { public: void grow() { ++size_; } int size_; };
Pool &pool() { static Pool made; return made; }
class Copied { public: void grow() { ++size_; } int size_; };
int copied() { static Copied made; return made.size_; }
class Plain { public: void grow() { ++size_; } int size_; };
"""


def test_classes_with_one_static_object_are_shared() -> None:
    """A class counts if a function returns its static object, its own method or another."""
    uses = c.read([Source("spam.cpp", SINGLETONS.encode(), Language.CXX)]).singleton_uses
    assert [(u.type, u.method.name, u.field, u.kind) for u in uses] == [
        ("Registry", "add", "items_", "mutate"),
        ("Pool", "grow", "size_", "write"),
    ]
