"""kill -9 at random moments of ingestion: two indexers, one reader, pages that change and go away meanwhile.

    python -m interlock.evals.prove.index_crash [--kills 100] [--seed 1]

Shows that no acknowledged page is lost, none is there twice, the reader meets no error, and a page is visible to the
reader within a second of its acknowledgement. The last line is `RESULT {json}`.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import signal
import subprocess  # noqa: TID251 - a proof about killed processes has to start and kill them
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.evals.bench.report import Figure, report
from interlock.index.library import Source, Ways, open_library
from interlock.index.store import writer
from interlock.index.store.lock import Busy
from interlock.index.store.place import Place

if TYPE_CHECKING:
    from interlock.index.embedding import Vectors

PAGES = 120
EDITS = 60
WITHIN = 1.0
_MARK = re.compile(r"pagemark (\d+) version (\d+)")


class Pretend:
    """A deterministic embedder that takes its time, so that kills land in it too."""

    id = "pretend"
    dimensions = 32

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors from digests."""
        import numpy as np

        time.sleep(0.002 * len(texts))
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        rows = np.array([np.frombuffer(d, np.uint8) for d in digests], np.float32) - 127.5
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def ways(home: Path, *, clean: type[str] | Noting = str, follows: bool = False) -> Ways:
    """How every process of the proof reads."""
    return Ways(clean, "proof", home / "cache", Pretend(), follows=follows)


class Noting:
    """A redactor that finds nothing and remembers which version of each page it was given."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}

    def __call__(self, text: str) -> str:
        """The text."""
        if found := _MARK.search(text):
            self.versions[f"{int(found[1]):03}.md"] = int(found[2])
        return text


def page(number: int, version: int, rng: random.Random) -> str:
    """A page of three sections that is like no other."""
    words = " ".join(f"w{rng.randrange(10**9)}" for _ in range(40))
    mark = f"pagemark {number} version {version}"
    return f"# Page {number}\n{mark}\n\n## Meaning\n{words}\n\n## Fix\nturn it off and on: {words[:90]}\n"


def index_forever(home: Path, log: Path, seed: int) -> None:
    """An indexer: acknowledges `path version time` a line, once the index that serves has it."""
    rng = random.Random(seed)
    noted = Noting()
    how = ways(home, clean=noted)
    source = Source(home / "pages")
    place = how.place(source)
    assert place is not None
    with log.open("a") as out:
        out.write("ready\n")
        out.flush()
        while True:
            waiting: list[str] = []
            anew = rng.random() < 0.15
            place.make()

            def told(paths: Sequence[str], anew: bool = anew, waiting: list[str] = waiting) -> None:
                lines = [f"{p} {noted.versions.get(p, 0)}" for p in paths]
                if anew:
                    waiting += lines
                else:
                    _acknowledge(out, lines)

            job = replace(source.job(noted), told=told)
            try:
                with place.locked(wait=0.3):
                    writer.build(place, how.identity(source), job, how.embedder, None, anew=anew)
            except Busy:
                continue
            _acknowledge(out, waiting)


def _acknowledge(out: object, lines: Sequence[str]) -> None:
    now = time.monotonic()
    out.write("".join(f"{line} {now}\n" for line in lines))  # type: ignore[attr-defined]
    out.flush()  # type: ignore[attr-defined]


def read_forever(home: Path, log: Path) -> None:
    """A reader: `seen page version time` a line, `error ...` for whatever goes wrong."""
    seen: dict[int, int] = {}
    with log.open("a", buffering=1) as out:
        library = open_library(
            [Source(home / "pages")],
            clean=str,
            rules="proof",
            cache_dir=home / "cache",
            embedder=Pretend(),
            follows=True,
        )
        while True:
            try:
                if library.refresh(look=False) or not seen:
                    _look(library.index.search("pagemark version", k=PAGES), seen, out)
            except Exception as error:
                out.write(f"error {type(error).__name__} {error}\n")
            time.sleep(0.02)


def _look(hits: Sequence[object], seen: dict[int, int], out: object) -> None:
    now = time.monotonic()
    paths = [hit.path for hit in hits]  # type: ignore[attr-defined]
    if len(paths) != len(set(paths)):
        out.write("error a page was found twice\n")  # type: ignore[attr-defined]
    for hit in hits:
        if found := _MARK.search(hit.text):  # type: ignore[attr-defined]
            number, version = int(found[1]), int(found[2])
            if seen.get(number) != version:
                seen[number] = version
                out.write(f"seen {number:03}.md {version} {now}\n")  # type: ignore[attr-defined]


@dataclass
class World:
    """The pages as they should be: versions of those that are there; those that are gone."""

    folder: Path
    rng: random.Random
    versions: dict[str, int]
    gone: dict[str, float]

    def write(self, name: str) -> None:
        """A new version of a page, put there whole as an editor does."""
        self.versions[name] = self.versions.get(name, 0) + 1
        text = page(int(name[:3]), self.versions[name], self.rng)
        part = self.folder.parent / "part"
        part.write_text(text)
        part.replace(self.folder / name)

    def stir(self) -> None:
        """Change some pages and, rarely, take one away."""
        for name in self.rng.sample(sorted(self.versions), min(EDITS, len(self.versions))):
            self.write(name)
        if self.rng.random() < 0.3 and len(self.versions) > PAGES // 2:
            name = self.rng.choice(sorted(self.versions))
            (self.folder / name).unlink()
            del self.versions[name]
            self.gone[name] = time.monotonic()


def _start(home: Path, role: str, log: Path, seed: int = 0) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "--role", role]
    return subprocess.Popen([*argv, "--home", str(home), "--log", str(log), "--seed", str(seed)])


def _acknowledged(log: Path) -> list[tuple[str, int, float]]:
    rows = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    return [(row[0], int(row[1]), float(row[2])) for row in rows if len(row) == 3]


def _held(home: Path) -> dict[str, list[int]]:
    """What the serving index holds: each page's versions (one, unless something is doubled)."""
    place = Place.of(home / "cache", Source(home / "pages").id)
    found = place.open()
    if found is None:
        return {}
    _, ledger = found
    with ledger.snapshot():
        wrong = ledger.check()
        assert not wrong, wrong
        held: dict[str, list[int]] = {}
        for entry, ids in ledger.entries(""):
            assert len(set(ids)) == len(ids)
            marks = [int(m[2]) for chunk, _ in entry.counted if (m := _MARK.search(chunk.text))]
            held.setdefault(entry.path, []).extend(marks)
    ledger.close()
    return held


def _lacks_vectors(home: Path) -> bool:
    found = Place.of(home / "cache", Source(home / "pages").id).open()
    if found is None:
        return True
    lacks = bool(found[1].pending())
    found[1].close()
    return lacks


@dataclass
class Outcome:
    """What the kills did."""

    kills: int = 0
    midway: int = 0
    """Of the kills, those after which pages or vectors were still to be written."""
    lost: int = 0
    doubled: int = 0
    errors: int = 0
    acknowledged: int = 0
    slowest: float = 0.0
    wrong_at_the_end: int = 0


def prove(kills: int, seed: int, home: Path, *, say: bool = True) -> Outcome:
    """Kill `kills` indexers; what came of it."""
    rng = random.Random(seed)
    (home / "pages").mkdir()
    world = World(home / "pages", rng, {}, {})
    for number in range(PAGES):
        world.write(f"{number:03}.md")
    logs = [home / "a.log", home / "b.log"]
    running = [_start(home, "index", log, rng.randrange(10**6)) for log in logs]
    reader = _start(home, "read", home / "reader.log")
    done = Outcome()
    try:
        while done.kills < kills:
            _wait_until_ready(logs, 2 + done.kills)
            world.stir()
            time.sleep(rng.uniform(0.0, rng.choice([0.1, 0.4])))  # reading comes first, then embedding
            victim = _victim(home, running, rng)
            other = running[1 - victim]
            other.send_signal(signal.SIGSTOP)  # or it would read again what was lost before anybody looks
            running[victim].send_signal(signal.SIGKILL)
            running[victim].wait()
            done.kills += 1
            _check(home, logs, world, done)
            other.send_signal(signal.SIGCONT)
            running[victim] = _start(home, "index", logs[victim], rng.randrange(10**6))
            if say and done.kills % 10 == 0:
                click.echo(f"{done.kills} kills: {done}", err=True)
        time.sleep(3 * WITHIN)
    finally:
        for process in (*running, reader):
            process.kill()
            process.wait()
    _finish(home, logs, world, done)
    return done


def _wait_until_ready(logs: Sequence[Path], starts: int) -> None:
    while sum(log.read_text().count("ready") for log in logs if log.exists()) < starts:
        time.sleep(0.01)


def _victim(home: Path, running: Sequence[subprocess.Popen[bytes]], rng: random.Random) -> int:
    """Mostly whoever is writing; at times whoever is not."""
    writing = Place.of(home / "cache", Source(home / "pages").id).writer
    holder = next((n for n, process in enumerate(running) if writing == f"pid {process.pid}"), None)
    if holder is None or rng.random() < 0.1:
        return rng.randrange(2)
    return holder


def _check(home: Path, logs: Sequence[Path], world: World, done: Outcome) -> None:
    promised = [row for log in logs for row in _acknowledged(log)]
    held = _held(home)
    behind = any(held.get(name) != [version] for name, version in world.versions.items())
    done.midway += behind or _lacks_vectors(home)
    done.doubled += sum(len(versions) > 1 for versions in held.values())
    done.lost += sum(
        max(held.get(path, ()), default=0) < version
        for path, version, _ in promised
        if path not in world.gone
    )


def _finish(home: Path, logs: Sequence[Path], world: World, done: Outcome) -> None:
    """One undisturbed run; then everything must be as the folder is."""
    how, source = ways(home), Source(home / "pages")
    place = how.place(source)
    assert place is not None
    with place.locked(wait=5):
        writer.build(place, how.identity(source), source.job(str), how.embedder, None)
    held = _held(home)
    wanted = {name: [version] for name, version in world.versions.items()}
    done.wrong_at_the_end = sum(held.get(name) != wanted.get(name) for name in {*held, *wanted})
    found = place.open()
    assert found is not None
    totals = found[1].totals()
    done.wrong_at_the_end += abs(totals["chunks"] - totals["vectors"]) + found[1].orphans()
    promised = [row for log in logs for row in _acknowledged(log)]
    done.acknowledged = len(promised)
    done.errors, done.slowest = _watched(home / "reader.log", promised, world.gone)


def _watched(
    log: Path, promised: Sequence[tuple[str, int, float]], gone: Mapping[str, float]
) -> tuple[int, float]:
    """Errors of the reader, and the longest it took from an acknowledgement to seeing that version or a later one."""
    lines = log.read_text().splitlines()
    errors = [line for line in lines if line.startswith("error")]
    for line in errors[:5]:
        click.echo(line, err=True)
    seen: dict[str, list[tuple[float, int]]] = {}
    for line in lines:
        if line.startswith("seen") and len(row := line.split()) == 4:
            seen.setdefault(row[1], []).append((float(row[3]), int(row[2])))
    start = min((at for rows in seen.values() for at, _ in rows), default=0.0)
    slowest, unseen = 0.0, 0
    for path, version, at in promised:
        if at < start or not version:
            continue  # the reader was not there yet, or the page went away
        later = [when for when, which in seen.get(path, ()) if which >= version]
        if later:
            slowest = max(slowest, min(later) - at)
        elif gone.get(path, float("inf")) > at + WITHIN:  # it was there long enough to be seen
            unseen += 1
            slowest = float("inf")
    if unseen:
        click.echo(f"{unseen} acknowledged versions were never seen", err=True)
    return len(errors), slowest


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove it; 0 when it holds."""
    parser = argparse.ArgumentParser(description="kill -9 while the knowledge is indexed")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=["index", "read"])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--log", type=Path)
    said = parser.parse_args(arguments)
    if said.role == "index":
        index_forever(said.home, said.log, said.seed)
    if said.role == "read":
        read_forever(said.home, said.log)
    with tempfile.TemporaryDirectory() as home:
        done = prove(said.kills, said.seed, Path(home))
    peer = f"{done.kills} kills, 2 indexers, {done.acknowledged} acknowledgements, seed {said.seed}"
    figures = [
        Figure("kills", done.kills, "kill -9", ">=100", peer, done.kills >= 100),
        Figure("of them with work left", done.midway, "kill -9", ">=50", peer, done.midway >= 50),
        Figure("acknowledged and lost", done.lost, "pages", "0", peer, done.lost == 0),
        Figure("doubled", done.doubled, "pages", "0", peer, done.doubled == 0),
        Figure(
            "wrong after one more run", done.wrong_at_the_end, "pages", "0", peer, not done.wrong_at_the_end
        ),
        Figure("errors of the reader", done.errors, "errors", "0", peer, done.errors == 0),
        Figure("slowest sight of a page", round(done.slowest, 3), "s", "<1", peer, done.slowest < WITHIN),
    ]
    report("python -m interlock.evals.prove.index_crash", figures)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
