"""Findings to repairs, repairs to text, until nothing more can be repaired.

``run`` asks the fixers and audits what they made of the text (``state``), round by round; ``verdict`` says which repair
has made something worse. ``edits`` puts their edits into the text, ``compat`` what older versions of Python lack.
``patch`` shows the difference, ``write`` writes the files.
"""

from ungil.codemod.oldest import DEFAULT as OLDEST
from ungil.codemod.oldest import oldest_python
from ungil.codemod.run import Fixed, Left, Order, Outcome, repair

__all__ = ["OLDEST", "Fixed", "Left", "Order", "Outcome", "oldest_python", "repair"]
