"""`interlock index`: build the search index of the knowledge, show it, check it, make it again."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from interlock.core.errors import InterlockError, NeedsDecision
from interlock.surfaces.cli.options import Source as Where
from interlock.surfaces.cli.options import json_option, source_options

if TYPE_CHECKING:
    from pydantic import JsonValue

    from interlock.agent.runtime import Runtime
    from interlock.index.library import Source, Ways
    from interlock.index.store.vectors import Estimate

MOST_UNASKED_TOKENS = 100_000
"""Sent to a hosted model without --yes."""
_EVERY = 0.2
_EVERY_IN_A_LOG = 5.0
_WAIT = 600.0
_STOPPED = 130

Row = dict[str, "JsonValue"]


@click.group()
def index() -> None:
    """The search index of runbooks and code: build, status, rebuild, verify."""


@index.command(
    epilog="\b\nExamples:\n"
    "  interlock index build\n"
    "  interlock index build --knowledge ./runbooks --yes --json"
)
@click.option(
    "--yes", is_flag=True, help="Send to a hosted embedding model what costs money, without asking."
)
@source_options
@json_option
def build(
    yes: bool,
    source: Where,
    as_json: bool,
) -> None:
    """Read what changed, embed it, and fetch Git sources anew. Can be stopped and run again."""
    with source.opened() as runtime:
        _built(runtime, yes=yes, anew=False, as_json=as_json)


@index.command(epilog="\b\nExamples:\n  interlock index rebuild")
@click.option(
    "--yes", is_flag=True, help="Send to a hosted embedding model what costs money, without asking."
)
@source_options
@json_option
def rebuild(
    yes: bool,
    source: Where,
    as_json: bool,
) -> None:
    """Make the index again beside the old one, which serves until the new one is whole."""
    with source.opened() as runtime:
        _built(runtime, yes=yes, anew=True, as_json=as_json)


@index.command(epilog="\b\nExamples:\n  interlock index status --json")
@source_options
@json_option
def status(
    source: Where,
    as_json: bool,
) -> None:
    """What is indexed, by which model, and what is missing."""
    from interlock.index.building import state

    with source.opened() as runtime:
        ways, missing = runtime.parts.knowledge.ways()
        states = [state(source, ways) for source in runtime.parts.knowledge.sources()]
        for problem in runtime.parts.knowledge.unread():
            click.echo(problem, err=True)
    rows: list[Row] = [
        {
            **_place(found.source),
            "files": found.files,
            "sections": found.chunks,
            "vectors": found.vectors,
            "model": found.embedder,
            "bytes": found.bytes,
            "writer": found.writer,
            "problem": found.problem,
        }
        for found in states
    ]
    _show(rows, missing, as_json=as_json)


@index.command(epilog="\b\nExamples:\n  interlock index verify")
@source_options
@json_option
def verify(
    source: Where,
    as_json: bool,
) -> None:
    """Check every page of every index file and every content id; exit code 1 when one is damaged."""
    from interlock.index.building import verify as checked

    with source.opened() as runtime:
        ways, missing = runtime.parts.knowledge.ways()
        found = [(source, checked(source, ways)) for source in runtime.parts.knowledge.sources()]
    _show(
        [{**_place(source), "problem": "; ".join(wrong)} for source, wrong in found], missing, as_json=as_json
    )
    if any(wrong for _, wrong in found):
        raise InterlockError("an index is not as it should be", hint="run `interlock index rebuild`")


def _built(runtime: Runtime, *, yes: bool, anew: bool, as_json: bool) -> None:
    library = runtime.parts.knowledge
    said = library.fetch()
    ways, missing = library.ways()
    price = _price(runtime)
    rows: list[Row] = []
    try:
        for source in library.sources():
            rows.append(
                _one(source, ways, anew=anew, agree=lambda estimate: _agreed(estimate, price, yes=yes))
            )
    except KeyboardInterrupt:
        click.echo(
            "\nstopped; what was indexed so far is kept, and the next run goes on from there", err=True
        )
        sys.exit(_STOPPED)
    for problem in said:
        click.echo(problem, err=True)
    _show(rows, missing, as_json=as_json)


def _one(source: Source, ways: Ways, *, anew: bool, agree: Callable[[Estimate], bool]) -> Row:
    from interlock.index.building import build as built

    start = time.monotonic()
    with _progress(str(source.path)) as progress:
        done = built(
            source,
            ways,
            anew=anew,
            wait=_WAIT,
            progress=progress,
            agree=lambda _, estimate: agree(estimate),
        )
    if done is None:
        raise NeedsDecision(
            "embedding this much on a hosted model costs money; words are indexed, meaning is not",
            hint="run it again with --yes",
        )
    return {
        **_place(source),
        "read": done.synced.read,
        "removed": done.synced.removed,
        "unchanged": done.synced.same + done.synced.touched,
        "embedded": done.embedded,
        "switched": done.switched,
        "seconds": round(time.monotonic() - start, 2),
        "problem": "",
    }


def _price(runtime: Runtime) -> tuple[bool, float]:
    """Whether text leaves this machine to be embedded, and what a million tokens costs."""
    from interlock.tools.knowledge.settings import KnowledgeSettings

    chosen = runtime.parts.settings.section(KnowledgeSettings).embedder
    return chosen.provider not in ("local", "none", "ollama"), chosen.price_per_million_tokens


def _agreed(estimate: Estimate, price: tuple[bool, float], *, yes: bool) -> bool:
    hosted, per_million = price
    if not hosted:
        return True
    cost = f", about {estimate.price(per_million):.2f} at {per_million:g} a million" if per_million else ""
    click.echo(f"to embed: {estimate.chunks} sections, about {estimate.tokens} tokens{cost}", err=True)
    return yes or estimate.tokens <= MOST_UNASKED_TOKENS


@contextmanager
def _progress(name: str) -> Iterator[Callable[[str, int, int], None]]:
    """A line that is written over on a terminal; now and then a line in a log."""
    terminal = sys.stderr.isatty()
    every = _EVERY if terminal else _EVERY_IN_A_LOG
    last = [time.monotonic()]

    def said(stage: str, done: int, total: int) -> None:
        if time.monotonic() - last[0] < every:
            return
        last[0] = time.monotonic()
        click.echo(
            f"\r{name}: {stage} {done}/{total} \033[K" if terminal else f"{name}: {stage} {done}/{total}",
            nl=not terminal,
            err=True,
        )

    yield said
    if terminal:
        click.echo("\r\033[K", nl=False, err=True)


def _fact(key: str, value: object) -> str:
    if key == "switched":
        return "the new index serves"
    return f"{key} {value}" if key in ("commit", "model", "writer") else f"{value} {key}"


def _place(source: Source) -> Row:
    return {"source": str(source.path), "commit": source.commit}


def _show(rows: list[Row], missing: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"sources": rows, "limits": [missing] if missing else []}))
        return
    if not rows:
        click.echo("no knowledge is configured; add a folder with --knowledge DIR or in interlock.yaml")
    for row in rows:
        facts = [
            _fact(key, value) for key, value in row.items() if key not in ("source", "problem") and value
        ]
        # A row of a check has nothing but a problem; any other without figures has found nothing.
        nothing = "no file to index" if "unchanged" in row else "fine"
        click.echo(f"{row['source']}: {', '.join(filter(None, [*facts, str(row['problem'])])) or nothing}")
    if missing:
        click.echo(f"words alone: {missing}", err=True)
