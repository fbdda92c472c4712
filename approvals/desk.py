"""Where changes are asked for and looked at. All that the chat side holds: it may add requests, and nothing else.

Threat: a requester, model or alert that makes something happen. Mechanism: a request is a row without effect; arguments
are typed, policy is asked, the requesters are put on record. Guarantee: nothing here previews, decides or executes.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import JsonValue, TypeAdapter

from interlock.approvals.action import Action
from interlock.approvals.card import read_card
from interlock.approvals.catalogue import find_action
from interlock.approvals.changes import Change, Outcome
from interlock.approvals.decisions import Signed, read_unchecked
from interlock.approvals.force import Rules, What, check_request
from interlock.approvals.journal import read_intent
from interlock.approvals.ledger import Kept, Ledger
from interlock.approvals.proposal import Request, read_request
from interlock.approvals.states import OPEN, State, WrongState
from interlock.approvals.words import Args
from interlock.core.errors import BadInput, Refused, UnknownName
from interlock.core.identity import Principal
from interlock.core.policy import Ask, enforce
from interlock.core.policy.ask import ruled
from interlock.core.redaction import Redactor

WAITS = timedelta(minutes=15)
"""How long a request waits for its preview."""
MOST_REASON = 1_000
MOST_OPEN = 20
"""Changes that one requester may have open at once: approvers read every card."""
TOOL = "proposals"
"""What reading changes is called in policy."""


class Desk:
    """Asks for changes, and shows them."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        redactor: Redactor,
        *,
        url: str = "",
        asked: Callable[[str], Change] | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            ledger: where requests are kept.
            rules: what is in force now.
            redactor: cleans the requester's words.
            url: where people decide.
            asked: previews a new request where this process may; otherwise it waits for the one that does.
        """
        self._ledger = ledger
        self._asked = asked or self.change
        self._rules = rules
        self._redactor = redactor
        self._url = url.rstrip("/")

    def request(
        self,
        principal: Principal,
        action: str,
        args: Mapping[str, JsonValue],
        *,
        reason: str,
        conversation: str = "",
        also: Sequence[str] = (),
        automated: bool = False,
        break_glass: bool = False,
    ) -> Change:
        """Ask for a change.

        Args:
            principal: who asks.
            action: of the catalogue.
            args: its arguments.
            reason: why, in the requester's words.
            conversation: where its outcome is told.
            also: everybody else who fed that conversation: none of them may approve.
            automated: no person asked; services always count as such.
            break_glass: past a freeze, where policy allows it.

        Raises:
            UnknownName, BadInput: for an action or arguments that do not exist.
            Refused: by policy, or while changes are halted.
            StoreFailed: when it could not be put on record.
            Unreachable: when it could not be previewed now; the request stays for a while, to be tried again.
        """
        found = find_action(action)
        typed = found.parse(args)
        said = self._redactor.clean_text(reason.strip()[:MOST_REASON]).strip()
        if not said:
            raise BadInput("a change needs a reason", hint="say why: --reason '...'")
        force = self._rules()
        target = found.target(typed)
        what = What(action, found.risk(typed), target.cluster, target.namespace)
        first = force.canonical(principal.id)
        check_request(force, replace(principal, id=first), what, break_glass=break_glass)
        self._check_flood(first)
        ids = [principal.id, *(each for each in also if each)]
        fed = dict.fromkeys(map(force.canonical, ids))
        asked = Request(
            action=action,
            args=_given(typed),
            requesters=tuple(fed),
            reason=said,
            surface=principal.surface,
            automated=automated or principal.kind != "person",
            break_glass=break_glass,
            aliases=tuple(dict.fromkeys(each for each in ids if each not in fed)),
        )
        id = f"chg-{secrets.token_hex(6)}"
        self._ledger.add(
            id,
            asked,
            cluster=target.cluster,
            namespace=target.namespace,
            conversation=conversation,
            expires_at=self._ledger.clock.now() + min(WAITS, force.changes.request_max_age),
        )
        try:
            return self._asked(id)
        except WrongState:
            return self.change(id)  # the worker was faster

    def undo(self, principal: Principal, id: str, *, reason: str, conversation: str = "") -> Change:
        """Ask for what would undo a change that was made: a request like any other.

        Raises:
            BadInput: when nothing was changed, or nothing would undo it.
            InterlockError: as `request`.
        """
        made = self.get(principal, id)
        kept, _ = self._ledger.get(id)
        if not made.outcome or not made.outcome.changed or kept.intent is None:
            raise BadInput(f"{id} changed nothing that is known: there is nothing to undo")
        inverse = read_intent(kept.intent).inverse
        if inverse.action is None:
            raise BadInput(f"nothing undoes {id}: {inverse.reason}")
        return self.request(principal, inverse.action, inverse.args, reason=reason, conversation=conversation)

    def get(self, principal: Principal, id: str) -> Change:
        """One change.

        Raises:
            NotFound: when there is none.
            Refused: when the principal may not read there.
        """
        kept, decisions = self._ledger.get(id)
        enforce(self._rules().policy, principal, _reading(kept))
        return self._shown(kept, decisions)

    def list(
        self, principal: Principal, *, states: Collection[State] = (), limit: int = 50
    ) -> Sequence[Change]:
        """The changes that the principal may see, newest first."""
        policy = self._rules().policy
        kept = self._ledger.in_states(states, limit=max(limit, 1))
        found: list[Change] = []
        for each in kept:
            # One row that makes no sense hides no other.
            with suppress(BadInput, UnknownName):
                if ruled(policy, principal, _reading(each)).allowed:
                    found.append(self.change(each.id))
        return found

    def history(self, principal: Principal, id: str) -> Sequence[dict[str, JsonValue]]:
        """What happened to a change, oldest first."""
        self.get(principal, id)
        return [{**vars(each)} for each in self._ledger.history(id)]

    def link(self, change: Change) -> str:
        """The page where people decide; '' when none is configured."""
        return f"{self._url}/changes/{change.id}" if self._url else ""

    def halted(self) -> str:
        """Why everything is halted; '' when it is not."""
        return self._ledger.halted()

    def halt(self, who: Principal, reason: str) -> str:
        """Stop everything: nothing is decided or executed from here on. The reason as it is kept.

        Raises:
            BadInput: without a reason.
        """
        said = self._redactor.clean_text(reason.strip()[:500]).strip()
        if not said:
            raise BadInput("say why: it is shown to everybody", hint="interlock halt --reason '...'")
        self._ledger.halt(said, by=who.id)
        return said

    def change(self, id: str) -> Change:
        """A change, without asking who looks."""
        return self._shown(*self._ledger.get(id))

    def _shown(self, kept: Kept, decisions: Sequence[Signed]) -> Change:
        made = shown(kept, decisions)
        args, _ = self._redactor.clean_value(dict(made.args))
        return replace(
            made, args=args if isinstance(args, dict) else {}, target=self._redactor.clean_text(made.target)
        )

    def _check_flood(self, requester: str) -> None:
        held = [kept.request.get("requesters") for kept in self._ledger.in_states(OPEN)]
        if sum(isinstance(each, list) and each[:1] == [requester] for each in held) >= MOST_OPEN:
            raise Refused(
                f"{requester} has {MOST_OPEN} changes open", rule="too-many-open", hint="revoke some, or wait"
            )


def shown(kept: Kept, decisions: Sequence[Signed]) -> Change:
    """A row as a change, its arguments as they were given. Nothing follows from it: the decisions are not checked.

    Raises:
        BadInput: when it makes no sense, or cannot be written out again: who may add rows may add any.
    """
    try:
        made = _read(kept, decisions)
        # A number without end or half a character is read, and then stops the answer that it stands in.
        json.dumps(made.as_json(), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, OverflowError, RecursionError):
        raise BadInput(f"{kept.id} holds no change that can be shown") from None
    return made


def _read(kept: Kept, decisions: Sequence[Signed]) -> Change:
    request = read_request(kept.request)
    action: Action[Any] = find_action(request.action)
    return Change(
        id=kept.id,
        state=kept.state,
        action=request.action,
        args=request.args,
        cluster=kept.cluster,
        namespace=kept.namespace,
        target=str(action.target(action.parse(request.args))),
        requesters=request.requesters,
        automated=request.automated,
        surface=request.surface,
        conversation=kept.conversation,
        reason=request.reason,
        break_glass=request.break_glass,
        requested_at=kept.requested_at,
        digest=kept.digest,
        expires_at=kept.expires_at,
        card=read_card(kept.card) if kept.card else None,
        decisions=tuple(map(read_unchecked, decisions)),
        note=kept.note,
        outcome=_outcome(kept.outcome) if kept.outcome else None,
    )


def _outcome(kept: Mapping[str, JsonValue]) -> Outcome:
    return _outcomes().validate_python(kept)


@cache
def _outcomes() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)


def _given(args: Args) -> dict[str, JsonValue]:
    return args.model_dump(mode="json", exclude_unset=True)


def _reading(kept: Kept) -> Ask:
    return Ask(TOOL, kept.cluster, namespace=kept.namespace)
