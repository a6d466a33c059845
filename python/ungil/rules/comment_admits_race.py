"""A comment of the maintainers says that code is not thread-safe.

What it finds
    "not thread-safe", "race condition", and notes to the maintainers themselves (FIXME, XXX) about threads, locks or
    free threading.

Why it is unsafe without the GIL
    Those who know the code best say so. What was rare under the GIL, when threads took turns, is not on the
    free-threaded build.

How to fix it
    Read what the comment is about. If it still holds, guard it by a lock (``PyMutex`` or a critical section, Python
    3.13), or say in the documentation that threads must not share the object.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_WORDS = frozenset(
    {"thread-safe", "thread safe", "threadsafe", "thread-unsafe", "race condition", "free-thread", "data race"}
)
_ADMITS = re.compile(
    r"\b(?:is|are|isn't|aren't|still|currently|this)? ?(?:not|n't|never)(?: yet| really| fully| currently)?"
    r" thread[- ]?safe"
    r"|\bthread-unsafe\b|\b(?:fixme|xxx|todo|hack)\b.{0,80}(?:thread[- ]?safe|race condition|data race|free-thread)"
    r"|\b(?:is|has|possible|potential) (?:a )?(?:race condition|data race)"
)
_DENIES = re.compile(
    r"\b(?:avoid|prevent|no|without|fix(?:es|ed)?|against) (?:a |any |the )?(?:data race|race condition)"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every comment that admits it."""
    for file, comment in facts.comments_with(_WORDS):
        words = " ".join(re.sub(r"[/*]+", " ", comment.text).lower().split())
        admits = _ADMITS.search(words)
        if admits is not None and not _DENIES.search(words):
            yield rule.finding(
                file,
                comment.span,
                f'the maintainers say "{admits.group().strip()}": two threads in this code disturb each other',
                fix="guard what the comment is about by a PyMutex or a critical section (Python 3.13), or document it",
                confidence=Confidence.LOW,
                evidence=("the words of the comment",),
            )


rule = Rule(
    code="UG009",
    slug="comment-admits-race",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "said plainly",
            """\
/* This function is not thread-safe. */  // <--
int next_token(struct lexer *lexer);
""",
        ),
        Good(
            "said to be safe",
            """\
/* This function is thread-safe. */
int next_token(struct lexer *lexer);
""",
        ),
        Good(
            "a race that is prevented",
            """\
/* Taken here to avoid a race condition with close(). */
int lock_lexer(struct lexer *lexer);
""",
        ),
    ),
)
