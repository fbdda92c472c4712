"""The card: what an approver reads. Made by code from the preview alone, redacted; no model's or requester's words in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

from pydantic import JsonValue, TypeAdapter

from interlock.approvals.action import Action
from interlock.approvals.normal import escaped
from interlock.approvals.proposal import Proposal, text_of, time_of
from interlock.approvals.radius import BlastRadius
from interlock.approvals.words import ArgsT, Preview
from interlock.core.policy.changes import Need
from interlock.core.redaction import Redactor
from interlock.core.unseen import unseen

SHOWN_DIGEST = 12
"""Characters of the digest that every surface shows, so that two of them can be compared by eye."""
_MOST_LINES = 200


@dataclass(frozen=True)
class Card:
    """The lines of a card. `digest` is whole; people are shown its first characters."""

    title: str
    target: str
    risk: str
    args: tuple[str, ...]
    diff: tuple[str, ...]
    radius: tuple[str, ...]
    owner: str
    warnings: tuple[str, ...]
    source: str
    requesters: tuple[str, ...]
    automated: bool
    break_glass: bool
    solo: bool
    quorum: str
    undone_by: str
    expires_at: str
    digest: str
    need: Mapping[str, JsonValue]

    @property
    def short(self) -> str:
        """The digest as people compare it."""
        return self.digest[:SHOWN_DIGEST]

    def as_json(self) -> dict[str, JsonValue]:
        """As it is kept and sent."""
        return {key: list(each) if isinstance(each, tuple) else each for key, each in asdict(self).items()}

    def text(self) -> str:
        """The card in plain words."""
        marks = [
            word
            for word, holds in (
                ("BREAK GLASS", self.break_glass),
                ("ONE PERSON ALONE MAY DECIDE (approvals.solo)", self.solo),
                ("requested by automation", self.automated),
            )
            if holds
        ]
        head = [f"{self.title}: {self.target}", *(f"  {mark}" for mark in marks)]
        blocks = {
            "arguments": self.args,
            "changes": self.diff,
            "touches": self.radius,
            "kept by": (self.owner,) if self.owner else (),
            "warnings": self.warnings,
            "undone by": (self.undone_by,),
            "asked by": self.requesters,
            "needs": (self.quorum,),
        }
        told = [line for name, lines in blocks.items() if lines for line in (f"{name}:", *_indented(lines))]
        ends = f"expires {time_of(self.expires_at):%Y-%m-%d %H:%M} UTC"
        return "\n".join(
            [*head, f"risk {self.risk}, preview: {self.source}, proposal {self.short}", *told, ends]
        )


def card_of(
    action: Action[ArgsT], args: ArgsT, preview: Preview, proposal: Proposal, need: Need, redactor: Redactor
) -> Card:
    """The card of a proposal."""

    def clean(text: str) -> str:
        return redactor.clean_text(escaped(text))

    diff = redactor.clean(preview.diff.shown()).text.splitlines()
    left = len(diff) - _MOST_LINES
    if left > 0:
        diff = [*diff[:_MOST_LINES], f"({left} more lines: the proposal's digest covers them)"]
    given = args.model_dump(mode="json")
    return Card(
        title=action.title,
        target=clean(str(preview.target)),
        risk=proposal.risk,
        args=tuple(
            clean(f"{name}: {_plain(value)}") for name, value in given.items() if value not in (None, "", [])
        ),
        diff=tuple(diff),
        radius=tuple(map(clean, _radius(preview.radius))),
        owner=clean(_owned(preview)),
        warnings=tuple(map(clean, preview.warnings)),
        source=preview.source,
        requesters=proposal.requesters,
        automated=proposal.automated,
        break_glass=proposal.break_glass,
        solo=proposal.solo,
        quorum=quorum_words(need, solo=proposal.solo),
        undone_by=action.undone_by,
        expires_at=text_of(proposal.expires_at),
        digest=proposal.digest,
        need={"quorum": need.quorum, "groups": list(need.groups), "channels": [*sorted(need.channels)]},
    )


def read_card(kept: Mapping[str, JsonValue]) -> Card:
    """A card as it was kept.

    Raises:
        ValueError: when it is none: who may add rows may add any.
    """
    card = _adapter().validate_python(kept)
    time_of(card.expires_at)
    return card


@cache
def _adapter() -> TypeAdapter[Card]:
    # Made once: it costs ten times what reading a card does.
    return TypeAdapter(Card)


def quorum_words(need: Need, *, solo: bool = False) -> str:
    """Who has to agree, in words."""
    people = "one person" if need.quorum == 1 else f"{need.quorum} people"
    groups = f", with one of {' and one of '.join(need.groups)}" if need.groups else ""
    minutes = int(need.login_within.total_seconds() // 60)
    others = "the requester too" if solo else "none of whom asked for it"
    return (
        f"{people}{groups}, {others}, over {' or '.join(sorted(need.channels))},"
        f" signed in within {minutes} minutes (rule {need.rule})"
    )


def _plain(value: JsonValue) -> str:
    plain = isinstance(value, str) and not unseen(value) and "\\" not in value
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _indented(lines: tuple[str, ...]) -> list[str]:
    return [f"  {line}" for line in lines]


def _owned(preview: Preview) -> str:
    owner = preview.owner
    if owner is None:
        return ""
    reverts = ", which would undo a change by hand" if owner.reverts else ""
    return f"{owner.system} {owner.name}{reverts}: {owner.evidence}"


def _radius(radius: BlastRadius) -> list[str]:
    said = [f"{len(radius.pods)} pods: {', '.join(radius.pods[:20])}"] if radius.pods else []
    if len(radius.pods) > 20:
        said[0] += f" and {len(radius.pods) - 20} more"
    if radius.replicas_left is not None:
        said.append(f"{radius.replicas_left} ready replicas left meanwhile, at worst")
    said += [f"disruption budget {each.name} allows {each.allowed} now" for each in radius.budgets]
    said += [f"{each.subject}: {each.how}" for each in radius.dependants]
    return [*said, *radius.notes]
