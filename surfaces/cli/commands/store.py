"""`interlock store`: our own database copied out and back, and cleared of what is too old."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import InterlockError
from interlock.surfaces.cli.options import config_option

if TYPE_CHECKING:
    from interlock.core.settings import Settings
    from interlock.core.store import Store


@click.group()
def store() -> None:
    """Back up, restore and clear Interlock's own database."""


@store.command(epilog="\b\nExample:\n  interlock store backup interlock-2026-11-23.backup")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup(file: Path, config: Path | None) -> None:
    """Write everything into one new file. It holds names and redacted text: guard it."""
    from interlock.core.store.backup import backup as write

    with _opened(config) as (_, opened):
        made = write(opened, file)
    click.echo(f"{made.rows} rows, sha256 {made.sha256[:16]}")


@store.command(
    epilog="\b\nExample:\n  INTERLOCK_STORE_URL=postgresql+psycopg://... interlock store restore FILE"
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@config_option
def restore(file: Path, config: Path | None) -> None:
    """Fill an empty database from a backup, and verify the record in it."""
    from interlock.core.audit import AuditLog
    from interlock.core.clock import SystemClock
    from interlock.core.store.backup import restore as read

    with _opened(config) as (_, opened):
        made = read(opened, file)
        found = AuditLog(opened, SystemClock()).verify()
    if not found.intact:
        raise InterlockError(f"restored {made.rows} rows, but the record does not hold: {found.problem}")
    click.echo(f"restored {made.rows} rows; {found.records} records verify")


@store.command(epilog="\b\nExample:\n  interlock store expire --days 90")
@click.option("--days", type=click.IntRange(min=1), help="Older than this (default: store.retention_days).")
@config_option
def expire(days: int | None, config: Path | None) -> None:
    """Remove evidence and conversations that are too old; what is on legal hold stays. The record is never cut."""
    from interlock.core.clock import SystemClock
    from interlock.core.store.retention import Retention
    from interlock.core.store.settings import StoreSettings

    with _opened(config) as (settings, opened):
        kept = days or settings.section(StoreSettings).retention_days
        gone = Retention(opened, SystemClock()).expire(kept)
    click.echo(
        f"removed {gone.turns} turns, {gone.evidence} evidence, {gone.events} events over {kept} days old"
    )


@contextmanager
def _opened(config: Path | None) -> Iterator[tuple[Settings, Store]]:
    from interlock.core.settings import load_settings
    from interlock.core.settings.load import state_dir
    from interlock.core.store import open_configured

    settings = load_settings(config)
    opened = open_configured(settings, state_dir(os.environ))
    try:
        yield settings, opened
    finally:
        opened.close()
