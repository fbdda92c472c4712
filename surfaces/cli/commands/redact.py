"""`interlock redact`: the same redactor every tool result passes, for files and pipes."""

from __future__ import annotations

import json
import sys

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import json_option


@click.command(
    epilog="\b\nExamples:\n"
    "  kubectl describe pod api-1 | interlock redact\n"
    "  interlock redact --json < app.log\n"
    "  interlock redact --batch --json < lines.jsonl"
)
@json_option
@click.option("--batch", is_flag=True, help="Read JSON lines {id, text}; write {id, text, spans} a line.")
def redact(as_json: bool, batch: bool) -> None:
    """Replace secrets and card numbers in standard input.

    Placeholders are stable: the same secret gets the same one within a run.
    """
    from interlock.core.redaction import Redactor
    from interlock.core.untrusted import Untrusted

    redactor = Redactor()
    stream = sys.stdin.buffer
    if not batch:
        done = redactor.clean(Untrusted(stream.read().decode("utf-8", errors="replace")))
        spans = [{"start": s.start, "end": s.end, "kind": s.kind} for s in done.spans]
        click.echo(json.dumps({"text": done.text, "spans": spans}) if as_json else done.text, nl=as_json)
        return
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = row["text"]
        except (ValueError, KeyError, TypeError):
            raise BadInput(f"line {number} is not a JSON object with id and text") from None
        done = redactor.clean(Untrusted(str(text)))
        spans = [{"start": s.start, "end": s.end, "kind": s.kind} for s in done.spans]
        click.echo(json.dumps({"id": row.get("id"), "text": done.text, "spans": spans}))
    sys.stdout.flush()
