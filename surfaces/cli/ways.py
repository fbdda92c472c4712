"""Where a command decides: in this process, or at the approvals service by its HTTP API.

Threat: a decision by whoever sits at the terminal. Mechanism: the proof is a token of the identity provider with the time
of a fresh login in it. Guarantee: the user of this machine alone decides nothing, save where `approvals.solo` says so,
which every record then shows.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import quote

import click

from interlock.core.errors import (
    BadInput,
    InterlockError,
    NeedsDecision,
    NotFound,
    NotServed,
    NotSignedIn,
    Refused,
    Unreachable,
)
from interlock.surfaces.cli.changes import approvals_of, person_of, shown_of

if TYPE_CHECKING:
    from interlock.agent.runtime import Runtime
    from interlock.approvals.decisions import Decider
    from interlock.approvals.office import Office
    from interlock.approvals.service import Approvals
    from interlock.core.identity.people import Identified

Document = dict[str, Any]
_ONLY_HERE = "use --token-file FILE: no page does this"
Verdict = Literal["approve", "deny"]


class Way(Protocol):
    """Where changes are decided."""

    def decide(self, id: str, digest: str, verdict: Verdict, reason: str) -> Document:
        """Approve or deny."""

    def revoke(self, id: str, reason: str) -> Document:
        """Take back."""

    def settle(self, id: str, reason: str, *, applied: bool) -> Document:
        """Say what became of it."""

    def halt(self, reason: str) -> None:
        """Stop everything."""

    def resume(self, reason: str) -> None:
        """Go on."""


def way_of(runtime: Runtime, token: str) -> Way:
    """The way that the settings describe.

    Raises:
        NotServed: when changes are off, or nothing says where they are decided.
    """
    from interlock.approvals.settings import ApprovalsSettings

    settings = runtime.parts.settings.section(ApprovalsSettings)
    held = approvals_of(runtime)
    if held.office is not None:
        return Here(runtime, held, held.office, token, solo=settings.solo)
    if not settings.url:
        raise NotServed("changes are decided elsewhere", hint="set approvals.url to that service's address")
    return There(settings.url, token)


class Here:
    """Decisions in this process."""

    def __init__(self, runtime: Runtime, held: Approvals, office: Office, token: str, *, solo: bool) -> None:
        self._runtime = runtime
        self._held = held
        self._office = office
        self._token = token
        self.solo = solo

    def decide(self, id: str, digest: str, verdict: Verdict, reason: str) -> Document:
        """Approve or deny; what is approved is carried out now, in the foreground."""
        done = self._office.decide(self._decider(), id, digest, verdict, reason)
        if done.state == "APPROVED":
            click.echo("- approved; carrying it out and looking at its effect", err=True)
            carry_out(self._held, id)
        return shown_of(self._runtime, id)

    def revoke(self, id: str, reason: str) -> Document:
        """Take back: whoever asked may, without a fresh login; it can only stop something."""
        self._office.revoke(self._person(), id, reason)
        return shown_of(self._runtime, id)

    def settle(self, id: str, reason: str, *, applied: bool) -> Document:
        """Say what became of it."""
        self._office.settle(self._decider(), id, applied=applied, reason=reason)
        return shown_of(self._runtime, id)

    def halt(self, reason: str) -> None:
        """Stop everything: whoever holds this database may."""
        self._office.halt(self._person().principal, reason)

    def resume(self, reason: str) -> None:
        """Go on."""
        self._office.resume(self._decider(hint=_ONLY_HERE), reason)

    def _person(self) -> Identified:
        return self._decider().who if self._token else person_of(self._runtime)

    def _decider(self, hint: str = "use --token-file FILE, or the page") -> Decider:
        from interlock.approvals.decisions import Decider
        from interlock.core.clock import SystemClock
        from interlock.core.identity.oidc import Issuer
        from interlock.core.identity.people import People
        from interlock.core.identity.settings import IdentitySettings
        from interlock.core.outbound import Outbound

        if not self._token:
            if not self.solo:
                raise NeedsDecision("this takes a login, not the user of this machine", hint=hint)
            return Decider(self._person(), None, "", "cli")
        identity = self._runtime.parts.settings.section(IdentitySettings)
        if identity.oidc is None:
            raise BadInput("no identity provider is configured", hint="set identity.oidc")
        claims = Issuer(identity.oidc, Outbound(), SystemClock()).verified(self._token)
        if claims.delegated:
            raise BadInput("an access token decides nothing", hint="give the ID token of a login")
        if claims.auth_time is None:
            raise NotSignedIn(
                "the token does not say when you signed in", hint="the issuer must send auth_time"
            )
        who = People(identity.people).identified(claims.principal("cli"))
        return Decider(who, datetime.fromtimestamp(claims.auth_time, UTC), claims.acr, "cli")


def carry_out(held: Approvals, id: str) -> None:
    """Execute in a thread, so that Ctrl-C stops it where it can be taken up, and never in the middle of a request.

    Raises:
        KeyboardInterrupt: once it has stopped.
        InterlockError: as the execution did.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as alone:
        try:
            alone.submit(_executed, held, id).result()
        except KeyboardInterrupt:
            click.echo(f"- stopping where it can be taken up; then see: interlock show {id}", err=True)
            if held.worker:
                held.worker.stop()
            raise


def _executed(held: Approvals, id: str) -> None:
    from interlock.approvals.standing import NotNow
    from interlock.approvals.states import WrongState

    try:
        held.execute(id)
    except WrongState:
        return  # a worker of another process was faster
    except NotNow as error:
        error.hint = "it is approved: `interlock serve` or `interlock approvals` makes it as soon as it may"
        raise


class There:
    """Decisions at the approvals service."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def decide(self, id: str, digest: str, verdict: Verdict, reason: str) -> Document:
        """Approve or deny."""
        said: Document = {"digest": digest, "verdict": verdict, "reason": reason}
        return self._post(f"changes/{quote(id, safe='')}/decisions", said)

    def revoke(self, id: str, reason: str) -> Document:
        """Take back."""
        return self._post(f"changes/{quote(id, safe='')}/revoke", {"reason": reason})

    def settle(self, id: str, reason: str, *, applied: bool) -> Document:
        """Say what became of it."""
        return self._post(f"changes/{quote(id, safe='')}/settle", {"applied": applied, "reason": reason})

    def halt(self, reason: str) -> None:
        """Stop everything."""
        self._post("halt", {"reason": reason})

    def resume(self, reason: str) -> None:
        """Go on."""
        self._post("resume", {"reason": reason})

    def _post(self, path: str, said: Document) -> Document:
        from interlock.core.outbound import Outbound

        if not self._token:
            on_a_page = path.startswith("changes/")
            hint = f"open {self._url}/changes, or use --token-file FILE" if on_a_page else _ONLY_HERE
            raise NeedsDecision(f"changes are decided at {self._url}", hint=hint)
        out = Outbound(headers={"authorization": f"Bearer {self._token}"}, seconds=60)
        try:
            status, body = out.exchanged("POST", f"{self._url}/api/v1/{path}", json.dumps(said).encode())
        except Unreachable as error:
            error.hint = error.hint or "is `interlock approvals` running there? see approvals.url"
            raise
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unreachable(f"{self._url} answers in another language (HTTP {status})")
        if status >= 400:
            raise _error(status, answer)
        return answer


def _error(status: int, answer: Document) -> InterlockError:
    message, hint = str(answer.get("error") or f"HTTP {status}"), answer.get("hint")
    told = str(hint) if hint else None
    kinds: dict[int, type[InterlockError]] = {
        400: BadInput,
        401: NotSignedIn,
        404: NotFound,
        503: Unreachable,
    }
    if status == 403:
        text, _, rule = message.removesuffix(")").partition(" (rule: ")
        return Refused(text, rule=rule or "refused", hint=told)
    return kinds.get(status, InterlockError)(message, hint=told)
