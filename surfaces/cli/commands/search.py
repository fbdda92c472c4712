"""`interlock search`: the page and the lines, without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import Source, json_option, source_options

if TYPE_CHECKING:
    from pydantic import JsonValue

    from interlock.agent.runtime import Runtime
    from interlock.index.search import Hit


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock search KubePodCrashLooping\n"
    "  interlock search --knowledge ./runbooks 'quota exceeded' -k 3 --json\n"
    "  interlock search --knowledge ./runbooks --batch queries.jsonl --json"
)
@click.argument("query", required=False)
@click.option(
    "-k", "count", default=10, show_default=True, type=click.IntRange(1, 100), help="How many hits."
)
@click.option(
    "--batch",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON lines {id, query}; writes {id, hits}.",
)
@source_options
@json_option
def search(
    query: str | None,
    count: int,
    batch: Path | None,
    source: Source,
    as_json: bool,
) -> None:
    """Search runbooks and infrastructure code; every hit names its file and lines."""
    if (query is None) == (batch is None):
        raise BadInput("give a query, or --batch FILE", hint="interlock search 'pod crash looping'")
    with source.opened() as runtime:
        if batch is not None:
            for row in _rows(batch):
                click.echo(json.dumps({"id": row["id"], "hits": _hits(runtime, row["query"], count)}))
            return
        found, limits = runtime.find(query or "", count)
        own = bool(runtime.parts.knowledge.folders)
    if as_json:
        click.echo(json.dumps({"hits": [_row(hit) for hit in found], "limits": list(limits)}))
        return
    for hit in found:
        _show(_row(hit), weak=hit.weak)
    if not found:
        add = "" if own else "; add a folder with --knowledge DIR or in interlock.yaml"
        click.echo(f"nothing found{add}")
    for limit in limits:
        click.echo(f"limit: {limit}", err=True)


def _hits(runtime: Runtime, query: str, count: int) -> list[dict[str, JsonValue]]:
    return [_row(hit) for hit in runtime.search(query, count)]


def _row(hit: Hit) -> dict[str, JsonValue]:
    return {
        "path": hit.path,
        "start_line": hit.start_line,
        "end_line": hit.end_line,
        "title": hit.title,
        "score": round(hit.score, 4),
        "text": hit.text,
    }


def _rows(batch: Path) -> list[dict[str, str]]:
    rows = []
    for number, line in enumerate(batch.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append({"id": row["id"], "query": str(row["query"])})
        except (ValueError, KeyError, TypeError):
            raise BadInput(f"{batch} line {number} is not a JSON object with id and query") from None
    return rows


def _show(hit: dict[str, JsonValue], *, weak: bool) -> None:
    click.secho(f"{hit['path']}:{hit['start_line']}-{hit['end_line']}", bold=True, nl=False)
    click.echo(f"  {hit['title']}  ({hit['score']}{', weak' if weak else ''})")
    for line in [part for part in str(hit["text"]).splitlines() if part.strip()][:3]:
        click.echo(f"    {line[:100]}")
