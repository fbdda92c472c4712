"""Folders written for one test, and the shape every chunk must have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.index.chunks import Chunk, Corpus
from interlock.index.sources import load_folder

Write = Callable[[dict[str, str | bytes]], Path]
Load = Callable[[dict[str, str | bytes]], Corpus]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into a folder of knowledge."""

    def into(files: dict[str, str | bytes]) -> Path:
        root = tmp_path / "knowledge"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return into


@pytest.fixture
def load(write: Write) -> Load:
    """Write files and load them with a redactor that finds nothing."""
    return lambda files: load_folder(write(files), clean=str)


@pytest.fixture(scope="session")
def assert_covers() -> Callable[[list[str], list[tuple[int, int]]], None]:
    """Every non-blank line is in exactly one span, and no span begins or ends blank."""

    def check(lines: list[str], spans: list[tuple[int, int]]) -> None:
        seen = [n for start, end in spans for n in range(start, end + 1)]
        assert len(seen) == len(set(seen))
        assert {n for n, line in enumerate(lines, start=1) if line.strip()} <= set(seen)
        for start, end in spans:
            assert lines[start - 1].strip()
            assert lines[end - 1].strip()

    return check


@pytest.fixture(scope="session")
def assert_cites() -> Callable[[Path, Chunk], None]:
    """A chunk's text is its lines."""

    def check(root: Path, chunk: Chunk) -> None:
        lines = (root / chunk.path).read_text("utf-8").split("\n")
        assert chunk.text == "\n".join(lines[chunk.start_line - 1 : chunk.end_line])

    return check
