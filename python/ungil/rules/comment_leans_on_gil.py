"""A comment says that the GIL is the lock.

What it finds
    Comments by which code is thread-safe because of the GIL: "protected by the GIL", "relies on the GIL", "the GIL
    makes this atomic". Comments that only say who holds the GIL, that it is released, or that speak of builds with and
    without it are left alone.

Why it is unsafe without the GIL
    On the free-threaded build nothing stands behind the sentence. Two threads are in that code at once, each attached
    to the interpreter, and the state that the comment is about has no lock.

How to fix it
    Find the state that the comment means, and give it its own lock: a ``PyMutex`` (Python 3.13), a critical section
    on the object that holds it (``Py_BEGIN_CRITICAL_SECTION``, 3.13), an atomic, or an initialisation that runs once.
    Then make the comment name that lock.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_WORDS = frozenset({"gil", "interpreter lock"})
_GIL = r"(?:the )?(?:c?python(?:'s)? |global )?(?:gil|(?:global )?interpreter lock)\b"
_LEANS = re.compile(
    rf"(?:protected|guarded|serialized|serialised|synchroni[sz]ed|ensured|guaranteed|prevented|safe) "
    rf"(?:by|because of|due to|thanks to|thanks|since) {_GIL}"
    rf"|\b(?:relies|rely|relying|depends|depending|counts) (?:up)?on {_GIL}(?! being| to be (?:released|enabled))"
    rf"|{_GIL} (?:already )?(?:protects|guards|serializes|serialises|ensures|guarantees|makes|prevents|keeps|saves|"
    r"will (?:protect|prevent|ensure)|should (?:protect|prevent|help))\b"
    rf"|\b(?:thanks to|because of) {_GIL}(?! being)"
    rf"|(?:hold|have|holding|under) {_GIL}[,;]? so (?:there|no|this|it|we do ?n.t|we don't)"
)
_DENIES = re.compile(
    r"\bnot (?:protected|guarded|rel)|n't (?:rely|depend)|cannot rely|can't rely|no longer|never rel|free.?thread|"
    r"gil.disabled|gil.enabled|(?:with|without) (?:the )?gil|gil(?:ful)? builds?|no.?gil\b|\bunless\b|used to"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every comment that names the GIL as what makes code thread-safe."""
    for file, comment in facts.comments_with(_WORDS):
        words = " ".join(re.sub(r"[/*]+", " ", comment.text).lower().split())
        leans = _LEANS.search(words)
        if leans is not None and not _DENIES.search(words):
            yield rule.finding(
                file,
                comment.span,
                f'the comment says "{leans.group()}": on the free-threaded build two threads run this code at once, '
                "and nothing protects what it is about",
                fix="give that state a PyMutex or a critical section on its object (Python 3.13), or make it atomic",
                confidence=Confidence.MEDIUM,
                evidence=("the words of the comment",),
            )


rule = Rule(
    code="UG006",
    slug="comment-leans-on-gil",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a flag that the GIL protects",
            """\
struct once {
    bool done; /* protected by the GIL */  // <--
};
""",
        ),
        Good(
            "a flag with its own lock",
            """\
struct once {
    PyMutex lock;
    bool done; /* protected by lock, which a thread also takes when it holds the GIL */
};
""",
        ),
        Bad(
            "a sentence over two lines",
            """\
/* The first call fills the table. That is not thread-safe by itself but relies  // <--
 * on the CPython GIL for that. */
static int fill(struct table *t);
""",
        ),
        Good(
            "who holds the GIL, and what only one build needs",
            """\
/* The caller must hold the GIL. */
static int first(void);
/* Releases the GIL while it waits. */
static int second(void);
/* On GIL-enabled builds this is protected by the GIL; the free-threaded build takes a lock. */
static int third(void);
/* This does not rely on the GIL. */
static int fourth(void);
""",
        ),
    ),
)
