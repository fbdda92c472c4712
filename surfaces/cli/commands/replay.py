"""`interlock replay`: serve a recorded cluster, or record one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import config_option, replay_folder


@click.group()
def replay() -> None:
    """Recorded clusters: serve one to kubectl, or record one."""


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
@config_option
def record(
    folder: Path,
    namespaces: tuple[str, ...],
    cluster: str,
    cluster_url: str | None,
    logs: Literal["troubled", "all", "none"],
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
        )
    finally:
        reader.close()
    click.echo(f"recorded {done.objects} objects of {done.resources} kinds into {folder}")
    if done.not_recorded:
        click.echo(f"not recorded: {len(done.not_recorded)} resources; recorded.json says which and why")
    click.echo(f"next: interlock ask --replay {folder} 'what is wrong?'")
