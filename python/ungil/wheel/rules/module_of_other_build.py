"""A module was compiled for the other build of CPython than its wheel is for.

What it finds
    A module that needs ``python314.dll`` in a free-threaded wheel, or ``python314t.dll`` in a GIL-enabled one; whose
    ``PyModuleDef`` is laid out for the other build; or that calls what only free-threaded headers call.

Why it is unsafe without the GIL
    The head of every object differs between the two builds. On Windows, ``Py_GIL_DISABLED`` has to be defined by
    whoever compiles; without it, the header asks the linker for the wrong DLL, and the process has two interpreters
    in it.

How to fix it
    Define ``Py_GIL_DISABLED=1`` on Windows when the interpreter's ``sysconfig.get_config_var("Py_GIL_DISABLED")`` is
    1 (it may be the text "0"); recent setuptools, meson-python and CMake 3.30 do it. Build from a clean folder.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#windows
    https://github.com/pypa/setuptools/issues/4662
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import loads
from ungil.wheel.model import Build, Module, Wheel
from ungil.wheel.names import is_free_threaded
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module that was compiled for none of the builds that load it."""
    for module in wheel.modules:
        builds = _loading(wheel, module)
        build = module.binary.build
        if build in {Build.FREE_THREADED, Build.GIL_ENABLED} and builds and build not in builds:
            (wanted,) = builds
            yield rule.finding(
                wheel,
                module.binary.path,
                f"module '{module.name}' was compiled for {build} builds, and {wanted} ones load it",
                fix=f"build it with the headers of a {wanted} interpreter; on Windows, define Py_GIL_DISABLED for "
                "free-threaded builds alone",
                evidence=(module.binary.build_seen,),
            )


def _loading(wheel: Wheel, module: Module) -> set[Build]:
    tags = [tag for tag in wheel.tags if tag.abi != "none" and loads(tag, module.suffix)]
    return {Build.FREE_THREADED if is_free_threaded(tag) else Build.GIL_ENABLED for tag in tags}


rule = WheelRule(
    code="UG813",
    slug="module-of-other-build",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the DLL of the GIL-enabled build",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
"spam.cp314t-win_amd64.pyd" = {read = "declared", build = "GIL-enabled", seen = "it needs python314.dll"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "the DLL of the free-threaded build",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
"spam.cp314t-win_amd64.pyd" = {read = "declared", build = "free-threaded", seen = "it needs python314t.dll"}
""",
            "wheel.toml",
        ),
        Bad(
            "a free-threaded module in a GIL-enabled wheel",
            """\
wheel = "spam-1.0-cp314-cp314-manylinux_2_28_x86_64.whl"
"spam.so" = {read = "declared", build = "free-threaded", seen = "it uses _Py_DecRefShared"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "one file for both builds",
            """\
wheel = "spam-1.0-cp315-abi3.abi3t-win_amd64.whl"
"spam.abi3t.pyd" = {read = "declared"}
""",
            "wheel.toml",
        ),
    ),
)
