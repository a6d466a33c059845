"""The calls that return a strong reference, by the name of the call that borrows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["STRONG", "Strong"]


@dataclass(frozen=True, slots=True)
class Strong:
    """What stands for a call that borrows.

    Attributes:
        name: of the call that returns a strong reference.
        by_address: it stores the reference through its last argument, and returns what happened.
        handles: what has to be done by hand when it returns so, as condition and statements, to behave as before.
        fails_anew: it finds nothing where the old call always found something: another thread was faster.
    """

    name: str
    by_address: bool = False
    handles: tuple[str, ...] = ()
    fails_anew: bool = False

    def lines(self, arguments: Sequence[str], target: str) -> list[str]:
        """The statement that sets ``target``, line by line; a line that belongs to a block begins with a tab."""
        if not self.by_address:
            return [f"{target} = {self.name}({', '.join(arguments)});"]
        call = f"{self.name}({', '.join([*arguments, f'&{target}'])})"
        if not self.handles:
            return [f"(void){call};"]
        condition, *statements = self.handles
        inside = [f"\t{statement.format(target=target)}" for statement in statements]
        return [f"if ({call} {condition}) {{", *inside, "}"]


_CLEARED = ("< 0", "PyErr_Clear();")

STRONG = {
    "PyList_GetItem": Strong("PyList_GetItemRef", fails_anew=True),
    "PyList_GET_ITEM": Strong("PyList_GetItemRef", fails_anew=True),
    "PyDict_GetItem": Strong("PyDict_GetItemRef", by_address=True, handles=_CLEARED),
    "PyDict_GetItemWithError": Strong("PyDict_GetItemRef", by_address=True),
    "_PyDict_GetItemWithError": Strong("PyDict_GetItemRef", by_address=True),
    "PyDict_GetItemString": Strong("PyDict_GetItemStringRef", by_address=True, handles=_CLEARED),
    "PyDict_SetDefault": Strong("PyDict_SetDefaultRef", by_address=True),
    "PyWeakref_GetObject": Strong(
        "PyWeakref_GetRef", by_address=True, handles=("== 0", "Py_INCREF(Py_None);", "{target} = Py_None;")
    ),
    "PyWeakref_GET_OBJECT": Strong(
        "PyWeakref_GetRef", by_address=True, handles=("== 0", "Py_INCREF(Py_None);", "{target} = Py_None;")
    ),
    "PyImport_AddModule": Strong("PyImport_AddModuleRef"),
    "PyCell_GET": Strong("PyCell_Get"),
}
