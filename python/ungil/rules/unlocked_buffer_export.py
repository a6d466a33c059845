"""The count of exported buffers changes without a lock, so that memory is moved while it is exported.

What it finds
    State that ``bf_getbuffer`` or ``bf_releasebuffer`` of a type changes outside any lock, as a rule the count of
    exports that forbids to resize the object.

Why it is unsafe without the GIL
    Two exports at once lose a count. The object then believes that nobody uses its memory, and resizes it under a
    memoryview; or it never resizes again.

How to fix it
    Count inside ``Py_BEGIN_CRITICAL_SECTION(self)`` (Python 3.13) in both slots, and test the count in the same section
    in which the memory is moved.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/init.html#python-critical-section-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.exposure import Hazard, exposed, other_thread, place
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function."""
    for exposure in exposed(facts, Hazard.EXPORT):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"{exposure.function.name}() changes {place(exposure)} while another thread exports or resizes the object "
            f"in {other_thread(exposure)}",
            fix="change and test the count inside a critical section on the object (Python 3.13), in the same one "
            "that resizes",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG214",
    slug="unlocked-buffer-export",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an export that is counted",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
    int exports;
} Shelf;

static int
shelf_getbuffer(Shelf *self, Py_buffer *view, int flags)
{
    self->exports++;  // <--
    return PyBuffer_FillInfo(view, (PyObject *)self, self->items, 8, 0, flags);
}

static PyBufferProcs procs = {.bf_getbuffer = (getbufferproc)shelf_getbuffer};
""",
        ),
        Good(
            "an export that is counted under a lock",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
    int exports;
} Shelf;

static int
shelf_getbuffer(Shelf *self, Py_buffer *view, int flags)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    self->exports++;
    Py_END_CRITICAL_SECTION();
    return PyBuffer_FillInfo(view, (PyObject *)self, self->items, 8, 0, flags);
}

static PyBufferProcs procs = {.bf_getbuffer = (getbufferproc)shelf_getbuffer};
""",
        ),
    ),
)
