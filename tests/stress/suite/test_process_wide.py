"""What a test uses of what the process has once is seen in its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from ungil.stress.suite.process_wide import process_wide


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("random.seed(1)", ("random.seed()",)),
        ("seed(1)", ("random.seed()",)),
        ("os.environ['A'] = '1'; del os.environ['B']", ("os.environ",)),
        ("os.environ.update(A='1')", ("os.environ.update()",)),
        ("sys.stdout = None", ("sys.stdout",)),
        ("os.environ['A']; rng.seed(1); os.getcwd()", ()),
    ],
)
def test_found(tmp_path: Path, body: str, found: tuple[str, ...]) -> None:
    """Calls and assignments, also by an imported name; what only reads, or is of an object, is left out."""
    file = tmp_path / "test_it.py"
    file.write_text(
        f"from random import seed\n\n@decorated\ndef test():\n    {body}\n\ndef other():\n    gc.disable()\n"
    )
    assert process_wide(file, 3) == process_wide(file, 4) == found
    assert process_wide(file, 1) == process_wide(tmp_path / "nothing.py", 1) == ()
