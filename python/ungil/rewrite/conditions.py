"""What a condition says of a variable."""

from __future__ import annotations

import re

__all__ = ["null_test"]


def null_test(source: str, variable: str) -> bool | None:
    """True of ``x == NULL`` and ``!x``, False of ``x != NULL`` and ``x``; None of what says nothing of it."""
    text = re.sub(r"\s+", "", source)
    while text.startswith("(") and text.endswith(")") and _is_one(text):
        text = text[1:-1]
    text = re.sub(rf"\({variable}=.*\)(?===|!=|$)", variable, text)
    if text in {f"{variable}==NULL", f"!{variable}", f"NULL=={variable}", f"{variable}==nullptr", f"{variable}==0"}:
        return True
    if text in {f"{variable}!=NULL", variable, f"NULL!={variable}", f"{variable}!=nullptr", f"{variable}!=0"}:
        return False
    return None


def _is_one(text: str) -> bool:
    """The first parenthesis is closed by the last one."""
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return index == len(text) - 1
    return False
