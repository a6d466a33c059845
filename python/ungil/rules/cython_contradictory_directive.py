"""What one place says about the GIL, another place of the same project takes back.

What it finds
    A Cython module that declares ``freethreading_compatible=False`` although the build gives ``True``, or although
    other modules of the project declare ``True``; and the directive at the head of a ``.pxd`` or ``.pxi`` file, where
    it does nothing, while the module that the file belongs to is not declared.

Why it is unsafe without the GIL
    One module that needs the GIL turns it on for the whole process: what all the others declare is worth nothing from
    then on. And whoever reads the directive in the build, or in the header, believes that the module is declared.
    Which of two contradictory ones wins depends on how they are passed: a comment beats what ``cythonize()`` gets, and
    ``-X`` on the command line beats the comment.

How to fix it
    Say it in one place: at the head of each ``.pyx`` file, or in the build for all. If a module really needs the GIL,
    import it only where it is used, and document it.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://cython.readthedocs.io/en/latest/src/userguide/source_files_and_compilation.html#compiler-directives
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ungil.facts.cython.model import CythonDirective, CythonModule, Stance
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every module that takes back what others say, and every directive that does nothing."""
    modules = facts.cython.modules
    declared = [one for one in modules if one.is_shipped and one.stance is Stance.COMPATIBLE]
    for module in modules:
        directive = module.directive
        if directive is not None and directive.stance is Stance.INCOMPATIBLE and module.is_shipped:
            if module.build is Stance.COMPATIBLE:
                yield _taken_back(directive, "the build gives the directive with True")
            elif declared:
                yield _taken_back(directive, f"{declared[0].file.path} declares that it runs without it")
    for directive in facts.cython.idle_directives:
        module_of_it = _module_of(directive, modules)
        if directive.stance is Stance.COMPATIBLE and module_of_it is not None:
            yield _idle(directive, module_of_it)


def _module_of(directive: CythonDirective, modules: tuple[CythonModule, ...]) -> CythonModule | None:
    """The module of the same name, if nobody declares it."""
    stem = PurePosixPath(directive.file.path).with_suffix("")
    same = (one for one in modules if PurePosixPath(one.file.path).with_suffix("") == stem)
    return next((one for one in same if one.stance is Stance.MISSING), None)


def _taken_back(directive: CythonDirective, evidence: str) -> Finding:
    return rule.finding(
        directive.file,
        directive.place,
        "this module asks for the GIL, while others of the project declare that they run without it: importing this "
        "one turns it on for all of them",
        fix="declare it with freethreading_compatible=True once it is thread-safe, and say it in one place",
        evidence=(evidence,),
    )


def _idle(directive: CythonDirective, module: CythonModule) -> Finding:
    return rule.finding(
        directive.file,
        directive.place,
        f"Cython reads this directive at the head of a .pyx file only: {module.file.path} is not declared",
        fix="move it to the head of the .pyx file",
    )


rule = Rule(
    code="UG618",
    slug="cython-contradictory-directive",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a header beside a module that is not declared",
            """\
# cython: freethreading_compatible=True  # <--

cdef class Shelf:
    cdef int count
""",
            "shelf.pxd",
            beside=(("shelf.pyx", "cdef class Shelf:\n    pass\n"),),
        ),
        Bad(
            "one module takes it back",
            """\
# cython: freethreading_compatible=False  # <--

def half(int number):
    return number // 2
""",
            "half.pyx",
            beside=(("double.pyx", "# cython: freethreading_compatible=True\n"),),
        ),
        Bad(
            "the build says the contrary",
            """\
# cython: freethreading_compatible=False  # <--

def half(int number):
    return number // 2
""",
            "half.pyx",
            beside=(("setup.py", "cythonize(files, compiler_directives={'freethreading_compatible': True})\n"),),
        ),
        Good(
            "every module asks for the GIL",
            """\
# cython: freethreading_compatible=False

def half(int number):
    return number // 2
""",
            "half.pyx",
            beside=(("double.pyx", "# cython: freethreading_compatible=False\n"),),
        ),
        Good(
            "a header that repeats what its module says",
            """\
# cython: freethreading_compatible=True

cdef class Shelf:
    cdef int count
""",
            "shelf.pxd",
            beside=(("shelf.pyx", "# cython: freethreading_compatible=True\ncdef class Shelf:\n    pass\n"),),
        ),
        Good(
            "the directive in the module",
            """\
# cython: freethreading_compatible=True

cdef class Shelf:
    cdef int count
""",
            "shelf.pyx",
        ),
    ),
)
