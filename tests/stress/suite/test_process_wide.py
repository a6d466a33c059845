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
        ("psutil.Process().memory_info().rss", ("psutil.Process().memory_info()",)),
        ("limits.getrusage(limits.RUSAGE_SELF)", ("resource.getrusage()",)),
        ("open('/proc/self/statm').read()", ("open('/proc/self/statm')",)),
        ("leaks()", ("gc.get_objects()",)),
        ("open('out.bin', 'wb')", ("open('out.bin')",)),
        ("h5py.File(name='x'); gzip.open(FILE, mode='at')", ("open(FILE)",)),
        ("path = os.path.join(tempfile.gettempdir(), 'a'); os.remove(path)", ("remove(path)",)),
        ("Path(__file__).with_name('a').unlink(); Path('a', 'b').touch()", ("touch(Path('a', 'b'))",)),
        ("os.rename(FILE, os_helper.TESTFN)", ("rename(os_helper.TESTFN)",)),
        ("open('in.bin'); open(os.path.join(tmp_path, 'a'), 'w'); os.remove(f'{n}')", ()),
        ("path = tempfile.mkdtemp(); shutil.rmtree(path)\n    for FILE in 'ab': os.mkdir(FILE)", ()),
    ],
)
def test_found(tmp_path: Path, body: str, found: tuple[str, ...]) -> None:
    """Calls and assignments, also by an imported name; what only reads, or is of an object, is left out."""
    file = tmp_path / "test_it.py"
    file.write_text(
        f"from random import seed\nfrom pathlib import Path\n@decorated\ndef test(tmp_path):\n    {body}\n"
        "def other():\n    gc.disable()\n"
        "def leaks():\n    return len(gc.get_objects())\n"
        "import resource as limits\nFILE = 'a.txt'\n"
    )
    assert process_wide(file, 3) == process_wide(file, 4) == found
    assert process_wide(file, 1) == process_wide(tmp_path / "nothing.py", 1) == ()


def test_around_a_test(tmp_path: Path) -> None:
    """What unittest runs before and after it is the test's, also where another class has such a method."""
    file = tmp_path / "test_it.py"
    file.write_text(
        "class A:\n def setUp(self):\n  self.name = 'out.bin'\n def tearDown(self):\n  self.clean(); gc.collect()\n"
        " def clean(self):\n  os.remove(self.name)\n def test(self):\n  pass\n"
        "class B:\n def setUp(self):\n  os.chdir('/')\n"
    )
    assert process_wide(file, 8) == ("remove(self.name)",)
