"""What a C++ framework shows to Python."""

from ungil.facts.model import Facts
from ungil.facts.native import read as c
from ungil.source import Language, Source

CODE = """\
class Shelf : public Base<int> {
  public:
    void put(int n) { items_.push_back(n); }
    int get() const { return items_.back(); }
    void hidden() { items_.clear(); }
    int count;
  private:
    std::vector<int> items_;
};
static int version() { return 1; }
int Base::size() { return 0; }
NB_MODULE(spam, m) {
    m.def("version", version);
    nb::class_<ns::Shelf, Base<int>>(m, "Shelf")
        .def("put", &Shelf::put, nb::lock_self(), nb::arg("n").lock())
        .def("get", static_cast<int (Shelf::*)() const>(&ns::Shelf::get))
        .def("make", [](int n) { return nb::def_inner("x", &Shelf::hidden_inside); })
        .def("size", &Shelf::size, nb::call_guard<nb::gil_scoped_release>())
        .def_rw("count", &Shelf::count);
    nb::bind_vector<std::vector<ns::Shelf>>(m, "Shelves");
    nb::bind_vector(m, "no_template");
}
"""


def read() -> Facts:
    """The facts of the file above."""
    return c.read([Source("spam.cpp", CODE.encode(), Language.CXX)])


def test_bindings_are_read_with_what_they_lock() -> None:
    """Each method, function and field that is named in a definition is one binding."""
    found = [(b.how, b.scope, b.name, b.locks_self, b.locked_arguments) for b in read().files[0].bindings]
    assert ("def", "", "version", False, 0) in found
    assert ("def", "Shelf", "put", True, 2) in found
    assert ("def", "Shelf", "get", False, 0) in found
    assert ("def_rw", "Shelf", "count", False, 0) in found
    assert ("def", "Shelf", "hidden_inside", False, 0) not in found


def test_a_bound_class_is_named_without_its_namespace() -> None:
    """The first template argument of class_ is the class."""
    assert [name for name, _ in read().files[0].bound_classes] == ["Shelf"]


def test_a_binding_may_detach_for_the_call() -> None:
    """A call guard is read as what it does; the other bindings run attached."""
    assert {b.name: b.detaches for b in read().files[0].bindings if b.detaches} == {"size": True}


def test_bound_containers_are_those_with_a_type() -> None:
    """A container of the standard library that the framework shows is found at the name of what shows it."""
    found = read().files[0].bound_containers
    assert [(how, span.line, span.column) for how, span in found] == [("bind_vector", 20, 9)]


def test_bound_functions_can_be_entered_from_python() -> None:
    """A method that is bound is no helper, also where it is inherited; one that is not bound is not marked."""
    bound = {f.name: f.is_bound for f in read().functions() if f.name != "NB_MODULE"}
    assert bound == {"put": True, "get": True, "hidden": False, "version": True, "size": True}
    assert not any(f.is_called_only for f in read().functions() if f.is_bound)
