"""What a client is shown of evidence is shorter, and says the same."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.clusters.objects import flattened
from interlock.surfaces.mcp.shown import shown

KEYS = st.text("abcxyz./-", min_size=1, max_size=6).filter(lambda key: key.strip("./-") == key)
KEYED = re.compile(r"\[((?:(?!: )[^\]])*)\]\.(?:name|type): \1\Z")
NAMED = st.one_of(KEYS, st.just("name"))
LEAVES = st.one_of(st.integers(), st.booleans(), st.none(), st.text("ab :[].x", max_size=8).map(str.strip))
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMED, inner, max_size=3)),
        max_leaves=12,
    ),
    max_size=4,
)


def paths(tree: list[str]) -> list[str]:
    """The lines a tree was made of."""
    above: list[str] = []
    found = []
    for line in tree:
        depth = len(line) - len(line.lstrip(" "))
        del above[depth:]
        if line.endswith(":") and ": " not in line:
            above.append(line.strip().removesuffix(":"))
        else:
            found.append(".".join([*above, line.lstrip(" ")]))
    return found


@settings(deadline=None, max_examples=100)
@given(DOCUMENTS)
def test_every_field_of_an_object_can_be_read_back_from_its_tree(document: dict[str, object]) -> None:
    lines = ["Pod shop/web", *flattened(document)]  # type: ignore[arg-type]
    head, *tree = shown("object", "\n".join(lines)).split("\n")
    assert head == lines[0]
    assert paths(tree) == [line for line in lines[1:] if not KEYED.search(line)]


def test_a_path_that_several_share_stands_once_and_a_key_is_not_said_twice() -> None:
    text = "\n".join(
        (
            "Pod shop/web",
            "spec.containers[app].name: app",
            "spec.containers[app].image: web:1",
            "spec.containers[app].resources.limits.memory: 64Mi",
            "status.phase: Running",
        )
    )
    assert shown("object", text).split("\n") == [
        "Pod shop/web",
        "spec.containers[app]:",
        " image: web:1",
        " resources.limits.memory: 64Mi",
        "status.phase: Running",
    ]


def test_a_log_says_once_whose_lines_follow() -> None:
    text = "web/app:1 one\nweb/app:3 three: 3\nweb/proxy:1 alone\n[... 2 lines, 9 bytes left out ...]"
    assert shown("log", text).split("\n") == [
        "web/app:",
        " 1 one",
        " 3 three: 3",
        "web/proxy:1 alone",
        "[... 2 lines, 9 bytes left out ...]",
    ]


def test_cells_of_a_table_stand_two_spaces_apart() -> None:
    assert shown("table", "NAME        READY  AGE\nweb-abcdef  1/1    3d") == (
        "NAME  READY  AGE\nweb-abcdef  1/1  3d"
    )


def test_other_kinds_stay_as_they_are() -> None:
    assert shown("report", "a:   b\nc.d: e\nc.f: g") == "a:   b\nc.d: e\nc.f: g"
