"""A global C++ container is changed while other threads use it.

What it finds
    A container of the standard library with static storage (a global, a class static or a function static) that
    functions change without a lock: ``insert``, ``push_back``, ``erase``, ``map[key] = value``.

Why it is unsafe without the GIL
    The containers of the standard library may be read by many threads or changed by one, never both. An insertion can
    rehash or move the elements while another thread searches them; two insertions at once break the structure itself.

How to fix it
    Guard every use by one mutex: ``std::shared_mutex`` where readers abound, and never hold it while calling Python; or
    nanobind's ``nb::ft_mutex``, which costs nothing on GIL-enabled builds. What is filled once belongs in the
    initialisation of the module, or in a function static that is initialised by one call.

References
    https://en.cppreference.com/w/cpp/container#Thread_safety
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Role
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each container, where it is first changed."""
    for place, containers in places(facts.shared_statics, Role.CONTAINER):
        yield rule.finding(
            place.function.file,
            place.span,
            f"{place.function.name}() changes {names(containers)} while another thread searches or changes it: the "
            "container's structure breaks, or freed elements are read",
            fix="guard every use by one mutex, and do not call Python while holding it",
            evidence=tuple(f"'{c.variable.name}' is a {c.level}: {c.variable.declaration}" for c in containers[:3]),
        )


rule = Rule(
    code="UG233",
    slug="cxx-global-container",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a registry",
            """\
static std::unordered_map<std::string, Codec *> codecs;

void register_codec(const std::string &name, Codec *codec) {
    codecs[name] = codec;  // <--
}

Codec *find_codec(const std::string &name) {
    auto found = codecs.find(name);
    return found == codecs.end() ? nullptr : found->second;
}
""",
            "example.cpp",
        ),
        Good(
            "under one mutex",
            """\
static std::shared_mutex codecs_lock;
static std::unordered_map<std::string, Codec *> codecs;

void register_codec(const std::string &name, Codec *codec) {
    std::unique_lock<std::shared_mutex> guard(codecs_lock);
    codecs[name] = codec;
}

Codec *find_codec(const std::string &name) {
    std::shared_lock<std::shared_mutex> guard(codecs_lock);
    auto found = codecs.find(name);
    return found == codecs.end() ? nullptr : found->second;
}
""",
            "example.cpp",
        ),
        Bad(
            "a cache in a function",
            """\
const Shape &shape_of(int rank) {
    static std::map<int, Shape> shapes;
    if (shapes.count(rank) == 0)
        shapes.emplace(rank, Shape(rank));  // <--
    return shapes.at(rank);
}
""",
            "example.cpp",
        ),
        Good(
            "filled by its initializer",
            """\
const Shape &shape_of(int rank) {
    static const std::map<int, Shape> shapes = all_shapes();
    return shapes.at(rank);
}
""",
            "example.cpp",
        ),
        Good(
            "one per thread",
            """\
void note(int event) {
    static thread_local std::vector<int> events;
    events.push_back(event);
}
""",
            "example.cpp",
        ),
    ),
)
