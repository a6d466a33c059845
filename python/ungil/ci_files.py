"""Which files test a project and ship it: by name and place, before anybody reads them."""

from __future__ import annotations

import re

__all__ = ["is_ci", "is_suppressions", "is_test", "is_workflow", "leads_to_workflows", "tells"]

_WORKFLOW = re.compile(r"(?:[^/]+/)?\.github/workflows/[^/]+\.ya?ml")
_OTHER_SYSTEM = re.compile(r"(?:azure-pipelines[\w-]*|\.gitlab-ci|\.cirrus|\.travis|\.?appveyor)\.ya?ml")
_RUNNER = {"tox.ini", "tox.toml", "noxfile.py", "pytest.ini", ".pytest.ini", "pytest.toml", "cibuildwheel.toml"}
_ALSO = {"Cargo.toml"}  # builds, and says nothing to Cython
_SUPPRESSIONS = re.compile(
    r"(?:[\w.-]*[._-])?(?:tsan|thread)[\w.-]*\.(?:txt|supp)|[\w.-]*suppressions?[\w.-]*\.(?:txt|supp)|[\w.-]+\.supp",
    re.IGNORECASE,
)
_TEST = re.compile(r"(?:test_?\w*|\w+_tests?|conftest)\.py")
# What shows that a test starts threads, runs in them, or looks at the GIL. Plain text: there are many tests.
_TELLS = {
    "threads": (b"ThreadPoolExecutor", b"Thread(", b"run_threaded"),
    "parallel": (b"parallel_threads", b"thread_unsafe"),
    "GIL": (b"_is_gil_enabled", b"nterpreter lock"),
}


def is_workflow(path: str) -> bool:
    """A workflow of GitHub, in a project or in the one folder of an archive."""
    return _WORKFLOW.fullmatch(path) is not None


def leads_to_workflows(folder: str) -> bool:
    """A hidden folder that is gone into all the same."""
    return folder in {".github", ".github/workflows"}


def is_ci(path: str) -> bool:
    """A file that tests or ships a project, and does not say to Cython how it is built."""
    name = path.rpartition("/")[2]
    if name in _RUNNER or name in _ALSO or is_workflow(path):
        return True
    return _OTHER_SYSTEM.fullmatch(name) is not None or is_suppressions(path)


def is_suppressions(path: str) -> bool:
    """A file that may tell a sanitizer what not to report."""
    return _SUPPRESSIONS.fullmatch(path.rpartition("/")[2]) is not None


def is_test(path: str) -> bool:
    """A test, by its name: read for what it shows of threads, not audited."""
    return _TEST.fullmatch(path.rpartition("/")[2]) is not None


def tells(data: bytes) -> set[str]:
    """What a test shows: that it starts threads, that it looks at the GIL."""
    return {name for name, shown in _TELLS.items() if any(text in data for text in shown)}
