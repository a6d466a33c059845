"""Comments that allow a finding, and what is said of those that do not."""

import pytest
from tests.audit.auditing import BORROWS, FUNCTION, audited, codes

from ungil.audit import Audit, Policy, audit
from ungil.audit.notices import NOTICES
from ungil.description import Description, Example
from ungil.report import page
from ungil.source import Language, Project, Source

EXAMPLES = [
    pytest.param(example, notice.code, id=f"{notice.code}: {example.title}")
    for notice in NOTICES
    for example in notice.examples
]


@pytest.mark.parametrize(("example", "code"), EXAMPLES)
def test_a_notice_is_found_on_exactly_the_marked_lines(example: Example, code: str) -> None:
    """The examples of what is said about suppressions are its tests."""
    found = codes(audited(example.code.replace(example.marker, ""), path=example.path))
    assert [line for line, one in found if one == code] == example.expected_lines


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice.code)
def test_a_notice_is_documented_like_a_rule(notice: Description) -> None:
    """Each has a page with every heading, and unsafe and safe code."""
    assert all(page.section(notice, heading).strip() for heading in page.HEADINGS)
    assert notice.bad
    assert notice.good


PLACES = [
    pytest.param(FUNCTION % "  // ungil: allow(UG101) why", id="on the line"),
    pytest.param(FUNCTION % "  /* ungil: allow(borrowed-list-item) why */", id="on the line, by name"),
    pytest.param(FUNCTION % "  // NOLINT ungil: allow(UG101) why", id="behind another linter's word"),
    pytest.param(FUNCTION % "  //ungil:ALLOW( ug101 ,UG202): why", id="written tightly, one name not needed"),
    pytest.param(FUNCTION.replace(BORROWS, f"    // ungil: allow(UG101) why\n{BORROWS}") % "", id="above"),
    pytest.param(
        FUNCTION.replace(BORROWS, f"    // ungil: allow(UG101) why\n    // more\n\n{BORROWS}") % "", id="further above"
    ),
    pytest.param(
        FUNCTION.replace(BORROWS, f"    /* ungil: allow(UG101) why\n     * more */\n{BORROWS}") % "", id="in a block"
    ),
    pytest.param(
        FUNCTION.replace(BORROWS, f"    /*\n     * ungil: allow(UG101)\n     * why */\n{BORROWS}") % "",
        id="inside a block",
    ),
    pytest.param(
        FUNCTION.replace(
            BORROWS, "    // ungil: allow(UG101) why\n    return Py_XNewRef(\n        PyList_GetItem(list, 0));"
        )
        % "",
        id="above a statement of two lines",
    ),
    pytest.param(
        FUNCTION.replace(BORROWS, "    /* ungil: allow(UG101) why */ return Py_XNewRef(PyList_GetItem(list, 0));") % "",
        id="before the code",
    ),
    pytest.param(FUNCTION % "" + "\n// ungil: allow-file(UG101) why\n", id="for the file, at its end"),
    pytest.param(FUNCTION.replace("\n", "\r\n") % "  // ungil: allow(UG101) why", id="with carriage returns"),
]


@pytest.mark.parametrize("code", PLACES)
def test_a_comment_allows_what_it_stands_beside_above_or_in_the_file_of(code: str) -> None:
    """The finding is not reported, and is kept with its reason."""
    result = audited(code)
    assert [found for found in codes(result) if found[1] != "UG092"] == []
    (suppressed,) = result.suppressed
    assert suppressed.finding.code == "UG101"
    assert suppressed.reason.startswith("why")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        pytest.param(FUNCTION % "  // ungil: allow(UG101)", [(4, "UG090"), (4, "UG101")], id="no reason"),
        pytest.param(FUNCTION % "  /* ungil: allow(UG101) -- */", [(4, "UG090"), (4, "UG101")], id="no word"),
        pytest.param(FUNCTION % "  // ungil: allow(UG999) why", [(4, "UG091"), (4, "UG101")], id="unknown rule"),
        pytest.param(FUNCTION % "  // ungil: allow(UG202) why", [(4, "UG092"), (4, "UG101")], id="another rule"),
        pytest.param(FUNCTION % "  // ungil: allow() why", [(4, "UG093"), (4, "UG101")], id="no rule"),
        pytest.param(FUNCTION % "  // ungil: noqa", [(4, "UG093"), (4, "UG101")], id="another word"),
        pytest.param(FUNCTION % "  // as ungil: said", [(4, "UG101")], id="prose"),
        pytest.param(FUNCTION % '; "// ungil: allow(UG101) why";', [(4, "UG101")], id="in a literal"),
        pytest.param(FUNCTION % "\n    // ungil: allow(UG101) why", [(4, "UG101"), (5, "UG092")], id="below"),
        pytest.param(
            FUNCTION.replace(BORROWS, f"    // ungil: allow(UG101) why\n    f();\n{BORROWS}") % "",
            [(4, "UG092"), (6, "UG101")],
            id="above another statement",
        ),
    ],
)
def test_what_does_not_count_leaves_the_finding_and_is_itself_found(code: str, found: list[tuple[int, str]]) -> None:
    """A suppression that cannot do what it was written for is reported beside the finding that remains."""
    result = audited(code)
    assert sorted(codes(result)) == sorted(found)
    assert result.suppressed == ()


def test_a_raw_string_is_no_comment() -> None:
    """Text in a raw string suppresses nothing, and nothing is said of it."""
    code = FUNCTION.replace(BORROWS, f'    use(R"x(\n// ungil: allow(UG101) why\n)x");\n{BORROWS}') % ""
    assert codes(audited(code, path="x.cpp")) == [(7, "UG101")]


def test_an_unknown_rule_gets_the_nearest_name() -> None:
    """The finding says which name was probably meant."""
    (_, finding) = audited(FUNCTION % "  // ungil: allow(borowed-list-item) why").findings
    assert "'borrowed-list-item'" in finding.fix


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(ignore=("UG101",)), id="ignored"),
        pytest.param(Policy(select=("UG2", "UG09")), id="not selected"),
        pytest.param(Policy(per_file_ignores=(("src/*.c", ("UG101",)),)), id="ignored in the file"),
    ],
)
def test_a_suppression_is_unused_only_where_its_rule_was_looked_for(policy: Policy) -> None:
    """A rule that was not looked for says nothing about the comment that allows it."""
    code = "// ungil: allow-file(UG101) why\nint f(void) { return 0; }\n"
    assert codes(audited(code)) == [(1, "UG092")]
    assert codes(audited(code, policy)) == []


def test_what_is_said_of_suppressions_can_be_ignored_like_a_rule() -> None:
    """The notices are selected and ignored by code and by name."""
    code = "// ungil: allow(UG101) why\nint f(void) { return 0; }\n"
    assert codes(audited(code, Policy(ignore=("unused-suppression",)))) == []
    assert codes(audited(code, Policy(select=("UG092", "UG101")))) == [(1, "UG092")]


def test_cython_and_build_files_suppress_behind_a_hash() -> None:
    """The directive that a Cython module lacks is allowed for the file; what stands in a string allows nothing."""
    module = "cdef int x = 1\n"
    code = next(found for _, found in codes(cython(module)))
    allowed = cython(f"# ungil: allow-file({code}) only used under the GIL\n{module}")
    assert code not in {found for _, found in codes(allowed)}
    assert [one.reason for one in allowed.suppressed if one.finding.code == code] == ["only used under the GIL"]
    quoted = cython(f'"""\n# ungil: allow-file({code}) why\n"""\n{module}')
    assert code in {found for _, found in codes(quoted)}


WORKFLOW = """\
on: push
jobs:
  test:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/setup-python@v6
        with: {python-version: 3.14t}
%s
"""


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ("      - run: PYTHON_GIL=0 pytest  # ungil: allow(gil-forced-off) it's undeclared upstream", 0),
        ("      # ungil: allow(UG770) known\n      - run: PYTHON_GIL=0 pytest", 0),
        ("      # ungil: allow(UG770) known\n      - run: pytest\n      - run: PYTHON_GIL=0 pytest", 1),
        ("      - run: |\n          echo '# ungil: allow-file(UG770) known'; PYTHON_GIL=0 pytest", 1),
        ("      - name: it's one\n      - run: PYTHON_GIL=0 pytest  # ungil: allow(UG770) that's it", 0),
    ],
)
def test_workflows_suppress_behind_a_hash_for_their_line(steps: str, left: int) -> None:
    """Beside, or for the line below; a string is no comment, and an apostrophe begins none."""
    source = Source(".github/workflows/ci.yml", (WORKFLOW % steps).encode(), Language.BUILD)
    found = codes(audit(Project("demo", None, (), (), (source,)), policy=Policy(select=("UG770",))))
    assert len([code for _, code in found if code == "UG770"]) == left


def cython(code: str) -> Audit:
    """The audit of one Cython module."""
    return audit(Project("demo", None, (Source("x.pyx", code.encode(), Language.CYTHON),)))


PYTHON = """\
import threading

count = 0

def tally():
    global count
    %s

def start():
    threading.Thread(target=tally).start()
    threading.Thread(target=tally).start()
"""


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("count += 1", 1),
        ("count += 1  # ungil: allow(python-lost-update) it's only a hint", 0),
        ("# ungil: allow(UG650) only a hint\n    count += 1", 0),
        ("# ungil: allow(UG650) only a hint\n    print(count)\n    count += 1", 1),
        ("text = '# ungil: allow-file(UG650) why'; count += 1", 1),
        ('text = """\n# ungil: allow-file(UG650) why\n"""; count += 1', 1),
        ("text = 'it\\'s'; count += 1  # ungil: allow(UG650) that's it", 0),
    ],
)
def test_python_suppresses_behind_a_hash_for_its_line(statement: str, left: int) -> None:
    """Beside, or for the line below; a string is no comment, however it is written."""
    source = Source("x.py", (PYTHON % statement).encode(), Language.PYTHON)
    found = codes(audit(Project("demo", None, (source,)), policy=Policy(select=("UG650",))))
    assert len([code for _, code in found if code == "UG650"]) == left


def test_a_suppression_above_decorators_is_for_the_function() -> None:
    """The finding stands at the function's own line."""
    code = """\
import functools
import threading

# ungil: allow(UG673) asked for at import
@functools.cache
def lock_of(name):
    return threading.Lock()
"""
    source = Source("x.py", code.encode(), Language.PYTHON)
    assert not codes(audit(Project("demo", None, (source,)), policy=Policy(select=("UG673",))))
