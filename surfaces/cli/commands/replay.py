"""`interlock replay`: serve a recorded cluster, record one, or compare two."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import config_option, json_option, replay_folder

if TYPE_CHECKING:
    from interlock.core.replay.diff import Difference
    from interlock.core.replay.dump import Dump

VALUE_WIDTH = 160


@click.group()
def replay() -> None:
    """Recorded clusters: serve one to kubectl, record one, or compare two."""


@replay.command(
    epilog="\b\nExamples:\n"
    "  interlock replay serve demo --port 8001\n"
    "  kubectl --server http://127.0.0.1:8001 get pods -A"
)
@click.argument("folder", metavar="DIR")
@click.option(
    "--port", default=0, show_default="a free one", type=click.IntRange(0, 65535), help="Port on loopback."
)
def serve(folder: str, port: int) -> None:
    """Serve a replay as a read-only Kubernetes API on loopback until interrupted."""
    import threading

    from interlock.core.replay.manifest import Replay
    from interlock.core.replay.server import serve as serving

    loaded = Replay.load(replay_folder(folder))
    try:
        with serving(loaded, port=port) as server:
            click.echo(f"serving {folder} at {server.url} (read-only; Ctrl-C stops it)")
            for problem in server.problems:
                click.echo(f"not served: {problem}", err=True)
            threading.Event().wait()
    except OSError as error:
        raise BadInput(
            f"cannot listen on port {port}: {error.strerror}", hint="choose another --port"
        ) from None
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@replay.command(
    epilog="\b\nExamples:\n"
    "  interlock replay record ./incident-42 --namespace shop --namespace ml\n"
    "  interlock replay record ./all --cluster-url http://127.0.0.1:8001"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "-n", "--namespace", "namespaces", multiple=True, help="A namespace to record (repeatable; default: all)."
)
@click.option(
    "--cluster",
    default="",
    help="A cluster named in interlock.yaml (default: the current kubeconfig context).",
)
@click.option("--cluster-url", metavar="URL", help="A cluster's API without credentials, as kubectl proxy.")
@click.option(
    "--logs",
    type=click.Choice(["troubled", "all", "none"]),
    default="troubled",
    show_default=True,
    help="Whose logs: of pods that are not well, of all, of none.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Leave DIR.partial when interrupted; run again to go on from it.",
)
@config_option
def record(
    folder: Path,
    namespaces: tuple[str, ...],
    cluster: str,
    cluster_url: str | None,
    logs: Literal["troubled", "all", "none"],
    resume: bool,
    config: Path | None,
) -> None:
    """Record a live cluster into DIR, redacted: every listable resource, events, logs of troubled pods."""
    from interlock.agent.runtime import open_cluster
    from interlock.core.clock import SystemClock
    from interlock.core.redaction import Redactor
    from interlock.core.replay.record import record as recording
    from interlock.core.settings import load_settings

    reader = open_cluster(load_settings(config), name=cluster, url=cluster_url, environment=os.environ)
    try:
        done = recording(
            reader,
            folder,
            namespaces=namespaces,
            logs=logs,
            redactor=Redactor(),
            clock=SystemClock(),
            progress=lambda text: click.echo(text, err=True),
            resume=resume,
        )
    finally:
        reader.close()
    click.echo(f"recorded {done.objects} objects of {done.resources} kinds into {folder}")
    for kind, count in done.kinds:
        if count:
            click.echo(f"{count:8} {kind}")
    empty = [kind for kind, count in done.kinds if not count]
    if empty:
        click.echo(f"there were none of: {', '.join(empty)}")
    if done.not_recorded:
        click.echo(f"not recorded: {len(done.not_recorded)} resources; recorded.json says which and why")
    click.echo(f"next: interlock ask --replay {folder} 'what is wrong?'")


@replay.command(
    epilog="\b\nExamples:\n"
    "  interlock replay diff ./before ./after\n"
    "  interlock replay diff ./before ./after --json"
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@json_option
def diff(first: str, second: str, as_json: bool) -> None:
    """Compare the clusters of two replays: objects added, removed and changed from A to B.

    What only one of them recorded is not comparable, and said so. A long value is cut; --json has it whole.
    """
    import json
    from dataclasses import asdict

    from interlock.core.redaction import Redactor
    from interlock.core.replay.diff import difference, recorded

    redactor = Redactor()
    dumps = [_cluster_of(folder) for folder in (first, second)]
    old, new = (recorded(dump) for dump in dumps)
    found = difference(old, new, lambda document: redactor.clean_value(document)[0])
    for problem in (problem for dump in dumps for problem in dump.problems):
        click.echo(f"not read: {redactor.clean_text(problem)}", err=True)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    for line in _diff_lines(found):
        click.echo(redactor.clean_text(line))


def _cluster_of(folder: str) -> Dump:
    from interlock.core.replay.dump import Dump
    from interlock.core.replay.manifest import Replay

    loaded = Replay.load(replay_folder(folder))
    if loaded.cluster is None:
        raise BadInput(f"{folder} holds no cluster to compare", hint="name one in replay.yaml: cluster: DIR")
    return Dump.open(loaded.cluster)


def _diff_lines(found: Difference) -> Iterator[str]:
    yield from (f"+ {each}" for each in found.added)
    yield from (f"- {each}" for each in found.removed)
    for changed in found.changed:
        yield f"~ {changed.object}"
        yield from (f"    {each.path}: {_brief(each.old)} -> {_brief(each.new)}" for each in changed.fields)
    yield from (f"not comparable: {each}" for each in found.not_comparable)
    counts = f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed"
    yield f"{counts}, {len(found.not_comparable)} not comparable"


def _brief(value: str) -> str:
    """A value on one line."""
    text = value.replace("\n", "\\n")
    return text if len(text) <= VALUE_WIDTH else text[:VALUE_WIDTH] + "..."
