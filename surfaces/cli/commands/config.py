"""`interlock config`: what is configured, and from where."""

from __future__ import annotations

import json
from pathlib import Path

import click

from interlock.surfaces.cli.options import config_option, json_option


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command(
    epilog="\b\nExamples:\n  interlock config show\n  INTERLOCK_MODEL=openai:gpt-5 interlock config show --json"
)
@config_option
@json_option
def show(config: Path | None, as_json: bool) -> None:
    """Print every setting with its value; secrets are masked."""
    import yaml

    from interlock.core.settings import load_settings

    settings = load_settings(config)
    shown = settings.shown()
    if as_json:
        click.echo(json.dumps(shown))
        return
    click.echo(f"# from: {', '.join(settings.sources) or 'defaults and environment'}")
    click.echo(yaml.safe_dump(shown, sort_keys=True).rstrip())


@config.command(epilog="\b\nExample:\n  interlock config check --config interlock.yaml")
@config_option
def check(config: Path | None) -> None:
    """Validate the settings; exit code 2 and the reason when they are wrong."""
    from interlock.core.settings import load_settings

    settings = load_settings(config)
    settings.check()
    click.echo(f"ok: {', '.join(settings.sources) or 'no settings file; defaults and environment'}")
