"""`interlock search`: the page and the lines, without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import json_option, opened, source_options

if TYPE_CHECKING:
    from pydantic import JsonValue

    from interlock.agent.runtime import Runtime


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
    replay: str | None,
    cluster_url: str | None,
    knowledge: tuple[Path, ...],
    config: Path | None,
    as_json: bool,
) -> None:
    """Search runbooks and infrastructure code; every hit names its file and lines."""
    if (query is None) == (batch is None):
        raise BadInput("give a query, or --batch FILE", hint="interlock search 'pod crash looping'")
    with opened(config=config, replay=replay, cluster_url=cluster_url, knowledge=knowledge) as runtime:
        if batch is not None:
            for row in _rows(batch):
                click.echo(json.dumps({"id": row["id"], "hits": _hits(runtime, row["query"], count)}))
            return
        hits = _hits(runtime, query or "", count)
    if as_json:
        click.echo(json.dumps({"hits": hits}))
    elif not hits:
        click.echo("nothing found; add a folder with --knowledge DIR or in interlock.yaml")
    else:
        for hit in hits:
            _show(hit)


def _hits(runtime: Runtime, query: str, count: int) -> list[dict[str, JsonValue]]:
    if not query.strip():
        raise BadInput("the query is empty")
    return [
        {
            "path": hit.path,
            "start_line": hit.start_line,
            "end_line": hit.end_line,
            "title": hit.title,
            "score": round(hit.score, 4),
            "text": hit.text,
        }
        for hit in runtime.search(query, count)
    ]


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


def _show(hit: dict[str, JsonValue]) -> None:
    click.secho(f"{hit['path']}:{hit['start_line']}-{hit['end_line']}", bold=True, nl=False)
    click.echo(f"  {hit['title']}  ({hit['score']})")
    for line in [part for part in str(hit["text"]).splitlines() if part.strip()][:3]:
        click.echo(f"    {line[:100]}")
