"""Whatever a file holds: every line once, its own text, no crash, and time that grows with size only."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.index import formats, sources
from interlock.index.chunks import Corpus
from interlock.index.readers import plain_text
from interlock.index.search import Index

NAMES = ["a.md", "a.adoc", "a.html", "a.tf", "a.yaml", "Dockerfile", "a.sh"]
Covers = Callable[[list[str], list[tuple[int, int]]], None]
Load = Callable[[dict[str, str | bytes]], Corpus]

MARKS = [
    "# H",
    "## H ##",
    "===",
    "---",
    "```",
    "~~~~",
    "- x",
    "text",
    "",
    "  ",
    "\t",
    "{",
    "}",
    '"',
    "/*",
    "*/",
]
MARKS += [
    "<<EOF",
    "EOF",
    'resource "a" "b" {',
    "${",
    "#",
    "key:",
    "kind: Pod",
    "metadata:",
    "  name: x",
    "...",
]
MARKS += ["FROM a AS b", "\x0b", "\x0c", "\u2028", "\r", "title: [", "alerts: x", "\ufffd", "\\"]
PIECES = st.sampled_from(MARKS)
TEXTS = st.lists(st.lists(PIECES, max_size=3).map(" ".join), max_size=60).map("\n".join)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=200)
@given(text=TEXTS)
def test_chunks_cover_every_line_once(name: str, text: str, assert_covers: Covers) -> None:
    lines = text.split("\n")
    blocks = formats.for_name(name)[1](lines).blocks
    assert_covers(lines, [(block.start, block.end) for block in blocks])
    assert [block.start for block in blocks] == sorted(block.start for block in blocks)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_decode_or_are_refused(raw: bytes) -> None:
    read = plain_text(raw)
    assert read.note if read.text is None else "\0" not in read.text


HOSTILE: dict[str, str] = {
    "one long line": "x" * 1_000_000,
    "one long identifier": "aB_" * 330_000,
    "one long path": "a/" * 500_000,
    "one long heading": "# " + "h " * 500_000,
    "spaces": " " * 1_000_000 + "x",
    "hashes": "#" * 1_000_000,
    "heading then spaces": "# a" + " " * 1_000_000 + "b",
    "backticks": "`" * 1_000_000,
    "open braces": "{" * 1_000_000,
    "close braces": "}" * 1_000_000,
    "open blocks": 'resource "a" "b" {\n' * 12_000,
    "open templates": '"${' * 300_000,
    "open comment": "/*\n" * 60_000,
    "quotes": '"' * 1_000_000,
    "labels": "a " * 500_000,
    "open heredocs": "<<EOF\n" * 40_000,
    "comments": "# c\n" * 50_000,
    "headings": "## h\n" * 50_000,
    "deeper headings": "# a\n## b\n### c\n#### d\n##### e\n###### f\n" * 5_000,
    "documents": "---\n" * 50_000,
    "keys": "key: value\n" * 20_000,
    "nested yaml": "\n".join(" " * n + "a:" for n in range(1300)),
    "yaml flow": "a: " + "[" * 900_000,
    "underlines": "a\n---\n" * 30_000,
    "rule": "-" * 1_000_000,
    "front matter": "---\n" + "a: [" * 250_000,
    "brackets": "# " + "[" * 1_000_000,
    "stages": "FROM a AS b\n" * 20_000,
    "carriage returns": "\r" * 1_000_000,
    "separators": "\u2028" * 300_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_a_megabyte_of_one_thing_takes_a_moment(name: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(HOSTILE[kind], newline="")
    start = time.process_time()
    corpus = sources.load_folder(tmp_path, clean=str)
    Index.build([corpus]).search(HOSTILE[kind][:5000])
    # Linear code took at most a second when this was written; what is quadratic takes minutes on this much.
    assert time.process_time() - start < 10


@pytest.mark.parametrize("name", NAMES)
def test_bytes_that_are_not_text_are_a_note(name: str, load: Load) -> None:
    corpus = load({name: b"# a\0b\n" * 10})
    assert corpus.chunks == ()
    assert corpus.notes[0].message == "not read: binary"
