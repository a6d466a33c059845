"""What rewritten code does is what it did: results, exceptions, lines of tracebacks, frames, names."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ungil.stress.harvest.expressions import HOOKS
from ungil.stress.harvest.hooks import Hooks
from ungil.stress.harvest.recorder import open_recorder
from ungil.stress.harvest.rewrite import rewrite

CASES = {
    "calls": "def run(): return sorted([3, 1], key=lambda n: -n), max(1, *[5, 2]), dict(a=1, **{'b': 2}), int('7')",
    "order_of_evaluation": """
def run():
    seen = []
    def f(value):
        seen.append(value)
        return value
    [f(1), f(2)][f(0)] = f(3)
    {f(4): f(5)}[f(4)]
    max(f(6), *[f(7)], key=f(None))
    f(8) < f(9); f(10) + f(11); f(12) in [f(13)]
    return seen
""",
    "slices": "def run():\n    a = list(range(9)); a[1:3] = [0]; del a[-2:]\n    return a[1:5:2], a[:], a[::-1]",
    "augmented": "def run():\n    a = b = [1]; a += [2]; c = 1; c -= 2; a[0] += 5\n    return a, b, a is b, c",
    "unpacking": "def run():\n    a, *b = (n for n in range(4)); (c, d), e = [1, 2], 3\n    return a, b, c, d, e, [*b, *b], {**{'x': 1}}",
    "chained": "def run(): return 1 < 2 < 3, 1 < 3 < 2, 1 in [1] in [[1]], not 1, -(2), ~5",
    "comprehensions": "def run(): return [x * y for x in range(3) for y in range(x) if y], {k: v for k, v in zip('ab', 'cd')}",
    "generators": "def run():\n    def g():\n        got = yield len('ab')\n        yield from iter([got, got])\n    it = g(); next(it)\n    return [it.send(5), *it]",
    "coroutines": """
import asyncio
async def one(n): await asyncio.sleep(0); return n
async def main(): return sum([await one(1), await one(2)]), [await one(i) async for i in many()]
async def many():
    yield max(1, 2)
def run(): return asyncio.run(main())
""",
    "super": """
class A:
    def __init__(self, n): self.n = n
    def of(self): return self.n
    @classmethod
    def make(cls): return cls(7)
class B(A):
    def __init__(self, n): super().__init__(n + 1); self.me = __class__.__name__
    def of(self): return super().of() * 2, super(B, self).of()
    @classmethod
    def make(cls): return super().make()
def run(): return B(1).of(), B.make().n, B(1).me
""",
    "mangled_names": """
class A:
    def __init__(self): self.__x = [1]; self.__x[0] = 2; self.__y()
    def __y(self): self.__x.append(len(self.__x))
    def get(self): del self.__x[0]; return self.__x
def run(): return A().get(), vars(A())
""",
    "locals_and_frames": """
import sys
def run():
    a = 1
    def inner(): return sys._getframe(1).f_code.co_name, sorted(sys._getframe(1).f_locals)
    return sorted(locals()), inner(), eval('a + 1'), vars() is not None, sorted(dir())
""",
    "references": "import sys\nclass O: pass\ndef run():\n    o = O(); l = [o]\n    return sys.getrefcount(o), sys.getrefcount(l[0])",
    "weak_references": "import gc, weakref\nclass O: pass\ndef run():\n    o = O(); r = weakref.ref(o); str(o); del o; gc.collect()\n    return r() is None",
    "decorators": "import functools\ndef twice(f): return lambda *a: (f(*a), f(*a))\ndef add(n): return lambda f: (lambda *a: f(*a) + n)\n@twice\n@add(len('abc'))\ndef run(): return 1",
    "annotations": "from __future__ import annotations\ndef f(x: list[int], *, y: dict[str, int | None] = dict(a=1)) -> set[int]: z: list[int] = [1]; return z\nclass A:\n    b: list[str] = list('ab')\ndef run(): return f.__annotations__, A.__annotations__, A.b, f([])",
    "classes": "import enum, dataclasses\nclass C(enum.Enum):\n    A = enum.auto()\n    B = len('ab')\n@dataclasses.dataclass(order=True)\nclass D:\n    n: int = dataclasses.field(default=max(1, 2))\ndef run(): return list(C), D(), D(1) < D(2)",
    "match": "def run():\n    match {'a': [1, 2]}:\n        case {'a': [1, x]} if max(x, 1) == 2: return x",
    "strings": "def run():\n    x = 3; y = 'a'\n    return f'{x!r:>4} {max(x, 4)} {x=}', '%s-%s' % (x, y), 'a{}b'.format(len(y))",
    "exceptions": "def run():\n    try:\n        {}['a']\n    except KeyError as error:\n        return repr(error), error.__traceback__.tb_lineno",
    "with": "import contextlib\n@contextlib.contextmanager\ndef manager():\n    try: yield max(1, 2)\n    except ValueError: pass\ndef run():\n    with manager() as m, contextlib.suppress(KeyError): {}['a']\n    with manager(): int('x')\n    return m",
    "walrus": "def run():\n    values = [y := max(1, 2), y ** 2]\n    if (n := len(values)) > 1: return n, y, [last := v for v in values], last",
    "star_names": "def run(*args, **kwargs): return (lambda *a, site=1, value=2, **k: (a, site, value, k))(*args, site=5, function=6, count=7, **kwargs)",
    "type_names": "type A[T] = list[T]\ndef f[T: int](x: T) -> T: return x\nclass B[T]: pass\ndef run(): return A.__value__, f(1), B[int] is not None",
    "attributes": "class O: pass\ndef run():\n    o = O(); o.a = [1]; o.b = o.a; del o.b; o.a[0] = max(1, 2)\n    return o.a, hasattr(o, 'b'), getattr(o, 'c', 4)",
    "numbers": "def run(): return 2 ** -1, -3 // 2, 7 % -3, 1 << 4 | 3 & 2 ^ 1, 5 / 2, divmod(7, 2)",
}

FAILING = {
    "in_a_call": "def helper(n):\n    return [\n        1 / n,\n    ]\ndef run():\n    return max(\n        1,\n        *helper(0),\n    )",
    "in_a_method": "def run():\n    return (\n        'abc'\n        .upper()\n        .index('x')\n    )",
    "in_a_subscript": "def run():\n    table = {}\n    return table[\n        'a'\n    ]",
    "in_an_operator": "def run():\n    return [1] + \\\n        2",
    "no_such_attribute": "def run():\n    return 'a'.nothing",
    "no_such_name": "def run():\n    return max(1, nothing)",
    "too_deep": "def run(): return run()",
    "in_a_generator": "def g():\n    yield 1\n    raise ValueError(3)\ndef run():\n    return list(g())",
}


def both_ways(source: str, folder: Path) -> Iterator[tuple[dict[str, Any], Hooks]]:
    """The globals of the code, run as it is and then with hooks in it."""
    recorder = open_recorder("no_such_module", folder / "x.harvest")
    hooks = Hooks(recorder)
    for hooked in (False, True):
        tree = ast.parse(source, "case.py")
        if hooked:
            rewrite(tree, lambda line: recorder.site("case.py", line))
        names: dict[str, Any] = {"__name__": "case"} | ({HOOKS: hooks} if hooked else {})
        exec(compile(tree, "case.py", "exec", dont_inherit=True), names)  # noqa: S102 - the case
        yield names, hooks
    recorder.close()


@pytest.mark.parametrize("name", CASES)
def test_result(name: str, tmp_path: Path) -> None:
    """Rewritten code returns what the code returns."""
    results = [(repr(names["run"]()), hooks.failures) for names, hooks in both_ways(CASES[name], tmp_path)]
    assert results[0] == results[1]
    assert results[1][1] == []


@pytest.mark.parametrize("name", FAILING)
def test_traceback(name: str, tmp_path: Path) -> None:
    """An exception has the same type, text, and lines and columns."""
    tracebacks = []
    for names, _ in both_ways(FAILING[name], tmp_path):
        try:
            names["run"]()
        except Exception as error:  # noqa: BLE001 - whatever the case raises
            frames = traceback.extract_tb(error.__traceback__)
            ours = [(frame.name, frame.lineno, frame.colno) for frame in frames if frame.filename == "case.py"]
            tracebacks.append((type(error), str(error), ours[:5]))
    assert len(tracebacks) == 2
    assert tracebacks[0] == tracebacks[1]
