"""Suites of tests of the extension in tests/ext/harvested.c, as their authors would write them."""

import shutil
from pathlib import Path

BOX = '''
"""
>>> from harvested import Box
>>> Box([1]).copy()
Box([1])
"""
import asyncio, gc, os, sys, threading, unittest, warnings, weakref
import pytest
import harvested
from harvested import Box, Tag
from helper import filled


class Sub(Box):
    def put(self, item):
        super().put(item)
        return self


def test_methods():
    box = Box()
    assert box.put(1) is None
    box.put([2, 3])
    box.extend(Box([4]))
    box.extend(box)
    assert len(box) == 6


def test_operators():
    box = Box([1, 2, 3])
    assert box[0] == 1 and box[1:] == [2, 3]
    box[0] = 5
    box[1] = max(6, 0)
    del box[2]
    assert 5 in box and max(9, 1) not in box
    assert box == [5, 6] and [5, 6] == box and not box == [1]
    assert box + [1] == [5, 6, 1] and [1] + box == [1, 5, 6]
    box += [7]
    assert repr(Box([1])) == "Box([1])"


def test_iteration():
    assert [item for item in Box([1])] == [1]
    for item in Box("ab"):
        assert item in "ab"
    first, second = Box([1, 2])
    assert [*Box([1]), *Box([2])] == [1, 2]
    cursor = iter(Box([1, 2]))
    assert next(cursor) == 1
    assert list(cursor) == [2]


def test_attributes():
    box = Box(limit=2)
    box.limit = 3
    assert box.limit == 3 and Tag(box).length == 0


def test_calls():
    arguments, words = [[1]], {"limit": 7}
    assert Box(*arguments, **words).limit == 7
    assert Box.of([1]) == [1]
    Box.put(Box(), 1)
    assert harvested.sum_of(1, 2) == 3 and harvested.size_of(Box([1])) == 1
    with Box() as box:
        box.put(1)


def test_raising():
    box = Box(limit=0)
    with pytest.raises(OverflowError, match="full"):
        box.put(31)
    pytest.raises(OverflowError, box.put, 32)
    pytest.raises(IndexError, lambda: box[3])


class TestOld(unittest.TestCase):
    def test(self):
        self.assertRaises(IndexError, Box().__getitem__, 5)
        self.assertEqual(Box([1]), [1, *range(0)])
        for size in range(2):
            with self.subTest(size=size):
                self.assertEqual(len(Box("a" * size)), size)


def test_dropped():
    box = Box()
    box.put(lambda: 1)
    box.put(Sub([1]))
    box.put([0] * 5000)
    Sub().put(3).put(4)


@pytest.mark.parametrize("box", [Box([1]), Box([1, 2])], ids=len)
def test_parameters(box, shared):
    assert len(box) in (1, 2) and len(shared) == 1 and len(filled(2)) == 2


def test_nothing_is_kept_alive():
    box = Box([1])
    box.put(box.copy())
    seen = weakref.ref(box)
    del box
    gc.collect()
    assert seen() is None


def test_references():
    box = Box()
    item = Box([2])
    before = sys.getrefcount(item)
    box.put(item)
    assert sys.getrefcount(item) == before + 1
    assert box[0] is item


def test_warnings():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        harvested.warn()
    assert caught[0].filename == __file__ and caught[0].lineno == 120


def test_threads():
    box = Box()
    threads = [threading.Thread(target=lambda: [box.put(n) for n in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(box) in range(1, 101)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fork():
    box = Box([1])
    child = os.fork()
    if child == 0:
        box.put(len(box))
        os._exit(len(box))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2


def test_failing():
    assert Box([1]) == [2], "as it should"


@pytest.mark.xfail
def test_xfail():
    assert not Box([1])


@pytest.mark.skip
def test_skipped():
    Box([1])


async def later(n):
    await asyncio.sleep(0)
    return n


def test_coroutines():
    async def put(box, n):
        box.put(await later(n))

    async def main():
        box = Box()
        await asyncio.gather(put(box, 61), put(box, 62))
        return box

    assert len(asyncio.run(main())) == 2


def test_nested():
    box = Box()
    box.put([box.put(64), box.put(65)][0] or box.extend([66, len(box)]))
    with pytest.raises(ZeroDivisionError):
        box.put(1 / 0)
    box.put(67 + len([n for n in box if n == 64]))
'''

LOOPS = """
from harvested import Box

def test_loop():
    box = Box(limit=10**6)
    for n in range(5000):
        box.put(n)
    assert len(box) == 5000
"""

TOO_DEEP = f"""
from harvested import Box

def test_deep():
    x = 1
    assert len(Box([1])) == 1
    y = {" + ".join(["x"] * 900)}
    assert y == 900
"""

HELPER = "from harvested import Box\n\ndef filled(size):\n    return Box(range(size))\n"
CONFTEST = "import pytest\nfrom harvested import Box\n\n@pytest.fixture\ndef shared():\n    return Box(['shared'])\n"

SUITE = {
    "pytest.ini": "[pytest]\naddopts = --doctest-modules\n",
    "conftest.py": CONFTEST,
    "helper.py": HELPER,
    "test_box.py": BOX,
    "test_loops.py": LOOPS,
    "test_too_deep.py": TOO_DEEP,
}

CRASHING = """
import harvested

def test_first():
    assert harvested.sum_of(1, 1) == 2

def test_second():
    harvested.fall()
"""
HANGING = CRASHING.replace("harvested.fall()", "harvested.Box().stall()")
IMPORTS_NOTHING = "def test(): assert 1 + 1 == 2\n"
NO_TESTS = "import harvested\n"


def write(folder: Path, extension: Path, files: dict[str, str]) -> None:
    """Write a suite and the extension beside it."""
    folder.mkdir(exist_ok=True)
    shutil.copy(extension, folder)
    for name, text in files.items():
        (folder / name).write_text(text)
