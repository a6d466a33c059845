"""The one object of a class is changed by methods that lock nothing.

What it finds
    A C++ class of which a function returns its one static object, ``static Registry& instance() { static Registry
    registry; return registry; }``, and whose methods change a data member without a lock while the module is in use.
    One finding for each class, at the first such change. Members that are mutexes or atomics, methods that only the
    initialisation calls, and methods that every caller enters locked are left alone. Classes that a framework shows
    to Python are what the rules on bound classes report.

Why it is unsafe without the GIL
    C++ makes the object once, however many threads come first; that is all it promises. Every thread gets the same
    object afterwards: while one inserts into its map, another looks something up, and follows nodes that move.

How to fix it
    Give the class a mutex, and hold it in every method. A ``std::shared_mutex`` serves a registry that is mostly
    read. Do not call Python while holding it. Or fill the registry while the module is initialised, and leave it
    alone afterwards.

References
    https://en.cppreference.com/w/cpp/language/storage_duration
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, MemberUse
from ungil.facts.native.bound import CONTAINERS, SYNCHRONISED
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first unlocked change in each class."""
    bound = {use.type for use in facts.member_uses}
    classes: dict[str, list[MemberUse]] = {}
    for use in facts.singleton_uses:
        if use.type not in bound and _is_change(use):
            classes.setdefault(use.type, []).append(use)
    for uses in classes.values():
        yield _finding(uses)


def _is_change(use: MemberUse) -> bool:
    method = use.method
    if use.kind == "read" or use.is_locked or use.field_type in SYNCHRONISED:
        return False
    if use.kind == "mutate" and use.field_type not in CONTAINERS:
        return False  # a class of the project's own may lock inside
    if method.is_called_locked or method.says_locked or method.name.startswith("operator="):
        return False
    return any(
        not (call.locks or call.function.only_initialises or _makes(call.function.name)) for call in method.callers
    )


def _makes(caller: str) -> bool:
    """The framework's macro, whose body fills the module."""
    return "MODULE" in caller


def _finding(uses: list[MemberUse]) -> Finding:
    first = next((use for use in uses if use.field_type in CONTAINERS), uses[0])
    callers = list(dict.fromkeys(call.function.name for call in first.method.callers))
    return rule.finding(
        first.method.file,
        first.span,
        f"{first.method.name}() changes '{first.field}' of the only {first.type} without a lock while another thread "
        "uses "
        "it: what that thread holds is moved or freed, or an update is lost",
        fix="give the class a mutex and hold it in every method that uses the member, or change it only while the "
        "module is "
        "initialised",
        severity=None if first.field_type in CONTAINERS else Severity.NOTE,
        confidence=Confidence.MEDIUM,
        evidence=(
            f"called by {', '.join(callers[:3])}",
            "changed without a lock: " + ", ".join(dict.fromkeys(use.field for use in uses)),
        ),
    )


rule = Rule(
    code="UG226",
    slug="singleton-registry",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a registry that Python code adds to",
            """\
class Registry {
  public:
    static Registry &instance() {
        static Registry registry;
        return registry;
    }
    void add(const std::string &name, int codec) { codecs_[name] = codec; }  // <--
    int find(const std::string &name) { return codecs_.at(name); }

  private:
    std::map<std::string, int> codecs_;
};

void register_codec(const std::string &name, int codec) { Registry::instance().add(name, codec); }
int find_codec(const std::string &name) { return Registry::instance().find(name); }

PYBIND11_MODULE(codecs, m, py::mod_gil_not_used()) {
    m.def("register_codec", &register_codec);
    m.def("find_codec", &find_codec);
}
""",
            path="example.cpp",
        ),
        Good(
            "the same with a mutex",
            """\
class Registry {
  public:
    static Registry &instance() {
        static Registry registry;
        return registry;
    }
    void add(const std::string &name, int codec) {
        std::lock_guard<std::mutex> guard(mutex_);
        codecs_[name] = codec;
    }
    int find(const std::string &name) {
        std::lock_guard<std::mutex> guard(mutex_);
        return codecs_.at(name);
    }

  private:
    std::mutex mutex_;
    std::map<std::string, int> codecs_;
};

void register_codec(const std::string &name, int codec) { Registry::instance().add(name, codec); }
int find_codec(const std::string &name) { return Registry::instance().find(name); }

PYBIND11_MODULE(codecs, m, py::mod_gil_not_used()) {
    m.def("register_codec", &register_codec);
    m.def("find_codec", &find_codec);
}
""",
            path="example.cpp",
        ),
        Good(
            "filled while the module is initialised",
            """\
class Registry {
  public:
    static Registry &instance() {
        static Registry registry;
        return registry;
    }
    void add(const std::string &name, int codec) { codecs_[name] = codec; }
    int find(const std::string &name) const { return codecs_.at(name); }

  private:
    std::map<std::string, int> codecs_;
};

int find_codec(const std::string &name) { return Registry::instance().find(name); }

PYBIND11_MODULE(codecs, m, py::mod_gil_not_used()) {
    Registry::instance().add("raw", 0);
    m.def("find_codec", &find_codec);
}
""",
            path="example.cpp",
        ),
    ),
)
