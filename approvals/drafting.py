"""Makes a proposal of a request: looks, asks policy and cluster about the requester, previews, counts, and puts it on a card.

Nothing is kept here and nothing is changed; what is refused here is refused before anybody is asked to decide.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from interlock.approvals.action import Action
from interlock.approvals.card import Card, card_of
from interlock.approvals.catalogue import find_action
from interlock.approvals.doors import Door, Doors
from interlock.approvals.force import Force, What, check_request
from interlock.approvals.ledger import Kept, Ledger
from interlock.approvals.proposal import Proposal, Request
from interlock.approvals.rights import needed
from interlock.approvals.standing import need_of
from interlock.approvals.words import ArgsT, Preview
from interlock.core.errors import Refused
from interlock.core.identity import Principal
from interlock.core.policy.changes import over_cap, owned_allowed
from interlock.core.redaction import Redactor


@dataclass(frozen=True)
class Made:
    """A proposal with its card."""

    proposal: Proposal
    card: Card


class Drafter:
    """Makes proposals."""

    def __init__(self, ledger: Ledger, doors: Doors, redactor: Redactor) -> None:
        self._ledger = ledger
        self._doors = doors
        self._redactor = redactor

    def made(self, kept: Kept, request: Request, force: Force) -> Made:
        """The proposal and its card.

        Raises:
            InterlockError: whatever speaks against it, as it is known.
        """
        action: Action[Any] = find_action(request.action)
        args = action.fixed(action.parse(request.args), kept.requested_at)
        target, risk = action.target(args), action.risk(args)
        what = What(request.action, risk, target.cluster, target.namespace)
        asking = Principal(
            force.canonical(request.requester),
            "service" if request.automated else "person",
            surface=request.surface,
        )
        check_request(force, asking, what, break_glass=request.break_glass)
        door = self._doors.open(target.cluster)
        case = force.case(what, automated=request.automated, break_glass=request.break_glass)
        owned = owned_allowed(force.changes, case)
        seen = action.look(args, door.sight)
        door.rights.check(asking.id, sorted(force.groups_of(asking.id)), needed(action, args, seen))
        preview = _previewed(action, args, door, owned=owned)
        pods = len(preview.radius.pods)
        case = force.case(what, automated=request.automated, break_glass=request.break_glass, pods=pods)
        now = self._ledger.clock.now()
        if over := over_cap(force.changes, case, (), now):
            raise Refused(over, rule="cap")
        proposal = Proposal(
            id=kept.id,
            action=request.action,
            args=args.model_dump(mode="json", exclude_unset=True),
            target=target,
            risk=risk,
            source=preview.source,
            preconditions=preview.preconditions,
            diff=preview.diff.digest,
            pods=pods,
            requesters=(*request.requesters, *request.aliases),
            automated=request.automated,
            break_glass=request.break_glass,
            owned=bool(preview.owner and preview.owner.reverts),
            solo=force.solo,
            policy=force.version,
            record=self._ledger.audit.size(),
            made_at=now,
            expires_at=now,
            nonce=secrets.token_hex(16),
        )
        need = need_of(proposal, force)
        proposal = replace(proposal, expires_at=now + need.max_age)
        return Made(proposal, card_of(action, args, preview, proposal, need, self._redactor))


def _previewed(action: Action[ArgsT], args: ArgsT, door: Door, *, owned: bool) -> Preview:
    if door.previewer is None:
        return action.pure_preview(args, door.sight, allow_owned=owned)
    return action.preview(args, door.sight, door.previewer, allow_owned=owned)
