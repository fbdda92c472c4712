"""The cache: used while nothing changed, never believed when damaged."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.index.library import Library, Source, open_library

Write = Callable[[dict[str, str | bytes]], Path]


class Counting:
    """A redactor that remembers the texts it was given; names of files, which are judged too, apart."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str) -> str:
        if not all(line.endswith((".md", ".tf", ".txt")) for line in text.split("\n")):
            self.texts.append(text)
        return text.replace("hunter2", "[gone]")


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "deep"


def opened(root: Path, cache_dir: Path, rules: str = "r1") -> tuple[Library, list[str]]:
    clean = Counting()
    return open_library([Source(root)], clean=clean, rules=rules, cache_dir=cache_dir), clean.texts


def test_the_second_opening_reads_nothing_and_finds_the_same(write: Write, cache_dir: Path) -> None:
    root = write(
        {"a.md": "---\nalerts: [X]\nowner: me\n---\n# Alpha\nbeta", "b.tf": 'variable "c" {}', "c.md": b"\0"}
    )
    first, read = opened(root, cache_dir)
    second, again = opened(root, cache_dir)
    assert (len(read), again) == (2, [])
    assert second.notes == first.notes != ()
    for query in ("alpha", "X", "variable c"):
        assert second.index.search(query) == first.index.search(query) != []


def test_only_a_changed_file_is_read_again(write: Write, cache_dir: Path) -> None:
    root = write({"a.md": "# Alpha", "b.md": "# Beta"})
    opened(root, cache_dir)
    write({"b.md": "# Gamma", "d.md": "# Delta"})
    (root / "a.md").unlink()
    library, read = opened(root, cache_dir)
    assert read == ["# Gamma", "# Delta"]
    assert library.index.search("alpha beta") == []
    assert library.index.search("gamma")


def test_a_file_changed_back_in_time_and_size_is_still_seen(write: Write, cache_dir: Path) -> None:
    root = write({"a.md": "# Alpha"})
    before = (root / "a.md").stat()
    opened(root, cache_dir)
    write({"a.md": "# Omega"})
    os.utime(root / "a.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    library, _ = opened(root, cache_dir)
    assert library.index.search("omega")


def test_text_cached_under_other_rules_is_not_used(write: Write, cache_dir: Path) -> None:
    root = write({"a.md": "# Alpha"})
    opened(root, cache_dir)
    assert opened(root, cache_dir, rules="r2")[1] == ["# Alpha"]


def test_only_redacted_text_is_on_disk_and_only_for_its_owner(write: Write, cache_dir: Path) -> None:
    root = write({"a.md": "# hunter2\npassword hunter2"})
    opened(root, cache_dir)
    files = [file for file in cache_dir.rglob("*") if file.is_file()]
    assert any(b"gone" in file.read_bytes() for file in files)
    assert not any(b"hunter2" in file.read_bytes() for file in files)
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in {file.parent for file in files})


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "garbage", "folder", "pointer"])
def test_a_damaged_index_is_made_again(write: Write, cache_dir: Path, harm: str) -> None:
    root = write({"a.md": "# Alpha", "b.md": "# Beta\n" + "filler words\n" * 2000})
    opened(root, cache_dir)[0].close()
    (file,) = cache_dir.rglob("index-*.db")
    if harm == "folder":
        file.unlink()
        file.mkdir()
    elif harm == "pointer":
        (file.parent / "current").write_bytes(b"\xff/../../x")
    else:
        file.write_bytes(_harmed(file.read_bytes(), harm))
    library, read = opened(root, cache_dir)
    assert read[:1] == ["# Alpha"]
    assert library.index.search("alpha")


def _harmed(whole: bytes, harm: str) -> bytes:
    assert b"# Alpha" in whole
    return {
        "cut": whole[: len(whole) // 2],
        "flip": whole.replace(b"# Alpha", b"# Alphb"),
        "empty": b"",
        "garbage": b"\xff\n\xfe{" * 4000,
    }[harm]


def test_a_cache_that_cannot_be_written_is_a_note_and_no_more(write: Write, tmp_path: Path) -> None:
    root = write({"a.md": "# Alpha"})
    (tmp_path / "file").write_text("in the way")
    library, _ = opened(root, tmp_path / "file")
    assert "no index can be kept" in library.limits[0]
    assert library.index.search("alpha")


def test_no_cache_is_kept_unless_a_place_is_given(write: Write, tmp_path: Path) -> None:
    root = write({"a.md": "# Alpha"})
    open_library([Source(root)], clean=str, rules="r")
    assert [p.name for p in tmp_path.iterdir()] == ["knowledge"]


def test_the_kind_is_part_of_what_is_cached(write: Write, cache_dir: Path) -> None:
    root = write({"a.md": "# Alpha"})
    opened(root, cache_dir)
    library = open_library([Source(root, "iac")], clean=str, rules="r1", cache_dir=cache_dir)
    assert library.index.search("alpha")[0].kind == "iac"


def test_two_folders_are_searched_together(write: Write, tmp_path: Path) -> None:
    root = write({"a.md": "# Alpha"})
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.md").write_text("# Alpha too")
    library = open_library([Source(root), Source(other)], clean=str, rules="r")
    assert {hit.meta.folder for hit in library.index.search("alpha")} == {str(root), str(other)}
