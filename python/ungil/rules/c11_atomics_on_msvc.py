"""C11 atomics are used in C without an alternative for Windows.

What it finds
    ``#include <stdatomic.h>`` in C code, in a directory whose sources mention Windows elsewhere, without a condition
    around the include.

Why it is unsafe without the GIL
    Microsoft's compiler has C11 atomics only behind ``/experimental:c11atomics``, and since Visual Studio 2022 17.5.
    Without that switch the extension does not compile there, and the usual way out, plain variables on Windows, brings
    the data race back on that platform alone.

How to fix it
    Compile the file as C++ and use ``std::atomic``, or keep the atomics behind one header that uses the ``Interlocked``
    functions there, or pass ``/std:c11 /experimental:c11atomics``.

References
    https://devblogs.microsoft.com/cppblog/c11-atomics-in-visual-studio-2022-version-17-5-preview-2/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_WINDOWS = frozenset({"windows.h", "Windows.h", "winsock2.h", "io.h", "process.h"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first unconditional include, if the project also builds on Windows."""
    includes = [(file, *include) for file in facts.files for include in file.includes]
    if not any(path in _WINDOWS for _, path, _, _ in includes):
        return
    for file, path, span, depth in includes:
        guard = 1 if file.path.endswith(".h") else 0
        if path == "stdatomic.h" and file.path.endswith((".c", ".h")) and depth <= guard:
            yield rule.finding(
                file,
                span,
                "Microsoft's compiler has no C11 atomics without a switch: on Windows this does not compile, or two "
                "threads race on what is atomic elsewhere",
                fix="std::atomic in a C++ file, Interlocked functions, or /std:c11 /experimental:c11atomics",
                evidence=("<stdatomic.h> is included without a condition, and other files include Windows' headers",),
            )
            return


rule = Rule(
    code="UG408",
    slug="c11-atomics-on-msvc",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an unconditional include",
            """\
#include <Python.h>
#include <stdatomic.h>  // <--
#ifdef _WIN32
#include <windows.h>
#endif
""",
        ),
        Good(
            "an alternative for Windows",
            """\
#include <Python.h>
#ifdef _MSC_VER
#include <windows.h>
#else
#include <stdatomic.h>
#endif
""",
        ),
    ),
)
