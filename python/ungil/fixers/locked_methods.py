"""The methods of a type hold a critical section on their object.

What it does
    Of every function that Python calls and that uses a field of the type which changes, the body becomes a function of
    its own, ``name_lock_held``; the function calls it in a critical section on the object, or on both where two objects
    of the type are among its arguments. On a GIL-enabled build the sections are empty.

What to look at
    Uses of the fields that are not in a function of the type's tables (``PyMemberDef``, other threads, callbacks) need
    the same lock, and code that Python calls from inside a method suspends it: what was read before is old then.

What it leaves
    Functions whose head a macro makes or whose parameters have no names, and types of which three objects meet in one
    call.
"""

from __future__ import annotations

from ungil.fixer import Edit, Fixer, Repair, Repaired, Site, Undecided
from ungil.rewrite.methods import exposure_at, methods_that_use
from ungil.rewrite.pen import Pen
from ungil.rewrite.wrappers import call_under_lock

_CHECK = (
    "every other use of the fields needs the same lock, and a method that runs Python code lets others in meanwhile: "
    "what it read before is old then"
)


def repair(site: Site) -> Repair:
    """A lock for all methods that share the field of the finding, and the other fields of its type."""
    exposure = exposure_at(site)
    methods = methods_that_use(site.tree, exposure)
    if not methods:
        raise Undecided(f"no function that Python calls was seen to get a '{exposure.type}': lock it where it is used")
    pens: dict[str, Pen] = {}
    for method in methods:
        pen = pens.setdefault(method.path, Pen(method.path, site.tree.unit(method.path)))
        call_under_lock(pen, method.function, method.objects)
    edits: list[Edit] = [edit for pen in pens.values() for edit in pen.edits]
    two = any(len(method.objects) > 1 for method in methods)
    one = any(len(method.objects) == 1 for method in methods)
    needs = {"Py_BEGIN_CRITICAL_SECTION2"} if two else set()
    return Repair(edits=tuple(edits), needs=frozenset(needs | ({"Py_BEGIN_CRITICAL_SECTION"} if one else set())))


fixer = Fixer(
    slug="locked-methods",
    codes=frozenset(
        {"UG210", "UG211", "UG212", "UG213", "UG214", "UG215", "UG216", "UG217", "UG218", "UG240", "UG241"}
    ),
    repair=repair,
    check=_CHECK,
    doc=__doc__,
    examples=(),
)
