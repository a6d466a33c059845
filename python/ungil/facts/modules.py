"""Which extension modules a project has, how each is initialised, and what each declares about the GIL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ungil.facts.model import Call, Declaration, File, Function, Initialisation, ModuleInit, Variable

__all__ = ["find_modules"]

_CREATES = frozenset({"PyModule_Create", "PyModule_Create2", "PyModule_FromDefAndSpec"})
_MULTI_PHASE = "PyModuleDef_Init"
_DECLARES = "PyUnstable_Module_SetGIL"
_DEF_SLOTS_INDEX = 5  # of m_slots among PyModuleDef's members, PyModuleDef_HEAD_INIT counted as one


def find_modules(files: Sequence[File]) -> Iterator[ModuleInit]:
    """Every module whose initialisation function is defined in one of the files and can be followed."""
    tables = {file.path: {v.name: v for v in file.variables if v.entries} for file in files}
    for file in files:
        for function in file.functions:
            name = _module_name(function.name)
            if name is not None:
                found = _multi_phase(tables, function, name) or _single_phase(function, name)
                if found is not None:
                    yield found


def _module_name(function: str) -> str | None:
    for prefix in ("PyInit_", "PyModExport_"):
        if function.startswith(prefix):
            return function.removeprefix(prefix)
    return None


type _Tables = dict[str, dict[str, Variable]]  # the tables of each file, by name


def _table(tables: _Tables, name: str, seen_from: File) -> Variable | None:
    """The table of that name in the file that uses it, or the only one elsewhere."""
    own = tables[seen_from.path].get(name)
    elsewhere = [found[name] for found in tables.values() if name in found] if own is None else []
    return elsewhere[0] if len(elsewhere) == 1 else own


def _reachable_calls(function: Function) -> Iterator[Call]:
    """The calls that an initialisation function makes, helpers included, in the order in which they are made."""
    seen = {function.key}
    waiting = list(reversed(function.calls))
    while waiting:
        call = waiting.pop()
        yield call
        helpers = call.function.resolve(call.name)
        if len(helpers) == 1 and helpers[0].key not in seen:
            seen.add(helpers[0].key)
            waiting.extend(reversed(helpers[0].calls))


def _multi_phase(tables: _Tables, function: Function, name: str) -> ModuleInit | None:
    if function.name.startswith("PyModExport_"):
        return _exported(function, name)
    for call in _reachable_calls(function):
        if call.name != _MULTI_PHASE or not call.arguments:
            continue
        definition = _table(tables, call.arguments[0].text.lstrip("&( "), call.function.file)
        if definition is None:
            return None  # the definition comes from a macro or from a file that is not here: nothing is known
        return _from_definition(tables, function, name, definition)
    return None


def _exported(function: Function, name: str) -> ModuleInit | None:
    """``PyModExport_name`` (PEP 793) returns the slot array itself."""
    tables = [v for v in function.file.variables if v.entries and v.type in {"PySlot", "PyModuleDef_Slot"}]
    if len(tables) != 1:
        return None
    return _from_slots(function, name, tables[0])


def _from_definition(tables: _Tables, function: Function, name: str, definition: Variable) -> ModuleInit | None:
    slots = _slots_name(definition.entries)
    if slots is None:
        missing = Declaration.MISSING
        return ModuleInit(function, name, Initialisation.MULTI_PHASE, missing, definition.file, definition.span)
    table = _table(tables, slots, definition.file)
    return _from_slots(function, name, table) if table is not None else None


def _from_slots(function: Function, name: str, table: Variable) -> ModuleInit:
    declaration = Declaration.MISSING
    for entry in table.entries:
        if "Py_mod_gil" in entry:
            declaration = _declared(entry)
        elif declaration is Declaration.MISSING and _is_written_by_macro(entry):
            declaration = Declaration.UNCLEAR
    return ModuleInit(function, name, Initialisation.MULTI_PHASE, declaration, table.file, table.span)


def _is_written_by_macro(entry: Sequence[str]) -> bool:
    """``GIL_SLOT`` for ``{Py_mod_gil, ...}``; the C API's own ``PySlot_...`` macros say which slot they write."""
    return bool(entry) and entry[0] != "{" and not entry[0].startswith("PySlot")


def _slots_name(members: Sequence[Sequence[str]]) -> str | None:
    """The initializer of ``m_slots``, by name or by position; None when it is NULL or left out."""
    for position, member in enumerate(members):
        designated = member[:2] == [".", "m_slots"]
        if designated or (position == _DEF_SLOTS_INDEX and member[:1] != ["."]):
            value = member[-1]
            return None if value in {"NULL", "0", "nullptr"} else value
    return None


def _single_phase(function: Function, name: str) -> ModuleInit | None:
    calls = list(_reachable_calls(function))
    created = next((call for call in calls if call.name in _CREATES), None)
    if created is None:
        return None
    declaration = Declaration.MISSING
    for call in calls:
        if call.name == _DECLARES and len(call.arguments) > 1:
            declaration = _declared([call.arguments[1].text])
        elif _DECLARES in (call.function.file.macro(call.name) or ()):
            declaration = Declaration.UNCLEAR  # a macro that makes the call
    file = created.function.file
    return ModuleInit(function, name, Initialisation.SINGLE_PHASE, declaration, file, created.span)


def _declared(words: Iterable[str]) -> Declaration:
    for stance in (Declaration.NOT_USED, Declaration.USED):
        if stance in words:
            return stance
    return Declaration.UNCLEAR
