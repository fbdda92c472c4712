"""Every piece of a page can be embedded whole, and knows what it is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.index import analysis, markdown
from interlock.index.chunks import Chunk, Corpus
from interlock.index.passage import MAX_TOKENS, passage, tokens
from interlock.index.sources import load_folder

Load = Callable[[dict[str, str | bytes]], Corpus]


def test_a_passage_is_headed_by_its_trail_or_else_by_its_title() -> None:
    assert passage("Disk", ("Disk", "Mitigation"), "Grow it.") == "Disk > Mitigation\nGrow it."
    assert passage("Disk", (), "Grow it.") == "Disk\nGrow it."


def test_every_piece_of_a_long_section_counts_the_words_of_its_heading(load: Load) -> None:
    chunks = load({"a.md": "# Quorum\n\n" + "one more line of prose about members\n\n" * 100}).chunks
    assert len(chunks) > 3
    assert all(analysis.count(chunk)["quorum"] == 1 for chunk in chunks)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.text("ab -_/#`1\u00e9", max_size=120), max_size=60))
def test_no_piece_is_longer_than_the_model_reads_unless_it_is_one_line(lines: list[str]) -> None:
    for block in markdown.split(lines).blocks:
        text = "\n".join(lines[block.start - 1 : block.end])
        trail = tokens("\n".join(block.trail))
        assert block.start == block.end or trail > MAX_TOKENS / 2 or tokens(text) + trail <= MAX_TOKENS + 1


@pytest.mark.shared
def test_hardly_any_section_of_public_runbooks_is_longer_than_the_model_reads(shared_dir: Path) -> None:
    from interlock.index.embedding import origin
    from interlock.index.embedding.local import Missing, open_local

    model = open_local()
    if isinstance(model, Missing):
        pytest.skip(f"not run: {model.reason}; {model.hint}")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model.folder / origin.TOKENIZER))
    tokenizer.no_truncation()
    chunks: tuple[Chunk, ...] = load_folder(shared_dir / "data" / "runbooks" / "corpus", clean=str).chunks
    read = tokenizer.encode_batch([passage(c.title, c.trail, c.text) for c in chunks])
    assert sum(len(each.ids) > MAX_TOKENS + 2 for each in read) / len(chunks) < 0.005
