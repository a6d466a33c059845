"""The lines of a project's sources, each file split once and only if somebody asks."""

from __future__ import annotations

from ungil.source import Project

__all__ = ["Lines"]


class Lines:
    """Lines by path and number. Not for several threads at once: each reporter makes its own."""

    def __init__(self, project: Project) -> None:
        self._data = {path: source.data for path, source in project.by_path.items()}
        self._lines: dict[str, list[bytes]] = {}

    def of(self, path: str) -> list[bytes]:
        """All lines of a file, without their ends."""
        if path not in self._lines:
            lines = self._data[path].split(b"\n")
            self._lines[path] = [line.rstrip(b"\r") for line in lines] if b"\r" in self._data[path] else lines
        return self._lines[path]

    def line(self, path: str, number: int) -> bytes:
        """One line, counted from 1: bytes, since columns count bytes. Past the end it is empty."""
        lines = self.of(path)
        return lines[number - 1] if 0 < number <= len(lines) else b""
