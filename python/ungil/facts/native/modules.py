"""Which extension modules a project has, how each is initialised, and what each declares about the GIL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ungil.facts.model import Call, Declaration, File, Initialisation, ModuleEntry, ModuleInit, Variable

__all__ = ["TAG", "find_modules", "initialisation_calls"]

_CREATES = frozenset({"PyModule_Create", "PyModule_Create2", "PyModule_FromDefAndSpec"})
_MULTI_PHASE = "PyModuleDef_Init"
_DECLARES = "PyUnstable_Module_SetGIL"
_FRAMEWORK_PARAMETERS = {"PYBIND11_PLUGIN": 1, "BOOST_PYTHON_MODULE": 1, "BOOST_PYTHON_MODULE_MULTI_PHASE": 1}
_DEF_SLOTS_INDEX = 5  # of m_slots among PyModuleDef's members, PyModuleDef_HEAD_INIT counted as one

TAG = "mod_gil_not_used"
"""With which pybind11 (2.13) and Boost.Python are told that a module needs no GIL."""


def find_modules(files: Sequence[File]) -> Iterator[ModuleInit]:
    """Every module whose beginning is in one of the files; what cannot be followed from there is unclear."""
    entries = [entry for file in files for entry in file.modules]
    statics = _by_name(files) if entries else {}
    for entry in entries:
        if entry.framework:
            yield _from_framework(entry)
        else:
            yield _multi_phase(statics, entry) or _single_phase(entry) or _unclear(entry)


type _Statics = dict[str, list[Variable]]  # those of all files, by name


def _by_name(files: Sequence[File]) -> _Statics:
    statics: _Statics = {}
    for file in files:
        for variable in file.variables:
            statics.setdefault(variable.name, []).append(variable)
    return statics


def _table(statics: _Statics, name: str, seen_from: File) -> Variable | None:
    """The table of that name in the file that uses it, or the only one elsewhere."""
    found = {variable.file.path: variable for variable in statics.get(name, ()) if variable.entries}
    return found.get(seen_from.path) or (next(iter(found.values())) if len(found) == 1 else None)


def initialisation_calls(entry: ModuleEntry) -> Iterator[Call]:
    """The calls that an initialisation function makes, helpers included, in the order in which they are made."""
    if entry.function is None:
        return
    seen = {entry.function.key}
    waiting = list(reversed(entry.function.calls))
    while waiting:
        call = waiting.pop()
        yield call
        helpers = call.function.resolve(call.name)
        if len(helpers) == 1 and helpers[0].key not in seen:
            seen.add(helpers[0].key)
            waiting.extend(reversed(helpers[0].calls))


def _made(entry: ModuleEntry, how: Initialisation, declaration: Declaration, place: Variable | Call) -> ModuleInit:
    file = place.file if isinstance(place, Variable) else place.function.file
    return ModuleInit(entry, entry.name or entry.macro, how, declaration, file, place.span)


def _unclear(entry: ModuleEntry, declaration: Declaration = Declaration.UNCLEAR) -> ModuleInit:
    name = entry.name or entry.macro
    return ModuleInit(entry, name, Initialisation.UNCLEAR, declaration, entry.file, entry.span)


def _from_framework(entry: ModuleEntry) -> ModuleInit:
    """Of nanobind nothing is known here: the build declares, by ``FREE_THREADED`` in ``nanobind_add_module()``."""
    if entry.framework == "nanobind" or _DECLARES in entry.expansion:
        return _unclear(entry)
    options = entry.arguments[_FRAMEWORK_PARAMETERS.get(entry.macro, 2) :]
    declaration = _by_tag(entry, options)
    if declaration is Declaration.MISSING:
        calls = list(initialisation_calls(entry))
        declaration = _by_call(calls)
    return _unclear(entry, declaration)


def _by_tag(entry: ModuleEntry, options: Sequence[str]) -> Declaration:
    for option in options:
        if TAG in option:
            return Declaration.USED if "false" in option else Declaration.NOT_USED
    if TAG in entry.expansion:
        return Declaration.NOT_USED
    from_macro = any(option.strip().isidentifier() for option in options)
    return Declaration.UNCLEAR if from_macro else Declaration.MISSING


def _multi_phase(statics: _Statics, entry: ModuleEntry) -> ModuleInit | None:
    if entry.function is not None and entry.macro.startswith("PyModExport_"):
        return _exported(entry)
    for call in initialisation_calls(entry):
        if call.name == _MULTI_PHASE and call.arguments:
            definition = _table(statics, call.arguments[0].text.lstrip("&( "), call.function.file)
            if definition is None:  # it comes from a macro or from a file that is not here
                return _made(entry, Initialisation.MULTI_PHASE, Declaration.UNCLEAR, call)
            return _from_definition(statics, entry, definition)
    return None


def _exported(entry: ModuleEntry) -> ModuleInit | None:
    """``PyModExport_name`` (PEP 793) returns the slot array itself."""
    tables = [v for v in entry.file.variables if v.entries and v.type in {"PySlot", "PyModuleDef_Slot"}]
    return _from_slots(entry, tables[0]) if len(tables) == 1 else None


def _from_definition(statics: _Statics, entry: ModuleEntry, definition: Variable) -> ModuleInit:
    slots = _slots_name(definition.entries)
    if slots is None:
        return _made(entry, Initialisation.MULTI_PHASE, Declaration.MISSING, definition)
    table = _table(statics, slots, definition.file)
    if table is None:
        return _made(entry, Initialisation.MULTI_PHASE, Declaration.UNCLEAR, definition)
    return _from_slots(entry, table)


def _from_slots(entry: ModuleEntry, table: Variable) -> ModuleInit:
    declaration = Declaration.MISSING
    for slot in table.entries:
        if "Py_mod_gil" in slot:
            declaration = _declared(slot)
        elif declaration is Declaration.MISSING and _is_written_by_macro(slot):
            declaration = Declaration.UNCLEAR
    if declaration is Declaration.MISSING and _declares_in_exec_slot(table):
        declaration = Declaration.LATE
    return _made(entry, Initialisation.MULTI_PHASE, declaration, table)


def _declares_in_exec_slot(slots: Variable) -> bool:
    executed = {name for slot in slots.entries if "Py_mod_exec" in slot for name in slot if name.isidentifier()}
    calls = slots.file.calls_to({_DECLARES})
    return any(call.function.name in executed for call in calls)


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


def _single_phase(entry: ModuleEntry) -> ModuleInit | None:
    calls = list(initialisation_calls(entry))
    created = next((call for call in calls if call.name in _CREATES), None)
    return None if created is None else _made(entry, Initialisation.SINGLE_PHASE, _by_call(calls), created)


def _by_call(calls: Iterable[Call]) -> Declaration:
    declaration = Declaration.MISSING
    for call in calls:
        if call.name == _DECLARES and len(call.arguments) > 1:
            declaration = _declared([call.arguments[1].text])
        elif _DECLARES in (call.function.file.macro(call.name) or ()):
            declaration = Declaration.UNCLEAR  # a macro that makes the call
    return declaration


def _declared(words: Iterable[str]) -> Declaration:
    for stance in (Declaration.NOT_USED, Declaration.USED):
        if stance in words:
            return stance
    return Declaration.UNCLEAR
