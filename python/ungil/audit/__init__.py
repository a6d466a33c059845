"""The audit: sources to facts to rules to findings, and what is then said of them.

``run`` reads the sources and applies the rules, which is the long part; its result, an ``Analysis``, can be kept
(``cache``). ``judge`` decides what is reported: which rules were asked for (``selection``), what a comment allows
(``suppression``), what was there before (``baseline``, ``changes``), what is serious enough.
"""

from ungil.audit.judge import Audit, Policy, audit

__all__ = ["Audit", "Policy", "audit"]
