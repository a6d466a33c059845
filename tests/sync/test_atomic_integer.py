"""AtomicInteger: what each method does, and that threads cannot come between."""

import copy
import itertools
import operator
import pickle
import random
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from tests.concurrency import Worker, run_threads, until_caught
from tests.sync import integer_stress
from tests.sync.builds import needs_parallel_threads

from ungil import AtomicInteger

MAX = 2**63 - 1
MIN = -(2**63)
# Around every bound at which the implementation changes its way of adding, and around the ends of 64 bits.
EDGES = [sign * (bound + near) for bound in (0, 2**31, 2**61, 2**62) for near in (-1, 0, 1) for sign in (1, -1)]
EDGES += [MAX, MAX - 1, MIN, MIN + 1]

Stress = Callable[[integer_stress.Make], None]


@pytest.mark.parametrize("stress", integer_stress.ALL)
def test_holds_under_threads(stress: Stress) -> None:
    """What the stress function asserts holds for AtomicInteger."""
    stress(AtomicInteger)


@needs_parallel_threads
@pytest.mark.parametrize("stress", integer_stress.ALL)
def test_stress_catches_the_racy_twin(stress: Stress, racy: ModuleType) -> None:
    """The same stress function fails on the twin that loads, calculates and stores."""
    until_caught(lambda: stress(racy.RacyInteger))


@pytest.mark.parametrize("start", EDGES)
def test_add_is_exact_or_refused(start: int) -> None:
    """A sum beyond 64 bits raises OverflowError and changes nothing; every other sum is exact."""
    for amount in EDGES:
        counter = AtomicInteger(start)
        if MIN <= start + amount <= MAX:
            assert counter.add(amount) == start + amount == counter.get()
        else:
            with pytest.raises(OverflowError, match="unchanged"):
                counter.add(amount)
            assert counter.get() == start


OPERATORS = [
    operator.iadd,
    operator.isub,
    operator.imul,
    operator.ifloordiv,
    operator.imod,
    operator.iand,
    operator.ior,
    operator.ixor,
    operator.ilshift,
    operator.irshift,
]


def in_place(calculate: Callable[[Any, int], Any], start: int, operand: int) -> int | type[BaseException]:
    """What an in-place operator leaves of `start`: the value, or the type of the error."""
    counter = AtomicInteger(start)
    try:
        result: object = calculate(counter, operand)
        assert result is counter
    except (OverflowError, ZeroDivisionError, ValueError) as error:
        assert counter.get() == start
        return type(error)
    return counter.get()


def with_ints(calculate: Callable[[int, int], int], start: int, operand: int) -> int | type[BaseException]:
    """What the same operator makes of ints, were they limited to 64 bits."""
    try:
        result = calculate(start, operand)
    except (ZeroDivisionError, ValueError) as error:
        return type(error)
    return result if MIN <= result <= MAX else OverflowError


@pytest.mark.parametrize("calculate", OPERATORS)
def test_inplace_operators_agree_with_int(calculate: Callable[[Any, int], Any]) -> None:
    """An in-place operator returns the same object, which then holds what int's operator gives, or is unchanged."""
    operands = EDGES if calculate not in (operator.ilshift, operator.irshift) else [-1, 0, 1, 2, 62, 63, 64, 65, 200]
    for start, operand in itertools.product(EDGES, operands):
        assert in_place(calculate, start, operand) == with_ints(calculate, start, operand), (start, operand)


def test_shift_by_a_huge_count_is_refused_at_once() -> None:
    """`<<=` by more places than there is memory is an OverflowError; of zero it is zero."""
    assert in_place(operator.ilshift, 1, 2**62) is OverflowError
    assert in_place(operator.ilshift, 0, 2**62) == 0
    assert in_place(operator.irshift, -5, 2**62) == -1


def step_of_model(chooser: random.Random, counter: AtomicInteger, value: int) -> int:
    """Do one random step on the counter, compare what it returns with what ints say, and return the new value."""
    other = chooser.choice([*EDGES, value])
    fits = MIN <= value + other <= MAX
    match chooser.randrange(5):
        case 0:
            counter.set(other)
        case 1:
            assert counter.exchange(other) == value
        case 2:
            assert counter.compare_and_set(other, value) == (other == value)
            return value
        case 3:
            assert counter.compare_and_set(value, other)
        case _:
            return counter.add(other) if fits else value
    return other


def test_agrees_with_a_model_over_long_histories() -> None:
    """Any sequence of methods leaves what the same sequence leaves of an int."""
    seed = random.SystemRandom().randrange(2**32)
    chooser = random.Random(seed)  # noqa: S311 - no secret
    counter, value = AtomicInteger(), 0
    for step in range(5_000):
        value = step_of_model(chooser, counter, value)
        assert counter.get() == value, f"seed={seed} step={step}"


@pytest.mark.parametrize("start", [2**61 - 100, -(2**61) - 2_000, 2**62 - 100, MAX - 10_000])
def test_increments_stay_distinct_across_the_edges(start: int) -> None:
    """Where the implementation leaves its fast path, no number is lost and none is given out twice."""
    counter = AtomicInteger(start)
    seen = run_threads(*[lambda _: [counter.increment() for _ in range(1_000)]] * 4)
    assert sorted(itertools.chain(*seen)) == list(range(start + 1, start + 4_001))


def test_overflow_refuses_exactly_what_does_not_fit() -> None:
    """Of increments by many threads just as many succeed as there is room for, and the rest change nothing."""
    counter = AtomicInteger(MAX - 1_000)

    def work(_worker: Worker) -> int:
        done = 0
        for _ in range(1_000):
            try:
                counter.increment()
            except OverflowError:
                continue
            done += 1
        return done

    assert sum(run_threads(*[work] * 4)) == 1_000
    assert counter.get() == MAX


def test_a_refused_addition_is_never_seen() -> None:
    """While additions to the largest int fail, others see only values that were put there, and no set() is undone."""
    counter = AtomicInteger(MAX)

    def overflow(_worker: Worker) -> None:
        for _ in range(2_000):
            with pytest.raises(OverflowError):
                counter.add(2**31 - 1)

    def flip(_: Worker) -> None:
        for value in itertools.islice(itertools.cycle((MAX - 1, MAX)), 2_000):
            assert counter.get() in (MAX - 1, MAX)
            counter.set(value)

    run_threads(overflow, flip, overflow)
    assert counter.get() == MAX


def test_additions_are_conserved_while_the_value_jumps() -> None:
    """What some threads add is found by one that keeps moving the value between near zero and the ends of 64 bits."""
    bases = [sign * base for base in (0, 2**61 - 50, 2**61, 2**62 - 50, 2**62, MAX - 2**45) for sign in (1, -1)]
    counter = AtomicInteger()

    def add(worker: Worker) -> int:
        amounts = [worker.random.choice((1, -1, 1_000, 2**31, 2**32)) for _ in range(3_000)]
        for amount in amounts:
            counter.add(amount)
        return sum(amounts)

    def jump(worker: Worker) -> int:
        found = base = 0
        for _ in range(3_000):
            after = worker.random.choice(bases)
            found += counter.exchange(after) - base
            base = after
        return found - base

    *added, found = run_threads(add, add, add, jump)
    assert found + counter.get() == sum(added)


def test_methods_return_what_they_say() -> None:
    """Each method, used by one thread, returns what its docstring says."""
    counter = AtomicInteger(5)
    assert counter.increment() == 6
    assert counter.decrement() == 5
    assert counter.add(-15) == -10
    assert counter.exchange(3) == -10
    assert counter.set(4) is None  # type: ignore[func-returns-value]
    assert not counter.compare_and_set(3, 9)
    assert counter.compare_and_set(4, 9)
    assert counter.update(lambda value: value * 2) == 18 == counter.get()


def test_looks_like_an_int() -> None:
    """int(), bool(), indexing, comparison and repr() use the value of the moment; there is no hash()."""
    two = AtomicInteger(2)
    assert int(two) == 2
    assert float(two) == 2.0
    assert "abc"[two] == "c"
    assert two
    assert not AtomicInteger()
    assert two == 2 == AtomicInteger(2)
    assert two != AtomicInteger(3)
    assert 1 < two <= 2.5 < AtomicInteger(3)
    assert two != "2"
    assert repr(AtomicInteger(MIN)) == f"AtomicInteger({MIN})"
    with pytest.raises(TypeError, match="unhashable"):
        hash(two)


@pytest.mark.parametrize("wrong", ["1", 1.0, None, b"1"])
def test_refuses_what_is_not_an_int(wrong: Any) -> None:  # noqa: ANN401 - no one type is meant
    """An argument without __index__ is a TypeError in every method and changes nothing."""
    counter = AtomicInteger(7)
    for method in (counter.set, counter.add, counter.exchange, AtomicInteger):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            method(wrong)
    for pair in ((wrong, 1), (7, wrong)):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            counter.compare_and_set(*pair)
    with pytest.raises(TypeError, match=r"unsupported operand type\(s\) for \+="):
        counter += wrong
    assert counter.get() == 7


@pytest.mark.parametrize("huge", [MAX + 1, MIN - 1, 10**30])
def test_refuses_what_has_more_than_64_bits(huge: int) -> None:
    """An int beyond 64 bits is an OverflowError that names the limits, and changes nothing."""
    counter = AtomicInteger(7)
    for method in (counter.set, counter.add, counter.exchange, AtomicInteger):
        with pytest.raises(OverflowError, match=r"2\*\*63"):
            method(huge)
    with pytest.raises(OverflowError):
        counter.compare_and_set(7, huge)
    with pytest.raises(OverflowError, match="unchanged"):
        counter.update(lambda _: huge)
    assert counter.get() == 7


@pytest.mark.parametrize("count", [0, 1, 3])
def test_refuses_a_wrong_number_of_arguments(count: int) -> None:
    """compare_and_set() without exactly two arguments is a TypeError that says how many there were."""
    with pytest.raises(TypeError, match=rf"exactly 2 positional arguments \({count} given\)"):
        AtomicInteger().compare_and_set(*[0] * count)


def test_ints_of_other_types_are_ints() -> None:
    """Any bool and anything with __index__ are taken for what they are worth, an AtomicInteger for its value."""
    counter = AtomicInteger(True)  # noqa: FBT003 - what is tested
    counter += True
    assert counter.add(AtomicInteger(40)) == 42


def test_new_without_init_is_zero() -> None:
    """An object that __init__ never saw is a usable zero."""
    counter = AtomicInteger.__new__(AtomicInteger)
    assert counter.increment() == 1


def test_init_takes_one_optional_value() -> None:
    """The value may be left out or named; other arguments are a TypeError."""
    assert AtomicInteger(value=3) == 3
    with pytest.raises(TypeError):
        AtomicInteger(1, 2)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        AtomicInteger(number=1)  # type: ignore[call-arg]


class _Named(AtomicInteger):
    """A subclass with an attribute and an __init__ of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(10)
        self.name = name


def test_subclass_keeps_its_attributes() -> None:
    """A subclass has attributes, its own __init__ and its own name in repr(), and stays itself under `+=`."""
    named = same = _Named("requests")
    named += 1
    assert named is same
    assert (named.name, repr(named)) == ("requests", "_Named(11)")


def test_weak_references_end_with_the_object() -> None:
    """A weak reference works, and is dead once the object is."""
    counter = AtomicInteger()
    reference = weakref.ref(counter)
    assert reference() is counter
    del counter
    assert reference() is None


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_be_copied(duplicate: Callable[[object], object]) -> None:
    """Copying and pickling are a TypeError that says what to do instead."""
    with pytest.raises(TypeError, match=r"cannot copy or pickle AtomicInteger.*what it holds instead"):
        duplicate(AtomicInteger())


def test_exception_in_update_leaves_the_value() -> None:
    """An exception from the function comes out of update(), and the value is what it was."""
    counter = AtomicInteger(7)
    with pytest.raises(ZeroDivisionError):
        counter.update(lambda value: value // 0)
    with pytest.raises(TypeError, match="must return an int, not str"):
        counter.update(lambda _: "8")  # type: ignore[arg-type,return-value]
    with pytest.raises(TypeError, match="not callable"):
        counter.update(8)  # type: ignore[arg-type]
    assert counter.get() == 7


def test_reentrant_update_is_an_error() -> None:
    """An update() inside the function given to update() of the same object is a RuntimeError; of another it is not."""
    counter, other = AtomicInteger(1), AtomicInteger(1)
    with pytest.raises(RuntimeError, match="reentrant update"):
        counter.update(lambda _: counter.update(lambda value: value + 1))
    assert counter.update(lambda value: value + other.update(lambda inner: inner + 1)) == 3


ENDLESS = """
import signal
from ungil import AtomicInteger
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in its background with it ignored
counter = AtomicInteger()
def never_last(value):
    if value == 100:
        print("running", flush=True)
    return counter.increment()
try:
    counter.update(never_last)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one child alone")
def test_ctrl_c_ends_an_update_that_never_succeeds() -> None:
    """A function that changes the object at each attempt can be interrupted."""
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "running\n"
            child.send_signal(signal.SIGINT)
            output, _ = child.communicate(timeout=30)
        finally:
            child.kill()
    assert (child.returncode, output) == (0, "interrupted\n")
