"""The index as a store: once, whole, by one writer, and seen by every reader."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.embedders import Words

from interlock.index import building
from interlock.index.library import Source, Ways, open_library
from interlock.index.store import writer
from interlock.index.store.lock import Busy, held
from interlock.index.store.place import Place
from interlock.index.store.schema import code

Write = Callable[[dict[str, str | bytes]], Path]
PAGE = "# {0}\nthe {0} page\n\n## Fix\nturn {0} off and on\n"


@pytest.fixture
def ways(tmp_path: Path) -> Ways:
    return Ways(str, "r1", tmp_path / "cache", Words())


def embedded(ways: Ways) -> list[str]:
    assert isinstance(ways.embedder, Words)
    return ways.embedder.texts


def place_of(ways: Ways, source: Source) -> Place:
    place = ways.place(source)
    assert place is not None
    return place


def rows(ways: Ways, source: Source, sql: str) -> list[tuple[object, ...]]:
    place = place_of(ways, source)
    with sqlite3.connect(place.file(place.serving)) as db:
        return db.execute(sql).fetchall()


def test_a_second_build_reads_and_embeds_nothing(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet"), "b.md": PAGE.format("whelk")}))
    first, second = building.build(source, ways), building.build(source, ways)
    assert first and second
    assert (first.synced.read, first.embedded) == (2, 4)
    assert (second.synced.read, second.synced.same, second.embedded) == (0, 2, 0)
    assert len(embedded(ways)) == 4


def test_only_the_changed_section_of_a_page_is_embedded_again(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    building.build(source, ways)
    write({"a.md": PAGE.format("limpet").replace("off and on", "round")})
    building.build(source, ways)
    assert [text for text in embedded(ways)[2:] if "round" in text] == embedded(ways)[2:]
    assert building.verify(source, ways) == []


def test_a_touched_page_is_neither_split_nor_embedded_again(write: Write, ways: Ways) -> None:
    root = write({"a.md": PAGE.format("limpet")})
    building.build(Source(root), ways)
    os.utime(root / "a.md", ns=(1, 1))
    done = building.build(Source(root), ways)
    assert done and (done.synced.touched, done.synced.read, done.embedded) == (1, 0, 0)
    again = building.build(Source(root), ways)
    assert again and again.synced.same == 1


def test_a_page_that_is_gone_leaves_nothing_behind(write: Write, ways: Ways) -> None:
    root = write({"a.md": PAGE.format("limpet"), "b.md": PAGE.format("whelk")})
    building.build(Source(root), ways)
    (root / "a.md").unlink()
    building.build(Source(root), ways)
    assert rows(ways, Source(root), "SELECT DISTINCT path FROM files JOIN chunks ON file = number") == [
        ("b.md",)
    ]
    assert rows(ways, Source(root), "SELECT count(*) FROM vectors") == [(2,)]


def test_two_sections_of_the_same_words_are_two_chunks(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": "# A\n## Fix\nrestart\n## Fix\nrestart\n"}))
    building.build(source, ways)
    assert rows(ways, source, "SELECT count(*), count(DISTINCT id) FROM chunks") == [(3, 3)]


def test_a_second_indexer_is_told_who_is_at_it(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": "# A"}))
    place = place_of(ways, source)
    place.make()
    with place.locked(), pytest.raises(Busy, match=f"pid {os.getpid()}"):
        building.build(source, ways)
    assert place.writer == ""
    building.build(source, ways)


def test_a_search_while_somebody_indexes_shows_what_there_is_and_says_so(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    building.build(source, ways)
    write({"b.md": PAGE.format("whelk")})
    with place_of(ways, source).locked():
        library = open_library([source], clean=str, rules="r1", cache_dir=ways.cache_dir)
    assert library.index.search("limpet")
    assert not library.index.search("whelk")
    assert "another process is indexing (pid" in library.limits[0]


def test_the_old_index_serves_until_the_new_one_is_whole(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    building.build(source, ways)
    place = place_of(ways, source)
    before = place.serving
    reader = open_library([source], clean=str, rules="r1", cache_dir=ways.cache_dir, follows=True)
    seen: list[str] = []

    def look(_stage: str, _done: int, _total: int) -> None:
        reader.refresh(look=False)
        seen.append(place.serving)
        assert reader.index.search("limpet")

    building.build(source, ways, anew=True, progress=look)
    assert set(seen) == {before}
    assert place.serving != before
    assert reader.refresh(look=False)
    assert [hit.path for hit in reader.index.search("limpet")] == ["a.md"]
    assert len(list(place.directory.glob("*.db"))) == 1


def test_a_rebuild_that_died_leaves_the_old_index_and_is_swept_away(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    building.build(source, ways)
    place = place_of(ways, source)
    before = place.serving

    def die(_stage: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        building.build(source, ways, anew=True, progress=die)
    assert place.serving == before
    building.build(source, ways)
    assert [file.name for file in place.directory.glob("*.db")] == [before]


def test_a_rebuild_takes_over_the_vectors_of_unchanged_sections(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    building.build(source, ways)
    done = building.build(source, ways, anew=True)
    assert done and done.switched and done.embedded == 0
    assert building.verify(source, ways) == []


def test_another_model_makes_the_index_again_and_mixes_no_vectors(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    building.build(source, ways)
    other = replace(ways, embedder=Words("words-2", 32))
    passing = open_library([source], clean=str, rules="r1", cache_dir=ways.cache_dir, embedder=other.embedder)
    assert "the vectors are of words-1" in passing.limits[0]
    assert passing.index.search("limpet")
    done = building.build(source, other)
    assert done and done.switched and done.embedded == 2
    assert {len(blob) for (blob,) in rows(ways, source, "SELECT vector FROM vectors")} == {32 * 4}  # type: ignore[arg-type]


def test_text_let_through_by_other_rules_never_serves_again(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": "# A\nhunter2"}))
    building.build(source, ways)
    clean = lambda text: text.replace("hunter2", "[gone]")  # noqa: E731
    with place_of(ways, source).locked():
        follower = open_library([source], clean=clean, rules="r2", cache_dir=ways.cache_dir, follows=True)
    assert "hunter2" not in repr(follower.index.search("hunter2 gone"))
    building.build(source, replace(ways, clean=clean, rules="r2"))
    assert b"hunter2" not in b"".join(f.read_bytes() for f in place_of(ways, source).directory.iterdir())


def test_a_reader_sees_a_new_page_a_changed_one_and_a_gone_one(write: Write, ways: Ways) -> None:
    root = write({"a.md": PAGE.format("limpet"), "b.md": PAGE.format("whelk")})
    source = Source(root)
    building.build(source, ways)
    reader = open_library(
        [source], clean=str, rules="r1", cache_dir=ways.cache_dir, embedder=Words(), follows=True
    )
    write({"b.md": PAGE.format("conch"), "c.md": PAGE.format("cockle")})
    (root / "a.md").unlink()
    building.build(source, ways)
    assert reader.refresh(look=False)
    assert not reader.refresh(look=False)
    found = {
        word: [h.path for h in reader.index.search(word) if word in h.text]
        for word in ("limpet", "whelk", "conch", "cockle")
    }
    assert found == {"limpet": [], "whelk": [], "conch": ["b.md"], "cockle": ["c.md"]}


def test_a_reader_that_came_before_the_first_index_follows_it_later(write: Write, ways: Ways) -> None:
    root = write({"a.md": PAGE.format("limpet")})
    reader = open_library([Source(root)], clean=str, rules="r1", cache_dir=ways.cache_dir, follows=True)
    other = open_library([Source(root)], clean=str, rules="r2", cache_dir=ways.cache_dir, follows=True)
    write({"b.md": PAGE.format("whelk")})
    building.build(Source(root), ways)
    assert reader.refresh(look=False)
    assert [hit.path for hit in reader.index.search("whelk") if "whelk" in hit.text] == ["b.md"]
    assert not other.refresh(look=False)


def test_vectors_that_come_later_are_seen_too(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet"), "b.md": PAGE.format("whelk")}))
    building.build(source, replace(ways, embedder=None))
    asked = Words()
    reader = open_library(
        [source], clean=str, rules="r1", cache_dir=ways.cache_dir, embedder=asked, follows=True
    )
    reader.index.search("limpet")
    assert asked.texts == []
    building.build(source, ways)
    assert reader.refresh(look=False)
    reader.index.search("limpet")
    assert asked.texts == ["limpet"]


def test_an_edited_page_is_seen_by_the_process_that_searches(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    library = open_library([source], clean=str, rules="r1", cache_dir=ways.cache_dir, embedder=ways.embedder)
    write({"a.md": PAGE.format("conch")})
    assert library.refresh(look=True)
    assert "conch" in library.index.search("conch")[0].text


def test_in_passing_only_a_little_is_embedded_and_the_rest_is_said(write: Write, ways: Ways) -> None:
    many = {f"{n}.md": f"# p{n}\nword{n}" for n in range(writer.MOST_UNASKED + 1)}
    source = Source(write(many))  # type: ignore[arg-type]
    library = open_library([source], clean=str, rules="r1", cache_dir=ways.cache_dir, embedder=ways.embedder)
    assert embedded(ways) == []
    assert library.limits == (
        f"{len(many)} of {len(many)} sections were searched by words alone: {writer.BUILD}",
    )
    building.build(source, ways)
    again = open_library([source], clean=str, rules="r1", cache_dir=ways.cache_dir, embedder=ways.embedder)
    assert again.limits == ()


def test_globs_choose_what_is_read(write: Write, ways: Ways) -> None:
    root = write(dict.fromkeys(["a.md", "docs/b.md", "docs/old/c.md", "d.tf", "docs/e.txt"], "# X\nlimpet"))
    source = Source(root, include=("*.md", "d.tf"), exclude=("docs/old/",))
    building.build(source, ways)
    assert rows(ways, source, "SELECT path FROM files ORDER BY path") == [
        ("a.md",),
        ("d.tf",),
        ("docs/b.md",),
    ]


def test_verify_finds_a_changed_byte_and_a_vector_of_nobody(write: Write, ways: Ways) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    assert building.verify(source, ways) == ["not indexed yet"]
    building.build(source, ways)
    rows(ways, source, "INSERT INTO vectors VALUES (x'00', x'00')")
    assert building.verify(source, ways) == ["1 vectors belong to no chunk"]
    rows(ways, source, "UPDATE chunks SET text = 'else'")
    assert "is not what was written" in building.verify(source, ways)[0]


def test_a_change_of_any_splitter_is_another_index(tmp_path: Path) -> None:
    (tmp_path / "readers").mkdir()
    (tmp_path / "readers" / "x.py").write_text("a = 1")
    (tmp_path / "store").mkdir()
    before = code.__wrapped__(tmp_path)
    (tmp_path / "store" / "y.py").write_text("b = 1")
    assert code.__wrapped__(tmp_path) == before
    (tmp_path / "readers" / "x.py").write_text("a = 2")
    assert code.__wrapped__(tmp_path) != before


def test_the_lock_is_free_again_when_its_holder_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(tmp_path / "lock"):
        raise ZeroDivisionError
    with held(tmp_path / "lock"):
        pass
