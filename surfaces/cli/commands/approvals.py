"""`interlock approvals`: the side that previews, takes decisions and executes, as a service of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.surfaces.cli.options import config_option

if TYPE_CHECKING:
    from interlock.core.settings import Settings
    from interlock.surfaces.http.guard import Door
    from interlock.surfaces.http.settings import ServeSettings

PORT = 8081


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock approvals --config approvals.yaml\n"
    "  interlock approvals --config approvals.yaml --host 0.0.0.0 --port 8443"
)
@click.option("--host", help="Where to listen (default: serve.host, 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port.")
@config_option
def approvals(host: str | None, port: int, config: Path | None) -> int:
    """Preview, take decisions and execute, apart from `interlock serve`, which then may only ask (approvals.split).

    It has its own settings file, database role, signing key and cluster credentials, and loads no model.
    """
    from interlock.core.settings import load_settings
    from interlock.surfaces.http.server import listening, run
    from interlock.surfaces.http.settings import ServeSettings

    settings = load_settings(config)
    known = settings.section(ServeSettings)
    told = {"port": port, **({"host": host} if host is not None else {})}
    served = ServeSettings.model_validate({**known.model_dump(), **told})
    with _opened(settings, served) as door:
        return run(listening(door, served), served, lambda said: click.echo(said, err=True))


@contextmanager
def _opened(settings: Settings, served: ServeSettings) -> Iterator[Door]:
    from interlock.approvals.service import open_approvals
    from interlock.approvals.settings import ApprovalsSettings
    from interlock.core.audit.opened import open_audit
    from interlock.core.clock import SystemClock
    from interlock.core.errors import NotServed
    from interlock.core.redaction import Redactor
    from interlock.core.settings.load import state_dir
    from interlock.core.store import open_configured
    from interlock.surfaces.cli.changes import HOW, OFF
    from interlock.surfaces.http.approvals_app import create_approvals_app
    from interlock.tools.surroundings import ClusterSurroundings

    if not settings.section(ApprovalsSettings).enabled:
        raise NotServed(OFF, hint=HOW)
    directory, clock = state_dir(os.environ), SystemClock()
    with closing(open_configured(settings, directory)) as store:
        audit = open_audit(settings, store, clock, directory)
        made = open_approvals(
            settings,
            store=store,
            audit=audit,
            clock=clock,
            redactor=Redactor(),
            surroundings=ClusterSurroundings,
            environment=os.environ,
            state_dir=directory,
            deciding=True,
        )
        with closing(made):
            yield create_approvals_app(made, settings, served, store=store, audit=audit, state_dir=directory)
