"""One decision at the terminal: which proposal is meant, who decides it, and why.

Threat: something else is approved than was read, or a token leaks through the list of processes. Mechanism: the proposal is
named by its digest, or confirmed after it was shown; a token is read from a file or standard input, never from an argument.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import BadInput, NeedsDecision, Refused
from interlock.surfaces.cli.changes import DONE, code_of, lines_of, shown_of, tell
from interlock.surfaces.cli.ways import Document, Here, Verdict, way_of

if TYPE_CHECKING:
    from interlock.surfaces.cli.options import Source

MOST_TOKEN = 16_384
LEAST_DIGEST = 12


def token_of(file: str | None) -> str:
    """The token in a file, or on standard input for `-`; '' when none is given.

    Raises:
        BadInput: when there is none to read.
    """
    if file is None:
        return ""
    try:
        text = sys.stdin.read(MOST_TOKEN + 1) if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            f"cannot read a token from {file}",
            hint="a file with one line, an OIDC ID token; - is standard input",
        ) from None
    if not text.strip() or len(text) > MOST_TOKEN:
        raise BadInput(f"there is no token in {file}", hint="it is one line: an OIDC ID token")
    return text.strip()


def decision(
    verdict: Verdict,
    id: str,
    source: Source,
    token_file: str | None,
    digest: str | None,
    reason: str,
    *,
    as_json: bool,
) -> int:
    """Take one decision, or say where it is taken; the exit code.

    Raises:
        BadInput: without a reason, or when it is not said which proposal is meant.
        NeedsDecision: without a proof of who decides; it names the page.
    """
    token = token_of(token_file)
    with source.opened() as runtime:
        change = shown_of(runtime, id)
        way = way_of(runtime, token)
        if not token and not (isinstance(way, Here) and way.solo):
            tell(change, as_json=as_json)
            raise _elsewhere(change, verdict)
        named = _meant(change, digest, verdict, asking=not (token_file or "").startswith("-"))
        if not reason.strip():
            raise BadInput("say why: --reason '...'", hint="it goes on record with your decision")
        done = way.decide(id, named, verdict, reason)
    tell(done, as_json=as_json)
    return DONE if verdict == "deny" and done["state"] == "DENIED" else code_of(done)


def _elsewhere(change: Document, verdict: Verdict) -> NeedsDecision:
    link = change["link"]
    hint = "sign in there with the identity provider; or --token-file FILE with a token of a login just now"
    if link:
        return NeedsDecision(f"{verdict} it at {link}", hint=hint)
    return NeedsDecision("this takes a login", hint="set approvals.url, or use --token-file FILE")


def _meant(change: Document, named: str | None, verdict: Verdict, *, asking: bool) -> str:
    """The whole digest of the proposal that is meant: named, or confirmed at the terminal after it was shown."""
    whole = str(change["digest"])
    if not whole:
        raise BadInput(f"{change['id']} is {change['state']}: there is no proposal to {verdict}")
    if named is None and asking and sys.stdin.isatty():
        for line in lines_of(change):
            click.echo(line, err=True)
        click.confirm(f"\n{verdict} {whole[:LEAST_DIGEST]}?", abort=True, err=True)
        return whole
    if named is None:
        raise BadInput(
            "say which proposal you mean", hint=f"--digest {whole[:LEAST_DIGEST]}, once you have read it"
        )
    if len(named) < LEAST_DIGEST or not whole.startswith(named.lower()):
        raise Refused(
            f"{named} is not the digest of {change['id']} as it is now",
            rule="digest",
            hint=f"at least its first {LEAST_DIGEST} characters: interlock show {change['id']}",
        )
    return whole
