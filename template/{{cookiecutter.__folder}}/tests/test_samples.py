"""What Samples does, in whichever thread. Each test has objects of its own, and all of them share the module."""

from __future__ import annotations

import math

import pytest

from {{ cookiecutter.__package }} import EmptyError, Samples, recorded


def samples(*values: float) -> Samples:
    """An object with these values."""
    made = Samples()
    made.extend(values)
    return made


def test_values_are_ordered() -> None:
    """ordered() is a tuple of all values, smallest first."""
    made = samples(3.0, 1.0)
    made.add(2)
    assert made.ordered() == (1.0, 2.0, 3.0)
    assert len(made) == 3


def test_order_is_kept_until_a_value_comes_in() -> None:
    """ordered() returns the same tuple as long as it is true."""
    made = samples(3.0, 1.0)
    assert made.ordered() is made.ordered()
    made.add(2.0)
    assert made.ordered() == (1.0, 2.0, 3.0)


def test_take_moves() -> None:
    """take() leaves nothing behind, and both objects forget the order that they knew."""
    to, source = samples(1.0), samples(3.0, 2.0)
    assert (to.ordered(), source.ordered()) == ((1.0,), (2.0, 3.0))
    assert to.take(source) == 2
    assert (to.ordered(), source.ordered()) == ((1.0, 2.0, 3.0), ())


def test_take_from_itself() -> None:
    """An object that takes from itself stays as it is."""
    made = samples(1.0, 2.0)
    assert made.take(made) == 0
    assert len(made) == 2


def test_extend_takes_any_iterable() -> None:
    """extend() takes what can be iterated, and no more than that."""
    made = Samples()
    made.extend(float(number) for number in range(3))
    assert made.ordered() == (0.0, 1.0, 2.0)
    with pytest.raises(TypeError):
        made.extend(1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [["a"], [None], [math.nan]], ids=str)
def test_extend_is_all_or_nothing(bad: list[float]) -> None:
    """After an error in the middle of an iterable, no value of it is there."""
    made = Samples()
    with pytest.raises((TypeError, ValueError)):
        made.extend([1.0, *bad])
    assert len(made) == 0


def test_object_without_init() -> None:
    """An object that __init__ never saw is refused, or is one without values."""
    made = Samples.__new__(Samples)
    try:
        made.add(1.0)
    except TypeError:
        return
    assert made.ordered() == (1.0,)


def test_extend_runs_python_first() -> None:
    """An iterable that uses the object it is added to finds it unlocked and unchanged."""
    made = samples(1.0, 2.0)
    made.extend(float(len(made)) for _ in range(2))
    assert made.ordered() == (1.0, 2.0, 2.0, 2.0)


def test_nan_is_refused() -> None:
    """NaN has no place in an order."""
    with pytest.raises(ValueError, match="NaN"):
        Samples().add(math.nan)


def test_recorded_counts_what_comes_in() -> None:
    """recorded() counts what add() and extend() took in; other threads may have added to it."""
    before = recorded()
    made = samples(1.0, 2.0)
    made.add(3.0)
    samples().take(made)
    assert recorded() - before >= 3


def test_bootstrap_estimates_the_standard_error() -> None:
    """bootstrap() comes near to the textbook's standard error, and depends on nothing but its arguments."""
    made = samples(*(float(number % 10) for number in range(400)))
    textbook = math.sqrt(8.25 / 400)
    assert made.bootstrap(2000, seed=1) == pytest.approx(textbook, rel=0.1)
    assert made.bootstrap(10, seed=1) == made.bootstrap(10, seed=1)
    assert made.bootstrap(10, seed=1) != made.bootstrap(10, seed=2)


def test_bootstrap_needs_samples_and_rounds() -> None:
    """bootstrap() says what it lacks; EmptyError is a ValueError."""
    with pytest.raises(EmptyError, match="no samples"):
        Samples().bootstrap(10)
    with pytest.raises(ValueError, match="rounds"):
        samples(1.0).bootstrap(1)
    assert issubclass(EmptyError, ValueError)
