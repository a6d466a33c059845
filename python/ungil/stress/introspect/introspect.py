"""Asks an extension what it offers, and tries it, until there is a model for each class of which an object can be made.

Everything that runs code of the extension runs in processes of their own: what comes back are names and numbers, from
which ``models`` makes the same models again wherever they are run.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ungil.stress.hammer.models.model import Model
from ungil.stress.introspect.candidates import Made, Pair, Recipe, constructors, functions_model, members_model
from ungil.stress.introspect.denied import denied
from ungil.stress.introspect.inventory import Class, Inventory, Member, members, take_inventory
from ungil.stress.introspect.names import members_of
from ungil.stress.trial import How, Maker, Tried, ask, try_models

__all__ = ["Chosen", "Introspected", "Offered", "introspect", "models"]

EXAMPLES: Final = 2
"""Of one member that are kept."""

_HERE: Final = "ungil.stress.introspect.introspect"

type Offered = dict[str, dict[str, list[str]]]
"""Class, or module, to its members, each with its kind and why it is not tried, empty if it is."""

type Chosen = dict[str, list[int]]
"""How an object of each class is made: the number of the constructor's arguments; or the number of a model, and of the
operation on its subject whose result is such an object."""

type _How = tuple[int, frozenset[str], Sequence[Made]]
"""Seed, names that are allowed, and objects for arguments."""


@dataclass(slots=True)
class Introspected:
    """What came of it.

    Attributes:
        name: of the module.
        seed: of the values.
        allowed: names that would be denied.
        offered: all that there is.
        chosen: how objects are made.
        kept: for each model, the numbers of the operations that are kept.
        left_out: ``(class or module, operation)`` to why it is in no model.
    """

    name: str
    seed: int
    allowed: tuple[str, ...]
    offered: Offered
    chosen: Chosen = field(default_factory=dict)
    kept: list[list[int]] = field(default_factory=list)
    left_out: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def maker(self) -> Maker:
        """Of ``models`` in another process."""
        return Maker(f"{_HERE}:models", (self.name, self.seed, self.chosen, self.allowed, self.kept))


# ---- Where code of the extension runs: in processes of their own, and where the models are run


def offered(name: str, allowed: Collection[str]) -> Offered:
    """What there is."""
    inventory = take_inventory(name)
    found = {
        one.name: {member.name: _described(member, allowed, of_a_module=False) for member in one.members}
        for one in inventory.classes
    }
    functions = inventory.functions.values()
    found[inventory.target.name] = {one.name: _described(one, allowed, of_a_module=True) for one in functions}
    return found


def _described(member: Member, allowed: Collection[str], *, of_a_module: bool) -> list[str]:
    unsigned = not member.signatures and member.kind not in {"attribute", "protocol"}
    why = "" if member.name in allowed else denied(member.name, member.signatures, of_a_module=of_a_module)
    return [f"{member.kind} without a signature" if unsigned else member.kind, why]


def constructor_models(name: str, seed: int, chosen: Chosen) -> list[Model]:
    """For each class of which no object can be made yet, calls of it that are to be tried."""
    inventory = take_inventory(name)
    others = [Made(owner, recipe) for owner, recipe in _recipes(inventory, seed, chosen).items()]
    return [constructors(one, seed, others) for one in inventory.classes if one.name not in chosen]


def candidates(name: str, seed: int, chosen: Chosen, allowed: Sequence[str]) -> list[Model]:
    """The functions, and each class of which an object can be made, with all operations that are to be tried."""
    inventory, allow = take_inventory(name), frozenset(allowed)
    recipes = _recipes(inventory, seed, chosen)
    others = [Made(owner, recipe) for owner, recipe in recipes.items()]
    found = _of_recipes(inventory, recipes, (seed, allow, others))
    makes = list(recipes.values())
    pairs = [Pair(makes[how[0] - 1], found[how[0]].operations[how[1]]) for how in chosen.values() if len(how) > 1]
    if not pairs:
        return found
    # Now all classes are known, and an object of each may be an argument of any operation.
    given = [owner for owner, how in chosen.items() if len(how) > 1]
    how = (seed, allow, [*others, *map(Made, given, pairs)])
    firsts = [found[chosen[owner][0]] for owner in given]
    by_name = {one.name: one for one in inventory.classes}
    return [
        *_of_recipes(inventory, recipes, how),
        *(_of_pair(*of, by_name, how) for of in zip(given, pairs, firsts, strict=True)),
    ]


def _of_recipes(inventory: Inventory, recipes: dict[str, Recipe], how: _How) -> list[Model]:
    by_name = {one.name: one for one in inventory.classes}
    found = [functions_model(inventory, *how)]
    for owner, recipe in recipes.items():
        model = members_model(by_name[owner], recipe, *how)
        found.append(replace(model, operations=(*model.operations, recipe.call)))
    return found


def _recipes(inventory: Inventory, seed: int, chosen: Chosen) -> dict[str, Recipe]:
    """Those that are calls of a class; each may use the ones before."""
    by_name = {one.name: one for one in inventory.classes}
    found: dict[str, Recipe] = {}
    for owner, how in chosen.items():
        if len(how) == 1:
            others = [Made(other, recipe) for other, recipe in found.items()]
            found[owner] = Recipe(constructors(by_name[owner], seed, others).operations[how[0]])
    return found


def models(name: str, seed: int, chosen: Chosen, allowed: Sequence[str], kept: Sequence[Sequence[int]]) -> list[Model]:
    """The models with what is kept; of a pair also what is kept for its first object alone.

    Raises:
        ImportError: the module cannot be imported; whatever else importing it raises.
    """
    tried = candidates(name, seed, chosen, allowed)
    found = [
        replace(one, operations=tuple(one.operations[place] for place in places))
        for one, places in zip(tried, kept, strict=True)
    ]
    for number, how in enumerate(chosen.values(), start=1):
        if len(how) == 2:  # noqa: PLR2004 - a pair
            first = tuple(replace(call, part=0) for call in found[how[0]].operations if not call.alone)
            found[number] = replace(found[number], operations=(*first, *found[number].operations))
    return [one for one in found if one.operations]


def _of_pair(owner: str, make: Pair, first: Model, by_name: dict[str, Class], how: _How) -> Model:
    """The operations on an object that another gives; a class that cannot be imported is known from that object."""
    kind = type(make.second())
    one = by_name.get(owner) or Class(owner, kind, list(members(kind, {})))
    model = members_model(one, make, *how)
    calls = tuple(replace(call, part=1) for call in model.operations if not call.alone)
    name = f"{first.name} and its {kind.__qualname__}"
    return replace(model, name=name, operations=calls, owners=(*first.owners, owner))


# ---- Where the trials are begun


def introspect(
    name: str, *, seed: int = 0, allowed: Collection[str] = (), covered: Collection[tuple[str, str]] = ()
) -> Introspected:
    """Find models for what is not covered.

    Args:
        name: of the module or package.
        seed: of the values that are tried.
        allowed: names of functions and methods that would be denied.
        covered: ``(class as module:name, or module; operation)`` that are driven from elsewhere.

    Raises:
        TrialError: the module cannot be imported.
    """
    allow = tuple(sorted(allowed))
    found = Introspected(name, seed, allow, ask(Maker(f"{_HERE}:offered", (name, allow))))
    _choose_constructors(found)
    tried = _try("candidates", found, found.allowed)
    if _choose_results(found, tried):
        tried = _try("candidates", found, found.allowed)
    for owner, model in zip([name, *found.chosen], tried, strict=True):
        found.kept.append(_keep(found, owner, model, covered))
    return found


def _try(function: str, found: Introspected, *more: object) -> list[Tried]:
    """What comes of the models that a function makes."""
    return try_models(Maker(f"{_HERE}:{function}", (found.name, found.seed, found.chosen, *more)))


def _choose_constructors(found: Introspected) -> None:
    """For each class a call that makes an object: with an argument rather than without, which is often empty.

    Classes whose objects are made of those of other classes need another round.
    """
    before = -1
    while before < len(found.chosen):
        before = len(found.chosen)
        found.left_out.clear()
        for model in _try("constructor_models", found):
            well = [place for place, verdict in enumerate(model.verdicts) if verdict.how is How.OK]
            if well:
                found.chosen[model.name] = [well[min(1, len(well) - 1)]]
            else:
                name = model.name.rpartition(":")[2].rpartition(".")[2]
                found.left_out[model.name, name] = f"no arguments were found; the first try {model.verdicts[0]}"


def _choose_results(found: Introspected, tried: list[Tried]) -> bool:
    """Classes of which operations on other objects give one: iterators and views, mostly."""
    package = found.name.rpartition(".")[0] or found.name
    known = len(found.chosen)
    for number, model in enumerate(tried[1:], start=1):
        for place, verdict in enumerate(model.verdicts):
            owner = verdict.detail
            module = owner.partition(":")[0]
            of_the_package = owner in found.offered or module == package or module.startswith(f"{package}.")
            if verdict.how is How.OK and of_the_package and owner not in found.chosen:
                found.chosen[owner] = [number, place]
    return len(found.chosen) > known


def _keep(found: Introspected, owner: str, model: Tried, covered: Collection[tuple[str, str]]) -> list[int]:
    """The operations of a model that are kept: of each member a few that do something, else one that raises."""
    kept: list[int] = []
    members = found.offered.get(owner, {})
    known = {member for other, name in covered if other == owner for member in members_of(name, members)}
    for name in dict.fromkeys(model.calls):
        if known.issuperset(members_of(name, members) or ["nothing"]):
            continue
        places = [place for place, call in enumerate(model.calls) if call == name]
        for place in places:
            if not model.verdicts[place].how.runnable:
                found.left_out[owner, name] = str(model.verdicts[place])
        well = [place for place in places if model.verdicts[place].how is How.OK]
        well = well or [place for place in places if model.verdicts[place].how is How.RAISES][:1]
        kept += well[:EXAMPLES]
        if not well:
            why = f"no arguments were found; the first try {model.verdicts[places[0]]}"
            found.left_out.setdefault((owner, name), why)
    return kept
