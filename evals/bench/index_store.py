"""The index as a store: full build, unchanged run, an edited page, and 100,000 chunks.

    python -m interlock.evals.bench.index_store --data DIR [--chunks 100000]

DIR holds `corpus/`. The public pages are embedded by the local model where it is set up; the 100,000 chunks by a
deterministic stand-in, since what is measured there is the store. Times are CPU-seconds of this process, its imports
apart, unless they say otherwise. The last line is `RESULT {json}`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.redaction import Redactor
from interlock.core.settings.load import cache_dir
from interlock.evals.bench.report import Figure, report
from interlock.index import building
from interlock.index.embedding.local import LocalEmbedder, open_local
from interlock.index.library import Library, Source, Ways

if TYPE_CHECKING:
    from interlock.index.embedding import Vectors

SECTIONS = 5
PEER = "the limits this room was given"


class Counted:
    """An embedder that counts what it is asked; without a model a stand-in for one."""

    def __init__(self, model: LocalEmbedder | None) -> None:
        self._model = model
        self.dimensions = model.dimensions if model else 384
        self.id = model.id if model else "stand-in"
        self.calls = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors."""
        import numpy as np

        self.calls += 1
        if self._model:
            return self._model.embed(texts)
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts]
        rows = np.stack([np.random.default_rng(seed).standard_normal(384, np.float32) for seed in seeds])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def public(data: Path, home: Path) -> list[Figure]:
    """Full, unchanged and edited, on the public pages."""
    folder = home / "corpus"
    shutil.copytree(data / "corpus", folder, copy_function=shutil.copyfile)
    found = open_local(cache_dir(os.environ))
    embedder = Counted(found if isinstance(found, LocalEmbedder) else None)
    embedder.embed(["imports and weights"])
    ways = Ways(Redactor().clean_text, "bench", home / "cache", embedder)
    source = Source(folder)
    full = _cpu(lambda: building.build(source, ways))
    calls = embedder.calls
    again = min(_cpu(lambda: Library([source], ways)) for _ in range(5))
    building.build(source, ways)
    calls = embedder.calls - calls
    library = Library([source], ways)
    edits = [_edit(library, folder, number) for number in range(9)]
    state = building.state(source, ways)
    click.echo(
        f"{state.files} files, {state.chunks} chunks, {state.vectors} vectors, {state.bytes} bytes, {embedder.id}"
    )
    return [
        Figure("full index of the pages", round(full, 2), "cpu s", "<=60", PEER, full <= 60),
        Figure("unchanged: opened and searchable", round(again, 3), "cpu s", "<=0.5", PEER, again <= 0.5),
        Figure("embedding calls of unchanged runs", calls, "calls", "0", PEER, calls == 0),
        Figure(
            "edited page found, median",
            round(sorted(edits)[4], 3),
            "s wall",
            "<=0.2",
            PEER,
            sorted(edits)[4] <= 0.2,
        ),
    ]


def _edit(library: Library, folder: Path, number: int) -> float:
    """Seconds from the edit to the search that finds it."""
    page = sorted(folder.rglob("*.md"))[number * 50]
    word = f"zanzibar{number}quokka"
    start = time.perf_counter()
    page.write_text(page.read_text() + f"\n## Note\nLook at the {word}.\n")
    library.refresh(look=True)
    hits = library.index.search(word, 1)
    spent = time.perf_counter() - start
    assert hits and word in hits[0].text
    return spent


def many(chunks: int, home: Path) -> list[Figure]:
    """The store at 100,000 chunks, by a stand-in embedder."""
    folder = home / "many"
    _write(folder, chunks)
    ways = Ways(str, "bench", home / "cache", Counted(None))
    source = Source(folder)
    before = _rss()
    built = _cpu(lambda: building.build(source, ways))
    written = _rss()
    again = _cpu(lambda: building.build(source, ways))
    libraries: list[Library] = []
    opened = _cpu(lambda: libraries.append(Library([source], ways)))
    state = building.state(source, ways)
    edit = _edit(libraries[0], folder, 1)
    size = f"{state.chunks} chunks in {state.files} files, stand-in embedder"
    return [
        Figure("chunks", state.chunks, "chunks", f">={chunks}", size, state.chunks >= chunks),
        Figure("build", round(built, 1), "cpu s", "told", size, True),
        Figure("unchanged build", round(again, 2), "cpu s", "told", size, True),
        Figure("open for search", round(opened, 1), "cpu s", "told", size, True),
        Figure("edited page found", round(edit, 2), "s wall", "told", size, True),
        Figure("disk", round(state.bytes / 1e6), "MB", "told", size, True),
        Figure("memory after the build", round(written - before), "MB more", "told", size, True),
        Figure("memory with the index open", round(_rss() - before), "MB more", "told", size, True),
    ]


def _write(folder: Path, chunks: int) -> None:
    rng = random.Random(1)
    words = [f"w{rng.randrange(10**6)}" for _ in range(20_000)]
    for number in range(-(-chunks // SECTIONS)):
        place = folder / f"{number // 500:03}"
        place.mkdir(parents=True, exist_ok=True)
        parts = [f"## Part {n} of {number}\n{' '.join(rng.choices(words, k=60))}\n" for n in range(SECTIONS)]
        (place / f"{number:05}.md").write_text("\n".join(parts))


def _cpu(work: object) -> float:
    start = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - start


def _rss() -> float:
    """What this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; 0 when every target holds."""
    parser = argparse.ArgumentParser(description="the index as a store")
    parser.add_argument("--data", type=Path, required=True, help="folder with corpus/")
    parser.add_argument("--chunks", type=int, default=100_000)
    said = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        figures = [*public(said.data, Path(home)), *many(said.chunks, Path(home))]
    report("python -m interlock.evals.bench.index_store --data DIR", figures)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
