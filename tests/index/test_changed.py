"""An index that followed the changes answers as one made afresh, to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from interlock.index import analysis, dense
from interlock.index.chunks import Chunk, Meta
from interlock.index.search import Index

WORDS = ["disk", "full", "pod", "node", "crash", "etcd", "leader", "quota"]
PATHS = ["a.md", "b.md", "c/d.md", "main.tf"]
TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
PAGE = st.lists(TEXT, max_size=4)
CHANGE = st.dictionaries(st.sampled_from(PATHS), PAGE, min_size=1, max_size=3)
WIDTH = 8


class Spelling:
    """Embeds a text by the letters it has: near when spelt alike, the same on every machine."""

    id = "spelling"
    dimensions = WIDTH

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows."""
        rows = np.array([[0.01 + text.count(c) for c in "kpusnohw"] for text in texts], np.float32)
        rows = rows.reshape(len(texts), WIDTH)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def chunks(path: str, texts: Sequence[str]) -> list[Chunk]:
    kind, meta = ("iac" if path.endswith(".tf") else "runbook"), Meta("f")
    return [
        Chunk(path, n, n, f"T{n % 2}", (), text, kind, meta=meta) for n, text in enumerate(texts, start=1)
    ]


def counted(found: Sequence[Chunk]) -> list[analysis.Counted]:
    return [(chunk, analysis.count(chunk)) for chunk in found]


def embedded(found: Sequence[Chunk]) -> NDArray[np.float32]:
    return Spelling().embed([chunk.text for chunk in found])


def fresh(files: dict[str, list[str]]) -> Index:
    every = [chunk for path in sorted(files) for chunk in chunks(path, files[path])]
    return Index.assemble(counted(every), vectors=embedded(every), embedder=Spelling())


@settings(deadline=None, max_examples=60)
@given(CHANGE, st.lists(CHANGE, max_size=5))
def test_following_changes_ends_where_starting_afresh_does(
    start: dict[str, list[str]], changes: list[dict[str, list[str]]]
) -> None:
    files = dict(start)
    index = fresh(files)
    for change in changes:
        files |= change
        new = [chunk for path in change for chunk in chunks(path, change[path])]
        index = index.changed({("f", path) for path in change}, counted(new), embedded(new))
    again = fresh(files)
    for query in (*WORDS, "pod crash on a full node", "the quota of etcd", "b", "doors"):
        assert index.find(query) == again.find(query)
        assert index.find(query, 2, "iac") == again.find(query, 2, "iac")


def test_an_index_that_is_searched_is_not_touched_by_a_change() -> None:
    before = fresh({"a.md": ["disk full"], "b.md": ["pod crash"]})
    hits = before.search("disk")
    after = before.changed([("f", "a.md")], [])
    assert before.search("disk") == hits
    assert [hit.path for hit in after.search("disk pod")] == ["b.md"]


def test_many_small_changes_leave_few_segments() -> None:
    files = {f"{n}.md": [f"word{n} disk"] * 3 for n in range(300)}
    index = fresh(files)
    for n in range(60):
        new = chunks(f"{n}.md", [f"word{n} pod"] * 3)
        index = index.changed([("f", f"{n}.md")], counted(new), embedded(new))
    assert len(index._fields.segments) <= 6
    assert index.search("word7 pod", 1)[0].path == "7.md"


def test_chunks_that_are_not_embedded_yet_are_found_by_their_words() -> None:
    some = chunks("a.md", ["disk full"])
    more = chunks("b.md", ["pod crash"])
    index = Index.assemble(counted(some), embedder=Spelling()).changed([], counted(more), embedded(more))
    assert [hit.path for hit in index.search("disk full")][:1] == ["a.md"]
    blank = Index.assemble(
        counted(some + more), vectors=np.zeros((2, WIDTH), np.float32), embedder=Spelling()
    )
    assert [hit.path for hit in blank.search("pod")] == ["b.md"]


def test_a_sketch_of_many_vectors_finds_what_exact_search_does() -> None:
    draw = np.random.default_rng(3)
    centres = draw.standard_normal((40, 128))
    rows = centres[draw.integers(0, 40, dense.EXACT + 1)] + draw.standard_normal((dense.EXACT + 1, 128)) * 0.5
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    built = dense.build([rows[:5000], rows[5000:]])
    assert built.basis is not None
    question = rows[77]
    exact = np.argsort(-(rows @ question))[:10]
    assert set(exact) <= set(np.argsort(-built.near(question))[:400])
    numbers = np.array([3, 77, 4999, 5000, 8000])
    assert np.allclose(built.exactly(question, numbers), (rows @ question)[numbers], atol=1e-4)


@settings(deadline=None, max_examples=30)
@given(CHANGE, st.randoms(use_true_random=False))
def test_the_order_in_which_files_were_read_decides_nothing(
    files: dict[str, list[str]], draw: Random
) -> None:
    order = list(files)
    draw.shuffle(order)
    every = [chunk for path in order for chunk in chunks(path, files[path])]
    shuffled = Index.assemble(counted(every), vectors=embedded(every), embedder=Spelling())
    for query in (*WORDS, "full disk on a node"):
        assert shuffled.find(query) == fresh(files).find(query)
