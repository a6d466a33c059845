"""What Samples refuses: each binding in its own words, and none by doing something else in silence."""

from __future__ import annotations

import copy
import math
import pickle

import pytest

from {{ cookiecutter.__package }} import EmptyError, Samples, recorded


def test_there_are_no_subclasses() -> None:
    """The class is final, as its stub says: what its functions know of its objects holds for all of them."""
    with pytest.raises(TypeError):
        type("Derived", (Samples,), {})


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_object_is_not_pickled(protocol: int) -> None:
    """No protocol makes a pickle, which would lack the values."""
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(Samples(), protocol)


def test_an_object_is_not_copied() -> None:
    """No copy is made, which would lack the values or share them."""
    with pytest.raises(TypeError, match="pickle"):
        copy.copy(Samples())
    with pytest.raises(TypeError, match="pickle"):
        copy.deepcopy(Samples())


def test_arguments_are_those_of_the_stub() -> None:
    """There is no argument too many, and none by a name that the stub does not give it."""
    made = Samples()
    with pytest.raises(TypeError):
        Samples(1.0)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        made.add(value=1.0)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        made.bootstrap(rounds=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        recorded(made)  # type: ignore[call-arg]
    assert len(made) == 0


@pytest.mark.parametrize("other", [None, 1.0, [1.0], Samples])
def test_take_is_between_objects_of_the_class(other: object) -> None:
    """take() refuses what is not an object of the class, and None is not."""
    with pytest.raises(TypeError):
        Samples().take(other)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [-1, 2**64, None, 1.0])
def test_a_seed_is_of_64_bits(seed: int) -> None:
    """A seed that is no unsigned integer of 64 bits is refused, and not cut to one."""
    made = Samples()
    made.add(1.0)
    with pytest.raises((TypeError, OverflowError)):
        made.bootstrap(2, seed=seed)
    assert made.bootstrap(2, seed=2**64 - 1) == 0.0


def test_more_rounds_than_can_be_counted() -> None:
    """A number of rounds beyond the machine's integers is refused."""
    with pytest.raises((TypeError, OverflowError)):
        Samples().bootstrap(2**70)


@pytest.mark.parametrize("value", ["1.0", None, 10**400])
def test_a_value_is_a_number(value: float) -> None:
    """add() refuses what is no number, or too large for a float; infinity is one."""
    made = Samples()
    with pytest.raises((TypeError, OverflowError)):
        made.add(value)
    made.add(math.inf)
    assert made.ordered() == (math.inf,)


def test_names_are_those_of_the_module() -> None:
    """What the module defines says where it can be found."""
    assert {Samples.__module__, EmptyError.__module__} == {"{{ cookiecutter.__package }}._core"}
