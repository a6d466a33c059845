"""A solver of linear constraints that are added and removed."""

from kiwisolver import Solver, Variable, strength


def make():
    solver, x, y = Solver(), Variable("x"), Variable("y")
    kept, extra = x + y == 100, y <= 60
    solver.addConstraint(kept)
    solver.addConstraint((x >= 10) | "weak")
    solver.addEditVariable(x, strength.strong)
    solver.updateVariables()
    return solver, x, y, kept, extra


def suggest(parts):
    parts[0].suggestValue(parts[1], 30)


def add(parts):
    parts[0].addConstraint(parts[4])


def remove(parts):
    parts[0].removeConstraint(parts[3])


def update(parts):
    parts[0].updateVariables()


def has(parts):
    return parts[0].hasConstraint(parts[3])


def reset(parts):
    parts[0].reset()


def value(parts):
    return parts[1].value()


def rename(parts):
    parts[1].setName("renamed")


def name_of(parts):
    return parts[1].name()


ops = [suggest, add, remove, update, has, reset, value, rename, name_of]


def state(parts):
    parts[0].updateVariables()
    return parts[1].value(), parts[2].value(), parts[1].name()
