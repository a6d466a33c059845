"""What a library says about the GIL when it is imported as a module, as far as its file tells.

The init function is followed to where it makes the module: the definition that it hands over has the slots, or a call
says it. Where its code cannot be followed, the one definition that bears the module's name has to do.
"""

from __future__ import annotations

from dataclasses import dataclass

from ungil.wheel.binary.image import Image
from ungil.wheel.binary.slots import Gil, ModuleDef, Slots, definitions, module_def, plain_slots, wide_slots
from ungil.wheel.binary.step import Value
from ungil.wheel.binary.trace import Call, Trace, follow
from ungil.wheel.model import Verdict
from ungil.wheel.names import mangled

__all__ = ["Said", "said_by"]

_VERDICTS = {Gil.NOT_USED: Verdict.DECLARED, Gil.USED: Verdict.GIL_USED, Gil.UNSAID: Verdict.NOT_DECLARED}
_SET_GIL = "PyUnstable_Module_SetGIL"
_MULTI = ("PyModuleDef_Init", "PyModule_FromDefAndSpec2")
_SINGLE = ("PyModule_Create2", "PyModule_Create2TraceRefs")
_FILLED = "its slots are filled when it runs"


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict and what it rests on.

    Attributes:
        how: what was seen; of an unknown verdict, why.
        free_threaded: which build the module's definition was compiled for, where that can be seen.
    """

    verdict: Verdict
    how: str
    free_threaded: bool | None = None


def said_by(image: Image, module: str, binding: str) -> Said:
    """What a module declares.

    Args:
        image: the library.
        module: its name, without its package.
        binding: what it was written with.
    """
    suffix = mangled(module)
    exported = image.exports.get(f"PyModExport{suffix}")
    initialised = image.exports.get(f"PyInit{suffix}")
    if exported is not None:
        found = _of_export(image, exported)
        if found.verdict is not Verdict.UNKNOWN or initialised is None:
            return found
    if initialised is None:
        return Said(Verdict.UNKNOWN, f"it exports neither PyInit{suffix} nor PyModExport{suffix}")
    trace = follow(image, initialised, until=_MULTI)
    return (_of_code(image, trace, binding) if trace is not None else None) or _of_data(image, module, trace)


def _of_export(image: Image, entry: int) -> Said:
    """What a PyModExport function returns."""
    trace = follow(image, entry)
    returned: set[Value | None] = set(trace.returns.values()) if trace is not None else set()
    address = returned.pop() if len(returned) == 1 else None
    slots = wide_slots(image, address) if isinstance(address, int) else None
    if slots is None:
        return Said(Verdict.UNKNOWN, "the slots that PyModExport returns are not in the file")
    return _of_slots(slots, "the slots that PyModExport returns", slots.free_threaded)


def _of_slots(slots: Slots, where: str, free_threaded: bool | None) -> Said:  # noqa: FBT001 - one of three
    if slots.gil is None:
        return Said(Verdict.UNKNOWN, f"{where} have a Py_mod_gil that means nothing", free_threaded)
    return Said(_VERDICTS[slots.gil], f"{where}: {slots.gil.value}", free_threaded)


def _of_code(image: Image, trace: Trace, binding: str) -> Said | None:
    """What the init function does; None if it was not followed to where it makes the module."""
    multi = [call for name in _MULTI for call in trace.of(name)]
    single = [call for name in _SINGLE for call in trace.of(name)]
    if multi and not single:
        return _of_definitions(image, multi)
    if single and not multi:
        return _of_single(image, trace, _definition(image, single[0]), binding)
    return None


def _definition(image: Image, call: Call) -> ModuleDef | None:
    address = call.arguments[0] if call.arguments else None
    return module_def(image, address) if isinstance(address, int) else None


def _of_definitions(image: Image, calls: list[Call]) -> Said | None:
    """What the slots of the definition say that is returned."""
    addresses = {call.arguments[0] for call in calls}
    address = addresses.pop() if len(addresses) == 1 else None
    if not isinstance(address, int):
        return None
    found = module_def(image, address)
    if found is None:
        return Said(Verdict.UNKNOWN, _FILLED)
    slots = plain_slots(image, found.slots) if found.slots is not None else None
    if slots is None:
        return Said(Verdict.UNKNOWN, _FILLED, found.free_threaded)
    return _of_slots(slots, f"the slots of '{found.name}'", found.free_threaded)


def _of_single(image: Image, trace: Trace, found: ModuleDef | None, binding: str) -> Said:
    """What a module in a single phase says: by a call, or not at all."""
    build = found.free_threaded if found is not None else None
    said = {call.arguments[1] for call in trace.of(_SET_GIL)}
    if said and binding == "pybind11":
        return Said(Verdict.UNKNOWN, f"pybind11 calls {_SET_GIL} if a flag says so, which is not followed", build)
    if said == {1}:
        return Said(Verdict.DECLARED, f"{_SET_GIL}(module, Py_MOD_GIL_NOT_USED)", build)
    if said == {0}:
        return Said(Verdict.GIL_USED, f"{_SET_GIL}(module, Py_MOD_GIL_USED)", build)
    if said:
        return Said(Verdict.UNKNOWN, f"what it gives {_SET_GIL} is not a constant", build)
    if _SET_GIL in image.imports:
        return Said(Verdict.UNKNOWN, f"where it calls {_SET_GIL} was not found", build)
    return Said(Verdict.NOT_DECLARED, f"a single phase without {_SET_GIL}", build)


def _of_data(image: Image, module: str, trace: Trace | None) -> Said:
    """What the one definition in the file says that bears the module's name."""
    if not image.imports & {*_MULTI, *_SINGLE}:
        return Said(Verdict.UNKNOWN, "another library makes the module")
    found = list(definitions(image, module))
    if len(found) == 1 and found[0].slots is not None:
        slots = plain_slots(image, found[0].slots)
        if slots is not None:
            return _of_slots(slots, f"the slots of '{found[0].name}'", found[0].free_threaded)
    if trace is None and not image.imports & {*_MULTI, _SET_GIL}:
        return Said(Verdict.NOT_DECLARED, f"a single phase without {_SET_GIL}")
    if trace is None and not found:
        return Said(Verdict.UNKNOWN, f"code for {image.architecture} is not read")
    return Said(Verdict.UNKNOWN, "where it makes the module was not found")
