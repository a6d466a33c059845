"""What a command says while it works."""

import io
import threading

from ungil.cli.progress import Progress


class Terminal(io.StringIO):
    """A stream that says whether it is a terminal, and when something is written to it."""

    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self.tty = tty
        self.written = threading.Event()

    def isatty(self) -> bool:
        """What it was made as."""
        return self.tty

    def write(self, text: str) -> int:
        """Keeps the text."""
        result = super().write(text)
        self.written.set()
        return result


def test_a_terminal_shows_what_is_done_and_is_left_as_it_was() -> None:
    """The last report is shown on one line, which is erased in the end."""
    terminal = Terminal(tty=True)
    with Progress(terminal, patience=0) as progress:
        progress("reading")
        assert terminal.written.wait(timeout=30)
    assert "ungil: " in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert "\n" not in terminal.getvalue()


def test_a_pipe_sees_nothing() -> None:
    """What is no terminal gets no line."""
    pipe = Terminal(tty=False)
    with Progress(pipe, patience=0) as progress:
        progress("reading")
    assert pipe.getvalue() == ""


def test_who_is_quick_shows_nothing() -> None:
    """Within the time that people wait, a terminal stays as it is."""
    terminal = Terminal(tty=True)
    with Progress(terminal, patience=600) as progress:
        progress("reading")
    assert terminal.getvalue() == ""
