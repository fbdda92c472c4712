"""`interlock serve`: the product over HTTP."""

from __future__ import annotations

import click

from interlock.surfaces.cli.options import Source, source_options


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock serve --replay demo\n"
    "  interlock serve --config interlock.yaml --port 8443\n"
    "  curl -s localhost:8080/api/v1/ask -H 'content-type: application/json' "
    '-d \'{"question": "what is wrong in ml-platform?"}\''
)
@click.option("--host", help="Where to listen (default: serve.host, 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port (default: serve.port, 8080).")
@source_options
def serve(
    host: str | None,
    port: int | None,
    source: Source,
) -> int:
    """Answer questions over HTTP until interrupted: /api/v1/ask, /api/v1/triage, /healthz, /readyz, /metrics.

    Without a way to sign in (identity.oidc, serve.client_ca) it listens on this machine only.
    """
    from interlock.surfaces.http.app import create_app
    from interlock.surfaces.http.server import configured, run
    from interlock.surfaces.http.settings import ServeSettings

    with source.opened() as runtime:
        known = runtime.parts.settings.section(ServeSettings)
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        settings = ServeSettings.model_validate({**known.model_dump(), **given})
        config = configured(create_app(runtime, settings), settings)
        return run(config, settings, lambda said: click.echo(said, err=True))
