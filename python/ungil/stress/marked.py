"""What ``@pytest.mark.linearizable`` says of a test: a model, and how long it is hammered.

The test process reads it to see whether it means something, the tested process to run it: each collects the test with
pytest, so that it is imported as it always is.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from ungil.errors import ModelError, nearest
from ungil.stress.hammer.models.file import bound, model_of
from ungil.stress.hammer.models.model import Model
from ungil.stress.hammer.models.written import of_file, with_source

__all__ = ["MARK", "Marked", "marked", "models_of_test"]

MARK: Final = "linearizable"
BUDGET: Final = 5.0
"""Seconds, unless the mark says something else."""

_OF_MODEL: Final = ("contract", "make", "name", "ops", "relaxed", "state")
_KNOWN: Final = ("budget", *_OF_MODEL, "threads")


@dataclass(frozen=True, slots=True)
class Marked:
    """A test that is marked.

    Attributes:
        models: one for each mark.
        budget: seconds of exploring.
        threads: of the crew: two or three.
    """

    models: tuple[Model, ...]
    budget: float
    threads: int


def marked(item: pytest.Item) -> Marked | None:
    """What the marks of a test say; None if it has none.

    Raises:
        ModelError: they say something that means nothing: what, and what to write.
    """
    marks = list(item.iter_markers(MARK))[::-1]
    if not marks:
        return None
    for mark in marks:
        _check(mark)
    return Marked(
        models=tuple(_model(item, mark, index) for index, mark in enumerate(marks)),
        budget=sum(float(mark.kwargs.get("budget", BUDGET)) for mark in marks),
        threads=max(int(mark.kwargs.get("threads", 2)) for mark in marks),
    )


def _check(mark: pytest.Mark) -> None:
    """Raise if the mark has something that a mark does not have."""
    if mark.args:
        raise ModelError(
            f"@pytest.mark.{MARK} is given {mark.args[0]!r} without a name.",
            f"Name everything: @pytest.mark.{MARK}(make=MyClass, ops=[...]).",
        )
    for key in mark.kwargs:
        if key not in _KNOWN:
            advice = nearest(key, _KNOWN) or f"It takes {', '.join(_KNOWN)}."
            raise ModelError(f"@pytest.mark.{MARK} does not take '{key}'.", advice)
    budget, threads = mark.kwargs.get("budget", BUDGET), mark.kwargs.get("threads", 2)
    if not isinstance(budget, int | float) or isinstance(budget, bool) or not budget > 0:
        raise ModelError(f"@pytest.mark.{MARK}: budget is {budget!r}.", "Write seconds, such as budget=10.")
    if threads not in {2, 3}:
        raise ModelError(f"@pytest.mark.{MARK}: threads is {threads!r}.", "Write 2 or 3.")


def _model(item: pytest.Item, mark: pytest.Mark, index: int) -> Model:
    said = {key: value for key, value in mark.kwargs.items() if key in _OF_MODEL}
    model = model_of(said, item.name, f"@pytest.mark.{MARK} of {item.nodeid}")
    return (
        replace(model, source=item.nodeid) if index == 0 else replace(model, source=f"{item.nodeid}, mark {index + 1}")
    )


def models_of_test(arguments: Sequence[str]) -> list[Model]:
    """The models of the one test that pytest collects with these arguments, in the process that runs them.

    Raises:
        ModelError: there is no such test any more, or its marks mean nothing.
    """
    item = _collect(arguments)
    found = marked(item) if item else None
    if item is None or found is None:
        raise ModelError(
            f"pytest does not collect '{arguments[-1]}' any more.", "See whether it is the same each time."
        )
    return [bound(_with_source(model, item, index), item.path) for index, model in enumerate(found.models)]


class _Keeper:
    """A plugin that keeps what was collected."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def _collect(arguments: Sequence[str]) -> pytest.Item | None:
    keeper, said = _Keeper(), io.StringIO()
    os.environ.pop("PYTEST_ADDOPTS", None)
    with contextlib.redirect_stdout(said):
        code = pytest.main([*arguments[:-1], "--collect-only", "-q", arguments[-1]], plugins=[keeper])
    if code != pytest.ExitCode.OK:
        last = "\n  ".join(said.getvalue().strip().splitlines()[-8:])
        raise ModelError(f"pytest cannot collect '{arguments[-1]}' in another process: {code!r}.", last)
    return next(iter(keeper.items), None)


def _with_source(model: Model, item: pytest.Item, index: int) -> Model:
    """With the source of what a script needs: where that has no name of its own, from the marks of the function."""
    for place, marks in _places(item):
        own = [mark for mark in marks if getattr(mark, "name", "") == MARK]
        if index < len(own):
            number = marks.index(own[index])
            return of_file(model, item.path, f"{place}.pytestmark[{number}].kwargs", own[index].kwargs["ops"])
    return with_source(model)


def _places(item: pytest.Item) -> Iterator[tuple[str, list[Any]]]:
    """The test function, by which name its file has it, and its marks."""
    function = getattr(item, "function", None)
    names = getattr(function, "__qualname__", "").split(".")
    if function is not None and "<locals>" not in names:
        yield (
            f"FILE[{names[0]!r}]" + "".join(f".{name}" for name in names[1:]),
            list(getattr(function, "pytestmark", [])),
        )
