"""`interlock audit`: the record, whether it holds, and what of it goes elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import BadInput, InterlockError, NotFound
from interlock.surfaces.cli.commands.audit_people import forget, hold, holds, release
from interlock.surfaces.cli.options import config_option, json_option

if TYPE_CHECKING:
    from interlock.core.audit import Record
    from interlock.core.audit.formats import Format

FORMATS = click.Choice(["jsonl", "ocsf", "cef"])


@click.group()
def audit() -> None:
    """Read, verify, seal and export the record of everything asked and done."""


@audit.command(
    epilog="\b\nExamples:\n  interlock audit verify\n  interlock audit verify --public-key audit.pub --json"
)
@click.option(
    "--public-key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Check checkpoints with this key instead of the one beside the database.",
)
@config_option
@json_option
def verify(config: Path | None, as_json: bool, public_key: Path | None) -> None:
    """Walk the hash chain and hold it against the signed checkpoints; exit code 1 when it does not hold."""
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        seals, problems = record.checkpoints(public_key)
        found = record.log.verify(seals)
    for problem in problems:
        click.echo(f"not looked at: {problem}", err=True)
    if as_json:
        said = {"records": found.records, "head": found.head, "intact": found.intact, "sealed": found.sealed}
        click.echo(json.dumps({**said, "broken_at": found.broken_at, "problem": found.problem}))
    elif found.intact:
        open_end = found.records - (found.sealed or 0)
        sealed = f"sealed up to {found.sealed}" if found.sealed else "not sealed yet"
        click.echo(f"ok: {found.records} records, head {found.head[:16]}, {sealed}, {open_end} after it")
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
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        records = [record.named(item) for item in record.log.tail(count)]
        record.read("tail", {"records": len(records)})
    for item in records:
        click.echo(_shown(item, as_json=as_json))
    if not records and not as_json:
        click.echo("no records yet: nothing was asked with this state directory")


@audit.command(epilog="\b\nExample:\n  interlock audit show 17")
@click.argument("seq", type=click.IntRange(min=1))
@config_option
def show(seq: int, config: Path | None) -> None:
    """Print one record whole."""
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        found = next(record.log.since(seq - 1, most=1), None)
        if found is None or found.seq != seq:
            raise NotFound(f"there is no record {seq}")
        record.read("show", {"seq": seq})
        named = record.named(found)
    from interlock.core.audit.formats import plain

    click.echo(json.dumps(plain(named), indent=2, sort_keys=True))


@audit.command(
    epilog="\b\nExamples:\n  interlock audit export --format ocsf -o audit.ndjson\n  interlock audit export --since 1000"
)
@click.option("--format", "form", type=FORMATS, default="jsonl", show_default=True)
@click.option("--since", default=0, help="Only records after this number.")
@click.option("--names", is_flag=True, help="Write the names that are still known in place of pseudonyms.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="A new file.")
@config_option
def export(form: Format, since: int, names: bool, output: Path | None, config: Path | None) -> None:
    """Write the record as JSON lines, OCSF or CEF, one line each."""
    from interlock.core.audit.formats import rendered
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        if output is not None and output.exists():
            raise BadInput(f"{output} exists", hint="name a new file")
        count = 0
        out = output.open("w", encoding="utf-8") if output else sys.stdout
        try:
            for item in record.log.since(since):
                out.write(rendered(record.named(item) if names else item, form) + "\n")
                count += 1
        finally:
            if output:
                out.close()
        record.read("export", {"format": form, "since": since, "records": count, "names": names})
    click.echo(f"{count} records", err=True)


@audit.command(epilog="\b\nExample:\n  interlock audit checkpoint")
@config_option
def checkpoint(config: Path | None) -> None:
    """Seal the record as it is now, in every configured place."""
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        sealed = record.seal()
    click.echo(f"sealed {sealed.size} records, head {sealed.head[:16]}, key {sealed.key}")


@audit.command(epilog="\b\nExample:\n  interlock audit key > audit.pub")
@config_option
def key(config: Path | None) -> None:
    """Print the public key that checkpoints verify with; keep it where the database is not."""
    from interlock.core.audit.keys import public_pem
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        click.echo(public_pem(record.key().public_key()), nl=False)


@audit.command(epilog="\b\nExample:\n  interlock audit push")
@config_option
def push(config: Path | None) -> None:
    """Send what the configured SIEM does not have yet; `interlock serve` does so by itself."""
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        done = record.pushed()
    if done.problem:
        raise InterlockError(f"sent {done.sent} records; then {done.problem}", hint="run it again later")
    click.echo(f"sent {done.sent} records, up to {done.seq}")


for command in (forget, hold, holds, release):
    audit.add_command(command)


def _shown(item: Record, *, as_json: bool) -> str:
    if as_json:
        row = {"seq": item.seq, "at": item.at, "kind": item.kind, "body": item.body, "hash": item.hash}
        return json.dumps(row)
    return f"{item.seq} {item.at} {item.kind} {json.dumps(item.body, sort_keys=True)}"
