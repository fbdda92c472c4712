"""Silence alerts in Alertmanager for a time, and end such a silence."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.errors import NothingToDo
from interlock.approvals.normal import STAMP
from interlock.approvals.radius import BlastRadius
from interlock.approvals.sight import NOTHING, Seen, Sight
from interlock.approvals.words import (
    Args,
    Intent,
    Inverse,
    Preconditions,
    Risk,
    Settled,
    Target,
    Verdict,
    verdict,
)
from interlock.approvals.writes import CreateSilence, ExpireSilence
from interlock.core.clock import format_time, parse_time
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.errors import BadInput, NotFound

_TIME = r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$"
_LONG = timedelta(hours=4)
_LONGEST = timedelta(days=7)
_AUTHOR = "interlock"


class Matcher(BaseModel):
    """One condition on a label of an alert."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,127}$", description="the label")
    value: str = Field(max_length=1000, description="its value, or an expression")
    is_regex: bool = Field(default=False, description="whether the value is a regular expression")
    is_equal: bool = Field(default=True, description="false: the label must not match")


class SilenceArgs(Args):
    """Which alerts, how long, and why."""

    matchers: list[Matcher] = Field(
        min_length=1, max_length=20, description="an alert must match all of them"
    )
    minutes: int | None = Field(default=None, ge=1, description="how long; at most seven days")
    comment: str = Field(min_length=3, max_length=500, description="why")
    starts_at: str = Field(default="", pattern=_TIME, description="from when; left out, from the request on")
    ends_at: str = Field(default="", pattern=_TIME, description="until when, in place of minutes")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.minutes is None and not self.ends_at:
            raise ValueError("name minutes or ends_at")
        if self.minutes is not None and self.ends_at and _length(self) != timedelta(minutes=self.minutes):
            raise ValueError("minutes and ends_at say different things")
        if self.starts_at or self.minutes is not None:
            length = _length(self)
            if not timedelta(0) < length <= _LONGEST:
                raise ValueError("it has to end after it starts, and within seven days")
        return self

    @model_validator(mode="after")
    def _narrow(self) -> Self:
        # Alertmanager itself refuses matchers that all match the empty string; one label has to be named outright.
        if not any(each.is_equal and each.value and not each.is_regex for each in self.matchers):
            raise ValueError("at least one matcher has to name a label's exact value")
        return self


class ExpireArgs(Args):
    """Which silence."""

    id: str = Field(
        default="",
        pattern=r"^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?$",
        description="its id",
    )
    proposal: str = Field(
        default="", pattern=r"^([0-9a-f]{64})?$", description="or the digest of the proposal that made it"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.id) is bool(self.proposal):
            raise ValueError("name id or proposal, one of them")
        return self


class Silence(Action[SilenceArgs]):
    """Keep Alertmanager from notifying about some alerts for a time. Nothing is repaired by it."""

    name = "silence"
    title = "Silence alerts"
    effect_is = "Alertmanager holds the silence"
    undone_by = "silence-expire"
    risks = ("medium", "high")
    ownable = False
    args = SilenceArgs

    @override
    def risk(self, args: SilenceArgs) -> Risk:
        return "medium" if timedelta(0) < _length(args) <= _LONG else "high"

    @override
    def fixed(self, args: SilenceArgs, now: datetime) -> SilenceArgs:
        started = args if args.starts_at else args.model_copy(update={"starts_at": format_time(now)})
        ended = format_time(parse_time(started.starts_at) + _length(started))
        return self.parse(started.model_dump() | {"ends_at": ended})

    @override
    def target(self, args: SilenceArgs) -> Target:
        return Target(args.cluster, "silences", "", ",".join(each.name for each in args.matchers))

    @override
    def look(self, args: SilenceArgs, sight: Sight) -> Seen:
        if not (args.starts_at and args.ends_at):
            raise BadInput("a silence without start and end was not fixed when it was requested")
        if parse_time(args.ends_at) <= sight.clock.now():
            raise BadInput("this silence would be over already", hint="request it again")
        return Seen(NOTHING, {})

    @override
    def write(self, args: SilenceArgs, seen: Seen) -> CreateSilence:
        matchers: list[JsonValue] = [
            {"name": m.name, "value": m.value, "isRegex": m.is_regex, "isEqual": m.is_equal}
            for m in args.matchers
        ]
        body: dict[str, JsonValue] = {
            "matchers": matchers,
            "startsAt": args.starts_at,
            "endsAt": args.ends_at,
            "createdBy": _AUTHOR,
            "comment": args.comment,
        }
        return CreateSilence(body)

    @override
    def effect(self, args: SilenceArgs, sight: Sight, intent: Intent) -> Verdict:
        found = made_by(sight, intent.digest)
        if found is None:
            return verdict("failed", "Alertmanager holds no silence of this proposal")
        state = found.text("status", "state")
        there = state in ("active", "pending")
        return verdict("verified" if there else "failed", f"silence {found.text('id')} is {state}")

    @override
    def inverse(self, args: SilenceArgs, before: Seen, digest: Digest) -> Inverse:
        return Inverse("silence-expire", {"cluster": args.cluster, "proposal": digest})

    @override
    def radius(self, args: SilenceArgs, seen: Seen, sight: Sight) -> BlastRadius:
        firing = [alert for alert in map(Node, sight.alertmanager.alerts()) if _matches(alert, args.matchers)]
        return BlastRadius(notes=(f"{len(firing)} alerts that are firing now match",))

    @override
    def settle(
        self, args: SilenceArgs, sight: Sight, preconditions: Preconditions, digest: Digest
    ) -> Settled:
        return "applied" if made_by(sight, digest) else "not applied"


class SilenceExpire(Action[ExpireArgs]):
    """End a silence now, so that its alerts notify again."""

    name = "silence-expire"
    title = "End a silence"
    effect_is = "the silence is expired"
    undone_by = "silence for the time that was left"
    risks = ("low",)
    ownable = False
    args = ExpireArgs

    @override
    def target(self, args: ExpireArgs) -> Target:
        return Target(args.cluster, "silences", "", args.id or f"of {args.proposal[:10]}")

    @override
    def look(self, args: ExpireArgs, sight: Sight) -> Seen:
        found = _held(args, sight)
        if found.text("status", "state") == "expired":
            raise NothingToDo(f"silence {found.text('id')} has ended already")
        shown = {key: value for key, value in found.raw.items() if key not in ("status", "updatedAt")}
        identity: dict[str, JsonValue] = {"uid": found.text("id"), "name": found.text("id")}
        return Seen(KubeObject(shown | {"kind": "Silence", "metadata": identity}), shown)

    @override
    def write(self, args: ExpireArgs, seen: Seen) -> ExpireSilence:
        return ExpireSilence(seen.object.text("id"))

    @override
    def effect(self, args: ExpireArgs, sight: Sight, intent: Intent) -> Verdict:
        found = _held(args, sight)
        state = found.text("status", "state")
        return verdict(
            "verified" if state == "expired" else "failed", f"silence {found.text('id')} is {state}"
        )

    @override
    def inverse(self, args: ExpireArgs, before: Seen, digest: Digest) -> Inverse:
        was = before.object
        matchers: list[JsonValue] = [_as_args(each) for each in was.nodes("matchers")]
        comment = re.sub(rf" \[{re.escape(STAMP)}=[0-9a-f]*\]", "", was.text("comment"))[:500]
        times: dict[str, JsonValue] = {
            "starts_at": format_time(parse_time(was.text("startsAt"))),
            "ends_at": format_time(parse_time(was.text("endsAt"))),
        }
        known: dict[str, JsonValue] = {"cluster": args.cluster, "matchers": matchers, "comment": comment}
        return Inverse("silence", known | times)

    @override
    def radius(self, args: ExpireArgs, seen: Seen, sight: Sight) -> BlastRadius:
        return BlastRadius()

    @override
    def settle(self, args: ExpireArgs, sight: Sight, preconditions: Preconditions, digest: Digest) -> Settled:
        # Expiring twice is one expiry; whose it was leaves no trace and does not matter.
        return "applied" if _held(args, sight).text("status", "state") == "expired" else "not applied"


def made_by(sight: Sight, digest: str) -> Node | None:
    """The silence that a proposal made."""
    stamp = f"[{STAMP}={digest}]"
    held = map(Node, sight.alertmanager.silences())
    return next((each for each in held if stamp in each.text("comment")), None)


def _held(args: ExpireArgs, sight: Sight) -> Node:
    if args.proposal:
        found = made_by(sight, args.proposal)
    else:
        found = next((s for s in map(Node, sight.alertmanager.silences()) if s.text("id") == args.id), None)
    if found is None:
        raise NotFound(f"Alertmanager holds no silence {args.id or f'of proposal {args.proposal[:10]}'}")
    return found


def _length(args: SilenceArgs) -> timedelta:
    if args.ends_at and args.starts_at:
        return parse_time(args.ends_at) - parse_time(args.starts_at)
    return timedelta(minutes=0 if args.ends_at else args.minutes or 0)


def _as_args(matcher: Node) -> dict[str, JsonValue]:
    return {
        "name": matcher.text("name"),
        "value": matcher.text("value"),
        "is_regex": bool(matcher.flag("isRegex")),
        "is_equal": matcher.flag("isEqual") is not False,
    }


def _matches(alert: Node, matchers: list[Matcher]) -> bool:
    labels = alert.strings("labels")
    return all(_match(labels.get(each.name, ""), each) is each.is_equal for each in matchers)


def _match(value: str, matcher: Matcher) -> bool:
    if not matcher.is_regex:
        return value == matcher.value
    import re2

    # RE2 is what Alertmanager itself uses, anchored at both ends.
    return bool(re2.fullmatch(matcher.value, value))


ACTIONS = (Silence(), SilenceExpire())
