"""Vectors mirrored to a real Chroma server on loopback, and to a folder."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.embedders import Words

from interlock.core.errors import Unreachable
from interlock.index import building
from interlock.index.library import Source, Ways, open_library
from interlock.index.store.chroma import ChromaMirror, open_chroma
from interlock.index.store.vectors import model_id

Write = Callable[[dict[str, str | bytes]], Path]
Mirror = Callable[[Ways, Source], ChromaMirror]
PAGE = "# {0}\nthe {0} page\n\n## Fix\nturn {0} off and on\n"
pytestmark = [pytest.mark.xdist_group("chroma"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    folder = tmp_path_factory.mktemp("chroma")
    argv = [str(program), "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        _wait(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail("chroma run did not start")


@pytest.fixture
def ways(tmp_path: Path, server: str) -> Ways:
    return Ways(
        str, "r1", tmp_path / "cache", Words(), lambda source, model: open_chroma(source, model, url=server)
    )


@pytest.fixture
def mirror(request: pytest.FixtureRequest) -> Callable[[Ways, Source], ChromaMirror]:
    """The mirror of a source, closed with the test."""

    def of(ways: Ways, source: Source) -> ChromaMirror:
        found = ways.remote(source)
        assert isinstance(found, ChromaMirror)
        request.addfinalizer(found.close)
        return found

    return of


def test_the_server_holds_what_the_ledger_holds(write: Write, ways: Ways, mirror: Mirror) -> None:
    root = write({"a.md": PAGE.format("limpet"), "b.md": PAGE.format("whelk")})
    building.build(Source(root), ways)
    assert mirror(ways, Source(root)).count() == 4
    (root / "a.md").unlink()
    write({"c.md": PAGE.format("conch")})
    building.build(Source(root), ways)
    assert mirror(ways, Source(root)).count() == 4
    building.build(Source(root), ways)
    assert mirror(ways, Source(root)).count() == 4


def test_strays_are_removed_and_what_is_missing_is_added(write: Write, ways: Ways, mirror: Mirror) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    building.build(source, replace(ways, remotes=lambda _s, _m: None))
    assert mirror(ways, source).count() == 0
    mirror(ways, source).add([(b"stray", b"\0\0\x80?" * 64, "gone.md")])
    building.build(source, ways)
    found = mirror(ways, source).nearest([1.0] * 64, 10)
    assert len(found) == 2
    assert b"stray" not in dict(found)


def test_another_model_gets_a_collection_of_its_own_and_the_old_one_goes(
    write: Write, ways: Ways, mirror: Mirror
) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    building.build(source, ways)
    other = replace(ways, embedder=Words("words-2", 16))
    building.build(source, other)
    assert mirror(other, source).count() == 2
    assert mirror(ways, source).count() == 0


def test_a_search_asks_the_server_for_what_is_near(write: Write, ways: Ways, mirror: Mirror) -> None:
    source = Source(write({f"{n}.md": PAGE.format(f"animal{n}") for n in range(20)}))
    building.build(source, ways)
    exact = open_library([source], clean=str, rules="r1", cache_dir=ways.cache_dir, embedder=ways.embedder)
    asked = open_library(
        [source],
        clean=str,
        rules="r1",
        cache_dir=ways.cache_dir,
        embedder=ways.embedder,
        remotes=ways.remotes,
    )
    for query in ("animal7", "animal13 page"):
        assert [h.path for h in asked.index.search(query, 1)] == [
            h.path for h in exact.index.search(query, 1)
        ]
    write({"new.md": PAGE.format("nautilus")})
    assert asked.refresh(look=True)
    assert asked.index.search("nautilus")[0].path == "new.md"
    assert asked.limits == ()
    asked.close()
    assert mirror(ways, source).count() == 42


def test_a_server_that_is_away_costs_meaning_and_not_the_search(
    write: Write, ways: Ways, mirror: Mirror
) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{free.getsockname()[1]}"
    away = replace(ways, remotes=lambda source, model: open_chroma(source, model, url=gone))
    library = open_library(
        [source],
        clean=str,
        rules="r1",
        cache_dir=ways.cache_dir,
        embedder=ways.embedder,
        remotes=away.remotes,
    )
    assert library.index.search("limpet")[0].path == "a.md"
    assert any("the vector store is behind" in limit for limit in library.limits)
    assert any("words alone: Chroma at http://127.0.0.1" in limit for limit in library.limits)
    with pytest.raises(Unreachable, match="Chroma at"):
        building.build(source, away)
    building.build(source, ways)
    assert mirror(ways, source).count() == 2


def test_a_folder_of_chroma_is_a_copy_that_the_writer_keeps(
    write: Write, ways: Ways, mirror: Mirror, tmp_path: Path
) -> None:
    source = Source(write({"a.md": PAGE.format("limpet")}))
    place = str(tmp_path / "chroma")
    kept = replace(ways, remotes=lambda source, model: open_chroma(source, model, path=place))
    building.build(source, kept)
    assert ways.embedder is not None
    copy = open_chroma(source.id, model_id(ways.embedder), path=place)
    assert (copy.count(), copy.asked) == (2, False)
    copy.close()
