"""AtomicFlag: what each method does, and that threads cannot come between."""

import copy
import pickle
import sys
import weakref
from collections.abc import Callable
from types import ModuleType

import pytest
from tests.concurrency import until_caught
from tests.sync import flag_stress
from tests.sync.builds import needs_parallel_threads

from ungil import AtomicFlag

Stress = Callable[[flag_stress.Make], None]


@pytest.mark.parametrize("stress", flag_stress.ALL)
def test_holds_under_threads(stress: Stress) -> None:
    """What the stress function asserts holds for AtomicFlag."""
    stress(AtomicFlag)


@needs_parallel_threads
@pytest.mark.parametrize("stress", flag_stress.ALL)
def test_stress_catches_the_racy_twin(stress: Stress, racy_counters: ModuleType) -> None:
    """The same stress function fails on the twin that tests and sets in two steps."""
    until_caught(lambda: stress(racy_counters.RacyFlag))


def test_methods_return_what_they_say() -> None:
    """Each method, used by one thread, returns what its docstring says, whatever the flag was before."""
    flag = AtomicFlag()
    assert flag.is_set() is False
    assert flag.test_and_set() is False
    assert flag.test_and_set() is True
    assert flag.is_set() is True
    for _ in range(2):
        assert flag.clear() is None  # type: ignore[func-returns-value]
        assert flag.is_set() is False
    for _ in range(2):
        assert flag.set() is None  # type: ignore[func-returns-value]
        assert flag.is_set() is True


def test_is_true_when_set() -> None:
    """bool() and repr() show the flag of the moment; two flags are not equal for being set."""
    flag = AtomicFlag()
    assert not flag
    assert repr(flag) == "AtomicFlag(False)"
    flag.set()
    assert flag
    assert repr(flag) == "AtomicFlag(True)"
    assert flag != AtomicFlag(value=True)
    assert len({flag, AtomicFlag()}) == 2


class _Undecided:
    """Has no truth value."""

    def __bool__(self) -> bool:
        raise ZeroDivisionError


def test_init_takes_the_truth_of_one_optional_value() -> None:
    """The value may be left out or named and is taken for its truth, where it has one; other arguments are an error."""
    assert AtomicFlag([0]).is_set()
    assert not AtomicFlag(value="").is_set()
    flag = AtomicFlag(value=True)
    with pytest.raises(ZeroDivisionError):
        flag.__init__(_Undecided())  # type: ignore[misc]
    assert flag.is_set()
    with pytest.raises(TypeError):
        AtomicFlag(1, 2)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        AtomicFlag(flag=1)  # type: ignore[call-arg]


def test_new_without_init_is_clear() -> None:
    """An object that __init__ never saw is a usable clear flag."""
    assert AtomicFlag.__new__(AtomicFlag).test_and_set() is False


def test_methods_take_no_arguments() -> None:
    """An argument to any method is a TypeError and changes nothing."""
    flag = AtomicFlag()
    for method in (flag.is_set, flag.set, flag.clear, flag.test_and_set):
        with pytest.raises(TypeError, match="takes no arguments"):
            method(1)  # type: ignore[call-arg]
    assert not flag.is_set()


def test_every_method_keeps_the_counts() -> None:
    """After any number of calls the object and the value it was made from have as many references as before."""
    value = [1]
    flag = AtomicFlag(value)
    before = sys.getrefcount(flag), sys.getrefcount(value)
    for _ in range(100):
        flag.__init__(value)  # type: ignore[misc]
        flag.test_and_set()
        flag.clear()
        flag.set()
        flag.is_set()
        repr(flag)
    assert (sys.getrefcount(flag), sys.getrefcount(value)) == before


class _Named(AtomicFlag):
    """A subclass with an attribute of its own."""

    name = "stop"


def test_subclass_and_weak_reference() -> None:
    """A subclass has attributes and its own name in repr(); a weak reference ends with the object."""
    named = _Named()
    named.name = "go"
    reference = weakref.ref(named)
    assert (named.name, repr(named), reference()) == ("go", "_Named(False)", named)
    del named
    assert reference() is None


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_be_copied(duplicate: Callable[[object], object]) -> None:
    """Copying and pickling are a TypeError that says why."""
    with pytest.raises(TypeError, match="cannot copy or pickle AtomicFlag: it is memory shared by the threads"):
        duplicate(AtomicFlag())
