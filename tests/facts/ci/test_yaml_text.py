"""YAML as workflows are written: what is read, where it stands, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from ungil.facts.ci import yaml_text
from ungil.facts.ci.yaml_text import Mapping, Scalar, Sequence, YamlError

ROOT = Path(__file__).parents[3]


def plain(node: yaml_text.Node) -> object:
    """What a node says, without its places."""
    if isinstance(node, Scalar):
        return " ".join(node.value.split())
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.value: plain(value) for key, value in node.pairs}


def by_ruamel(node: Node) -> object:
    """The same of what a full parser reads; all scalars stay text."""
    if isinstance(node, ScalarNode):
        return " ".join(node.value.split())
    if isinstance(node, MappingNode):
        return {key.value: by_ruamel(value) for key, value in node.value}
    return [by_ruamel(item) for item in node.value]


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n",
        "a:\n- b\n- c: d\n  e: f\n-\n  - g\n",
        "a:\n  - - b\n    - c\n",
        "a: [b, 'c, d', {e: f}, [g]]  # h\n",
        "{a: b, c: [d,\n  e], f: }\n",
        "a: >-\n  folded\n  text\nb: |\n  kept\n\n  as it is  # no comment\nc: d\n",
        "a: |2\n   indented\nb: c\n",
        "a: plain text\n  that goes on\n  # ends here\nb: c\n",
        "a: \"with \\\"quotes\\\" and\n  a fold\"\nb: 'it''s'\n",
        "'quoted key': \"x\"\n",
        "a: http://b:80/c#d\ne: f#g\n",
        "a: &x {b: c}\nd: *x\n",
        "a:\n  b: &y\n    c: d\n  e: *y\n",
        "a: !tag b\n",
        "a:\nb:\n  # only a comment\nc: d\n",
        "%YAML 1.2\n---\na: b\n...\n",
        'run: |\n  if [ x ]; then\n\n    echo "a: b"\n  fi\nafter: 1\n',
        "a: b\r\nc:\r\n  - d\r\n",
        "- a\n- b: c\n",
        "a: ${{ matrix.b }}\nif: ${{ !c }} \n",
    ],
)
def test_it_reads_what_a_full_parser_reads(text: str) -> None:
    """Mappings, sequences, scalars of every kind, comments, anchors."""
    assert plain(yaml_text.read(text)) == by_ruamel(YAML(typ="safe", pure=True).compose(text.replace("\r", "")))


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_it_reads_real_workflows_as_a_full_parser_does(path: Path) -> None:
    """Those of this repository."""
    text = path.read_text(encoding="utf-8")
    assert plain(yaml_text.read(text)) == by_ruamel(YAML(typ="safe", pure=True).compose(text))


def test_keys_and_values_know_where_they_stand() -> None:
    """A place is that of the text itself, quotes included."""
    text = "jobs:\n  test:\n    env: {A: 'b'}\n    steps:\n      - run: |\n          pytest\n"
    job = yaml_text.read(text)
    assert isinstance(job, Mapping)
    test = job.mapping("jobs").mapping("test")
    key = test.key("env")
    assert key is not None
    assert text[key.start : key.end] == "env"
    value = test.mapping("env").get("A")
    assert isinstance(value, Scalar)
    assert (value.value, text[value.start : value.end]) == ("b", "'b'")
    assert text[test.start : test.end].endswith("pytest")


def test_of_several_documents_the_first_is_read() -> None:
    """What stands behind the second mark is another document."""
    assert plain(yaml_text.read("---\na: b\n---\nc: [d\n")) == {"a": "b"}


def test_a_merge_key_is_a_key_like_any_other() -> None:
    """GitHub refuses a workflow that merges, so that nothing may depend on it."""
    found = yaml_text.read("base: &b\n  x: y\nother:\n  <<: *b\n  z: w\n")
    assert isinstance(found, Mapping)
    assert plain(found.mapping("other")) == {"<<": {"x": "y"}, "z": "w"}


@pytest.mark.parametrize(
    "text",
    [
        "a: [b\n",
        "a: 'b\n",
        "a: b: c\n",
        "a:\n\tb: c\n",
        "a: *b\n",
        "a: b\n    c: d\n",
        "a:\n    b: c\n  d: e\n",
        "? a\n: b\n",
        "a: 'b' c\n",
        "a: {b: c\n",
        "[" * 1000,
        "- " * 1000 + "a\n",
        "a: " + "{b: " * 500 + "\n",
    ],
)
def test_what_it_does_not_read_it_says(text: str) -> None:
    """Broken text, and what no workflow has, is an error with its line; nothing recurses without a bound."""
    with pytest.raises(YamlError, match=r"^line \d+: "):
        yaml_text.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + " " * 200_000 + "b\n",
        "a" * 200_000,
        "#" * 200_000,
        "a: b\n" * 20_000,
        "- a\n" * 20_000,
        "a:\n" + "\n" * 100_000 + "  b: c\n",
        "a: " + "b " * 100_000,
        "a: |\n" + " x\n" * 50_000,
        "a: [" + "b," * 50_000 + "]\n",
    ],
)
def test_long_text_is_read_in_its_own_time(text: str) -> None:
    """Whatever it is: the limit of time of the tests is the assertion."""
    assert yaml_text.read(text).end <= len(text)


def test_a_long_string_that_never_ends_is_refused_in_its_own_time() -> None:
    """A quote is looked for once."""
    with pytest.raises(YamlError, match="never ends"):
        yaml_text.read("a: '" + "x" * 200_000)
