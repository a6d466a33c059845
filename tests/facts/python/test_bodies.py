"""What is read of Python functions: accesses with what is held, decisions, calls."""

import pytest
from tests.facts.python.reading import function, read

from ungil.facts.python.model import Kind, Question, Touch


@pytest.mark.parametrize(
    ("statement", "touch", "how"),
    [
        ("self.x", Touch.READ, ""),
        ("self.x = 1", Touch.STORE, ""),
        ("self.x += 1", Touch.UPDATE, ""),
        ("self.x = self.x + 1", Touch.UPDATE, ""),
        ("self.x = max(self.x, k)", Touch.UPDATE, "max"),
        ("old = self.x; self.x = old + 1", Touch.UPDATE, ""),
        ("del self.x", Touch.DROP, ""),
        ("self.x[k]", Touch.LOOKUP, "[]"),
        ("k in self.x", Touch.LOOKUP, "in"),
        ("self.x[k] = 1", Touch.EDIT, "[]="),
        ("self.x[k] += 1", Touch.REVISE, "[]="),
        ("del self.x[k]", Touch.EDIT, "del []"),
        ("self.x.append(k)", Touch.EDIT, "append"),
        ("self.x.pop(k, None)", Touch.EDIT, "pop or default"),
        ("next(self.x)", Touch.EDIT, "next"),
        ("for one in self.x.items(): pass", Touch.ITERATE, ""),
        ("[one for one in self.x]", Touch.ITERATE, ""),
        ("list(self.x.values())", Touch.ITERATE, "list"),
    ],
)
def test_what_is_done_to_an_attribute(statement: str, touch: Touch, how: str) -> None:
    """Each way to use an attribute is one kind of access."""
    facts = read(f"class Spam:\n    def use(self, k):\n        {statement}\n")
    last = [one for one in function(facts, "use").accesses if one.subject == "self.x"][-1]
    assert (last.touch, last.how) == (touch, how)


def test_only_what_is_made_in_one_step_is_atomic() -> None:
    """list() is one call into C; a loop, any() and a comprehension are not."""
    facts = read("def use():\n    list(table)\n    any(table)\n    for one in table: pass\n")
    assert [one.is_atomic for one in function(facts, "use").accesses if one.touch is Touch.ITERATE] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        ("with lock:", "table[1] = 2"),
        ("with other.mutex:", "table[1] = 2"),
        ("lock.acquire()\n    try:", "table[1] = 2\n    finally:\n        lock.release()"),
        ("if lock.acquire(blocking=False):", "table[1] = 2"),
        ("if not lock.acquire(False):\n        return\n    if 1:", "table[1] = 2"),
        ("while count and lock.acquire(False):", "table[1] = 2"),
        ("mine = lock\n    with mine:", "table[1] = 2"),
    ],
)
def test_a_lock_is_held(before: str, inside: str) -> None:
    """Whichever way it is taken, and under whatever name."""
    edit = next(
        one
        for one in function(read(f"def use(other):\n    {before}\n        {inside}\n"), "use").accesses
        if one.how == "[]="
    )
    assert len(edit.held) == 1


@pytest.mark.parametrize("statement", ["make().close()", "make().part.close()", "make()[0].part.close()"])
def test_a_call_is_read_whatever_is_reached_through_it(statement: str) -> None:
    """What stands before the method of a call is read, however many attributes lie between them."""
    assert "make" in {one.name for one in function(read(f"def use():\n    {statement}\n"), "use").calls}


def test_a_lock_that_was_given_back_is_not_held() -> None:
    """After release(), after the with block, and in a function inside, which runs later."""
    code = """
    def use():
        lock.acquire()
        lock.release()
        table[1] = 1
        with lock:
            pass
        table[2] = 2
        with lock:
            def later():
                table[3] = 3
    """
    facts = read(code)
    edits = [one for f in facts.functions for one in f.accesses if one.how == "[]="]
    assert [one.held for one in edits] == [frozenset()] * 3


@pytest.mark.parametrize(("decorator", "first"), [("", "self"), ("@classmethod\n    ", "cls")])
def test_a_function_inside_may_have_a_parameter_of_that_name(decorator: str, first: str) -> None:
    """What it does to its own ``self`` or ``cls`` is not done to the object or class outside."""
    code = f"class Spam:\n    {decorator}def use({first}):\n        def inner({first}):\n            {first}.x = 1\n"
    assert not function(read(code), "inner").accesses


def test_a_condition_is_the_lock_that_it_was_made_with() -> None:
    """Who holds one holds the other."""
    code = """
    class Box:
        def __init__(self):
            self._lock = threading.Lock()
            self._ready = Condition(self._lock)
        def put(self):
            with self._ready:
                self.x = 1
    """
    store = next(one for one in function(read(code), "put").accesses if one.touch is Touch.STORE)
    assert {one.lock for one in store.held} == {"self._ready", "self._lock"}


@pytest.mark.parametrize(
    ("code", "question", "touch"),
    [
        ("if count is None:\n        count = L()", Question.UNSET, Touch.STORE),
        ("if count is not None:\n        return\n    count = L()", Question.UNSET, Touch.STORE),
        ("if k not in table:\n        table[k] = []", Question.ABSENT, Touch.EDIT),
        ("if k in table:\n        del table[k]", Question.PRESENT, Touch.EDIT),
        ("v = table.get(k)\n    if v is None:\n        table[k] = []", Question.ABSENT, Touch.EDIT),
        ("try:\n        table[k]\n    except KeyError:\n        table[k] = []", Question.ABSENT, Touch.EDIT),
        ("while table:\n        table.popitem()", Question.SET, Touch.EDIT),
        ("if len(table) > 0:\n        table.popitem()", Question.SET, Touch.EDIT),
        ("table and table.popitem()", Question.SET, Touch.EDIT),
    ],
)
def test_what_a_test_decides(code: str, question: Question, touch: Touch) -> None:
    """Tests and what is done because of them come in pairs."""
    decisions = function(read(f"def use(k):\n    global count\n    {code}\n"), "use").decisions
    assert [(one.question, one.act.touch, one.is_together) for one in decisions] == [(question, touch, False)]


@pytest.mark.parametrize(
    ("body", "is_together"),
    [
        ("with lock:\n        if k in table:\n            del table[k]", True),
        ("if k in table:\n        with lock:\n            del table[k]", False),
        ("with lock:\n        v = table.get(k)\n    if v:\n        with lock:\n            del table[k]", False),
        ("with ready:\n        if k in table:\n            ready.wait()\n            del table[k]", False),
    ],
)
def test_a_lock_from_the_test_to_the_act_makes_them_one(body: str, *, is_together: bool) -> None:
    """Taken for the act alone, or a second time for it, it does not; nor does a condition that is waited for before."""
    facts = read(f"ready = Condition()\ndef use(k):\n    {body}\n")
    assert [one.is_together for one in function(facts, "use").decisions] == [is_together]


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        ("threading.Lock()", Kind.LOCK),
        ("t.RLock()", Kind.RLOCK),
        ("L()", Kind.LOCK),
        ("Condition()", Kind.CONDITION),
        ("make_lock()", Kind.SOME_LOCK),
        ("client.Lock('name')", Kind.SOME_LOCK),
        ("{}", Kind.DICT),
        ("ThreadPoolExecutor()", Kind.EXECUTOR),
        ("iter([])", Kind.ITERATOR),
        ("Spam()", Kind.INSTANCE),
        ("None", Kind.NONE),
    ],
)
def test_what_an_attribute_is(made: str, kind: Kind) -> None:
    """By what makes it, through the names of imports."""
    facts = read(f"class Spam:\n    def __init__(self):\n        self.x = {made}\n")
    assert facts.classes[0].attributes["x"].kind is kind


@pytest.mark.parametrize(
    ("comment", "is_held"),
    [
        ("# The caller holds the condition. Nothing waits.", True),
        ("# Callers must hold\n        # the mutex.", True),
        ("# self._lock is already held", True),
        ("# Callers may hold other locks: do not wait here.", True),
        ("# hold the lock no longer than needed", False),
        ("# see above", False),
    ],
)
def test_a_comment_may_say_that_the_caller_holds_the_lock(comment: str, *, is_held: bool) -> None:
    """Between the head of a function and its first statement, as its documentation may."""
    facts = read(f"class Spam:\n    def use(self):\n        {comment}\n        self.x += 1\n")
    assert function(facts, "use").is_guarded is is_held


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("table[key] += [1]", Kind.LIST),
        ("table[key] += found", Kind.LIST),
        ("table[key] += 1", Kind.OTHER),
        ("table[key] += key", Kind.OTHER),
        ("table[key] *= found", Kind.OTHER),
    ],
)
def test_a_list_that_is_added_is_added_in_place(statement: str, kind: Kind) -> None:
    """An update that adds a list says so: nothing can be lost by it."""
    facts = read(f"def use(key):\n    found = [key]\n    {statement}\n")
    (act,) = function(facts, "use").of("table")
    assert (act.touch, act.kind) == (Touch.REVISE, kind)


def test_a_try_needs_no_handler() -> None:
    """What stands in ``try`` and ``finally`` is read, with ``except`` or without."""
    facts = read("""
    def first():
        try:
            table["x"] = 1
        finally:
            table.clear()

    def second():
        try:
            table["x"] = 1
        except:
            table.clear()
        else:
            table.pop("y")
    """)
    assert [[act.how for act in function(facts, name).accesses] for name in ("first", "second")] == [
        ["[]=", "clear"],
        ["[]=", "clear", "pop"],
    ]
    assert facts.unread == ()
