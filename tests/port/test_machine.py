"""The machine in words."""

from ungil.port import machine
from ungil.port.words import count


def test_a_machine_is_told_in_words() -> None:
    """With its cores and its system."""
    said = machine.in_words()
    assert f"{machine.cores()} core" in said
    assert " on " in said


def test_numbers_have_their_nouns() -> None:
    """None, one, many."""
    assert [count(number, "file") for number in (0, 1, 1234)] == ["no files", "1 file", "1,234 files"]
