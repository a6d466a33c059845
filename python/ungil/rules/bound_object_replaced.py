"""A bound C++ object keeps a Python object or a function, and replaces it without a lock.

What it finds
    Classes that pybind11, nanobind or Boost.Python show to Python, of which a method assigns a data member that holds
    a Python object (``py::object``, ``py::function``, ``nb::callable``, ``py::dict`` ...) or a ``std::function`` and
    holds no lock there; to set an item of a dict or a list is left alone, since these lock themselves. A warning
    where another method of the class uses the member, a note where only this one does. One finding for each class.

Why it is unsafe without the GIL
    To assign such a member is to store the new pointer and to release the old object. A thread that reads the member
    in between takes the old pointer and adds a reference to an object that is gone; two that assign it both release
    the same old object. A ``std::function`` is freed while another thread is calling it.

How to fix it
    Take the object in its constructor and never replace it. Or replace and read it under the lock of the object
    (``nb::lock_self()``, nanobind 2.2; ``py::scoped_critical_section``, pybind11 3.0), and call what was read after a
    reference of one's own was taken, outside the lock.

References
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html#free-threading-support
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, MemberUse
from ungil.facts.native.bound import BoundClasses
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

# By their last names; list, set, array, tuple, iterator and any are names of the standard library as well.
_OBJECTS = frozenset(
    {"object", "function", "callable", "dict", "str", "bytes", "py_object", "array_t", "ndarray", "type_object"}
)


def check(facts: Facts) -> Iterator[Finding]:
    """The first such assignment of each class."""
    for name, uses in BoundClasses(facts).uses():
        writes = [u for u in uses if u.field_type in _OBJECTS and u.kind == "write" and not u.is_element]
        writes = [u for u in writes if u.method.is_bound or u.method.callers]
        if writes:
            yield _finding(name, min(writes, key=lambda u: not _others(u, uses)), uses)


def _others(write: MemberUse, uses: list[MemberUse]) -> list[str]:
    return sorted({u.method.name for u in uses if u.field == write.field and u.method.key != write.method.key})


def _finding(name: str, write: MemberUse, uses: list[MemberUse]) -> Finding:
    others = _others(write, uses)
    other = f"{others[0]}()" if others else f"{write.method.name}() on the same object"
    return rule.finding(
        write.method.file,
        write.span,
        f"{write.method.name}() replaces '{write.field}' of a {name} without a lock while another thread is in "
        f"{other}: what it held is released under that thread, or twice",
        fix="replace and read it under the lock of the object (nb::lock_self(), nanobind 2.2; "
        "py::scoped_critical_section, pybind11 3.0), or set it in the constructor alone",
        confidence=Confidence.MEDIUM,
        severity=None if others else Severity.NOTE,
    )


rule = Rule(
    code="UG708",
    slug="bound-object-replaced",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a callback that can be replaced",
            """\
class Timer {
  public:
    void on_tick(py::function callback) { callback_ = std::move(callback); }  // <--
    void tick() { callback_(); }

  private:
    py::function callback_;
};

PYBIND11_MODULE(clock, m, py::mod_gil_not_used()) {
    py::class_<Timer>(m, "Timer").def("on_tick", &Timer::on_tick).def("tick", &Timer::tick);
}
""",
            "example.cpp",
        ),
        Good(
            "under the lock of the object",
            """\
class Timer {
  public:
    void on_tick(nb::callable callback) { callback_ = std::move(callback); }
    nb::callable callback() { return callback_; }

  private:
    nb::callable callback_;
};

NB_MODULE(clock, m) {
    nb::class_<Timer>(m, "Timer")
        .def("on_tick", &Timer::on_tick, nb::lock_self())
        .def("callback", &Timer::callback, nb::lock_self());
}
""",
            "example.cpp",
        ),
        Good(
            "an iterator of C++",
            """\
struct Cursor {
    Map::iterator it;
    int next() { it = following(it); return it->second; }
};

NB_MODULE(spam, m) {
    nb::class_<Cursor>(m, "Cursor").def("__next__", &Cursor::next);
}
""",
            "example.cpp",
        ),
        Good(
            "set by the constructor",
            """\
class Timer {
  public:
    explicit Timer(py::function callback) : callback_(std::move(callback)) {}
    void tick() { callback_(); }

  private:
    py::function callback_;
};

PYBIND11_MODULE(clock, m, py::mod_gil_not_used()) {
    py::class_<Timer>(m, "Timer").def(py::init<py::function>()).def("tick", &Timer::tick);
}
""",
            "example.cpp",
        ),
    ),
)
