"""One way for these tests to audit a few lines."""

from ungil.audit import Audit, Policy, audit
from ungil.source import Language, Project, Source

FUNCTION = """\
static PyObject *
first(PyObject *self, PyObject *list)
{
    return Py_XNewRef(PyList_GetItem(list, 0));%s
}
"""
BORROWS = "    return Py_XNewRef(PyList_GetItem(list, 0));"


def project(code: str, path: str = "src/x.c") -> Project:
    """A project of one file."""
    return Project("demo", None, (Source(path, code.encode(), Language.CXX if path.endswith("pp") else Language.C),))


def audited(code: str, policy: Policy | None = None, path: str = "src/x.c") -> Audit:
    """The audit of one file by every rule."""
    return audit(project(code, path), policy=policy or Policy())


def codes(result: Audit) -> list[tuple[int, str]]:
    """The lines and codes of what is reported."""
    return [(finding.location.line, finding.code) for finding in result.findings]
