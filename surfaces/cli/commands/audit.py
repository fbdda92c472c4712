"""`interlock audit`: the record, and whether it holds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import InterlockError
from interlock.surfaces.cli.options import config_option, json_option

if TYPE_CHECKING:
    from interlock.core.audit import AuditLog


@click.group()
def audit() -> None:
    """Read and verify the record of everything asked and done."""


@audit.command(epilog="\b\nExample:\n  interlock audit verify")
@config_option
@json_option
def verify(config: Path | None, as_json: bool) -> None:
    """Walk the hash chain; exit code 1 and the first broken record when it does not hold."""
    with _log(config) as log:
        found = log.verify()
    if as_json:
        said = {"records": found.records, "head": found.head, "intact": found.intact}
        click.echo(json.dumps({**said, "broken_at": found.broken_at, "problem": found.problem}))
    elif found.intact:
        click.echo(f"ok: {found.records} records, head {found.head[:16]}")
    if not found.intact:
        raise InterlockError(
            f"the record does not hold: {found.problem}", hint="keep a copy of the database as it is"
        )


@audit.command(epilog="\b\nExample:\n  interlock audit tail -n 5 --json")
@click.option("-n", "count", default=20, show_default=True, help="How many records.")
@config_option
@json_option
def tail(count: int, config: Path | None, as_json: bool) -> None:
    """Print the newest records."""
    with _log(config) as log:
        records = log.tail(count)
    for record in records:
        body = json.dumps(record.body, sort_keys=True)
        row = {
            "seq": record.seq,
            "at": record.at,
            "kind": record.kind,
            "body": record.body,
            "hash": record.hash,
        }
        click.echo(json.dumps(row) if as_json else f"{record.seq} {record.at} {record.kind} {body}")
    if not records and not as_json:
        click.echo("no records yet: nothing was asked with this state directory")


@contextmanager
def _log(config: Path | None) -> Iterator[AuditLog]:
    from interlock.core.audit import AuditLog
    from interlock.core.clock import SystemClock
    from interlock.core.settings import load_settings
    from interlock.core.settings.load import state_dir
    from interlock.core.store import open_configured

    store = open_configured(load_settings(config), state_dir(os.environ))
    try:
        yield AuditLog(store, SystemClock())
    finally:
        store.close()
