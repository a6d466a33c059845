"""A guard gets a name, and lives to the end of its block.

What it does
    ``std::lock_guard<std::mutex>(mutex);`` becomes ``std::lock_guard<std::mutex> guard(mutex);``, and so do the other
    guards of C++ and of the frameworks.

What to look at
    The lock is held, or the thread attached or detached, to the end of the block now, which it never was.

What it leaves
    Guards without a block of their own, and those behind a label.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.names import can_declare_before, unused_name
from ungil.rewrite.pen import Pen

_CHECK = "what follows in the block may run under the guard, and takes no lock that it holds: it never ran so before"


def repair(site: Site) -> Repair:
    """The name, behind the type."""
    words, statement = site.unit.words, site.statement
    head = statement.head
    brackets = [at for at in range(head.first, head.last) if words[at].text in {"(", "{"}]
    opening = next((at for at in brackets if words[at].partner == head.last - 1), None)
    if statement.kind != "plain" or opening is None or not words.is_whole(statement.words):
        raise Undecided("the guard is part of something else: give it a name where it lives long enough")
    if statement.is_bare:
        raise Undecided("the guard is all that a condition governs: what is to be guarded?")
    can_declare_before(statement)
    pen = Pen(site.path, site.unit)
    name = unused_name(site.function, "attached" if "gil_" in words.source(head) else "guard")
    if words.source(words.inside(opening)) == "" and words[opening].text == "(":
        pen.delete_stretch(words[opening].start, words[opening].end)  # guard() would declare a function
        pen.delete_stretch(words[opening + 1].start, words[opening + 1].end)
    pen.insert(words[opening - 1].end, f" {name}")
    return Repair(edits=pen.edits)


fixer = Fixer(
    slug="named-guard",
    codes=frozenset({"UG324"}),
    repair=repair,
    check=_CHECK,
    doc=__doc__,
    examples=(
        Repaired(
            "two locks",
            """\
#include <mutex>
#include <vector>

class Pool {
public:
    void push(int item)
    {
        std::lock_guard<std::mutex>(this->mutex_);
        items_.push_back(item);
    }

    void pop()
    {
        std::unique_lock<std::mutex>{mutex_};
        items_.pop_back();
    }

private:
    std::mutex mutex_;
    std::vector<int> items_;
};
""",
            """\
#include <mutex>
#include <vector>

class Pool {
public:
    void push(int item)
    {
        std::lock_guard<std::mutex> guard(this->mutex_);
        items_.push_back(item);
    }

    void pop()
    {
        std::unique_lock<std::mutex> guard{mutex_};
        items_.pop_back();
    }

private:
    std::mutex mutex_;
    std::vector<int> items_;
};
""",
            "example.cpp",
        ),
        Repaired(
            "a thread that is attached for one statement",
            """\
#include <pybind11/pybind11.h>

namespace py = pybind11;

void notify(const py::function &callback, int event)
{
    py::gil_scoped_acquire();
    callback(event);
}
""",
            """\
#include <pybind11/pybind11.h>

namespace py = pybind11;

void notify(const py::function &callback, int event)
{
    py::gil_scoped_acquire attached;
    callback(event);
}
""",
            "example.cpp",
        ),
        Left(
            "a guard that a condition governs",
            """\
#include <mutex>

static std::mutex mutex;

int count(bool shared)
{
    static int calls;
    if (shared)
        std::lock_guard<std::mutex>{mutex};
    return ++calls;
}
""",
            "what is to be guarded?",
            "example.cpp",
        ),
    ),
)
