"""Silences on a real Alertmanager: made with the stamp, verified, ended, made again; nothing else can be done to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from acting.alertmanager import alertmanager, asked, program
from acting.stage import DIGESTS, Around
from fakes.scripted_api import Answer, scripted

from interlock.approvals.alertmanager import AlertmanagerReads
from interlock.approvals.canonical import Digest
from interlock.approvals.catalogue import find_action
from interlock.approvals.errors import Answered, NothingToDo, OutcomeUnknown
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.normal import STAMP
from interlock.approvals.sight import Fields, Sight
from interlock.approvals.words import Applied, Intent
from interlock.core.clock import FixedClock, SystemClock, format_time
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import BadInput, NotFound, Unreachable

ASKED: dict[str, Any] = {
    "cluster": "test",
    "matchers": [
        {"name": "alertname", "value": "PodDown"},
        {"name": "pod", "value": "web-.*", "is_regex": True},
    ],
    "minutes": 60,
    "comment": "known: https://example.org/1",
}
NOWHERE = Endpoint("http://127.0.0.1:1")


@dataclass
class Desk:
    """An Alertmanager and both doors to it."""

    url: str
    mutator: HttpMutator
    intents: list[Intent] = field(default_factory=list)

    @property
    def sight(self) -> Sight:
        return Sight(SystemClock(), Around(), silences=AlertmanagerReads(self.url))

    def apply(self, name: str, given: Any, digest: str = "") -> Applied:
        action = find_action(name)
        args = action.fixed(action.parse(given), datetime.now(UTC))
        held = action.preconditions(action.look(args, self.sight))
        named = Digest(digest or next(DIGESTS))
        return action.apply(self.mutator, args, self.sight, held, named, self.intents.append)

    def effect(self, name: str, given: Any, applied: Applied) -> str:
        action = find_action(name)
        args = action.fixed(action.parse(given), datetime.now(UTC))
        return action.effect(args, self.sight, applied.intent).state

    def silences(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = asked(self.url, "GET", "/api/v2/silences")
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = program()
    if path is None:
        pytest.skip("not run: no Alertmanager (Debian: prometheus-alertmanager)")
    with alertmanager(path, tmp_path_factory.mktemp("alertmanager")) as url:
        yield url


@pytest.fixture
def desk(running: str) -> Iterator[Desk]:
    with closing(HttpMutator(NOWHERE, alertmanager=Endpoint(running))) as mutator:
        yield Desk(running, mutator)


def fire(url: str, **labels: str) -> None:
    asked(url, "POST", "/api/v2/alerts", [{"labels": labels}])


def test_a_silence_is_previewed_made_verified_ended_and_made_again(desk: Desk) -> None:
    fire(desk.url, alertname="PodDown", pod="web-1")
    fire(desk.url, alertname="PodDown", pod="other-1")
    action = find_action("silence")
    args = action.fixed(action.parse(ASKED), datetime.now(UTC))
    before = len(desk.silences())
    shown = action.preview(args, desk.sight, desk.mutator)
    assert shown.source == "reckoned"
    assert shown.diff == action.pure_preview(args, desk.sight).diff
    assert shown.radius.notes == ("1 alerts that are firing now match",)
    assert len(desk.silences()) == before

    applied = desk.apply("silence", args.model_dump())
    assert desk.effect("silence", args.model_dump(), applied) == "verified"
    [made] = [each for each in desk.silences() if applied.intent.digest in each["comment"]]
    assert made["comment"] == f"{ASKED['comment']} [{STAMP}={applied.intent.digest}]"
    assert made["createdBy"] == "interlock"

    inverse = applied.intent.inverse
    assert inverse.action == "silence-expire"
    expire = find_action("silence-expire")
    assert expire.preview(expire.parse(inverse.args), desk.sight, desk.mutator).source == "reckoned"
    ended = desk.apply("silence-expire", inverse.args)
    assert desk.effect("silence-expire", inverse.args, ended) == "verified"
    assert desk.effect("silence", args.model_dump(), applied) == "failed"

    again = ended.intent.inverse
    assert again.action == "silence"
    back = desk.apply("silence", again.args)
    assert desk.effect("silence", again.args, back) == "verified"
    [restored] = [each for each in desk.silences() if back.intent.digest in each["comment"]]
    for same in ("matchers", "endsAt", "createdBy"):
        assert restored[same] == made[same]


def test_a_silence_can_be_ended_by_its_id(desk: Desk) -> None:
    body = {
        "matchers": [{"name": "a", "value": "b", "isRegex": False, "isEqual": True}],
        "startsAt": format_time(datetime.now(UTC)),
        "endsAt": format_time(datetime.now(UTC) + timedelta(hours=1)),
        "createdBy": "alice",
        "comment": "hers",
    }
    made = asked(desk.url, "POST", "/api/v2/silences", body)["silenceID"]
    given = {"cluster": "test", "id": made}
    assert desk.effect("silence-expire", given, desk.apply("silence-expire", given)) == "verified"
    with pytest.raises(NothingToDo, match="ended already"):
        desk.apply("silence-expire", given)


def test_a_silence_that_does_not_exist_is_not_ended(desk: Desk) -> None:
    for given in ({"id": "00000000-0000-0000-0000-000000000000"}, {"proposal": "f" * 64}):
        with pytest.raises(NotFound):
            desk.apply("silence-expire", {"cluster": "test", **given})


def test_what_alertmanager_refuses_is_an_answer(desk: Desk) -> None:
    bad = ASKED | {"matchers": [*ASKED["matchers"], {"name": "x", "value": "(", "is_regex": True}]}
    with pytest.raises(Answered) as refused:
        desk.apply("silence", bad)
    assert refused.value.status == 400


def test_a_silence_of_an_unknown_fate_is_settled_by_its_stamp(desk: Desk) -> None:
    action, digest = find_action("silence"), Digest(next(DIGESTS))
    args = action.fixed(action.parse(ASKED), datetime.now(UTC))
    held = action.preconditions(action.look(args, desk.sight))
    assert action.settle(args, desk.sight, held, digest) == "not applied"
    desk.apply("silence", args.model_dump(), digest)
    assert action.settle(args, desk.sight, held, digest) == "applied"
    expire = find_action("silence-expire")
    by_digest = expire.parse({"cluster": "test", "proposal": digest})
    assert expire.settle(by_digest, desk.sight, held, digest) == "not applied"
    desk.apply("silence-expire", by_digest.model_dump())
    assert expire.settle(by_digest, desk.sight, held, digest) == "applied"


def test_a_server_that_fails_leaves_the_outcome_unknown_and_reads_unreachable() -> None:
    # It answers GET only: a POST ends in 501, which tells nothing.
    with scripted(lambda request: Answer({"not": "a list"})) as (url, _):
        with (
            closing(HttpMutator(NOWHERE, alertmanager=Endpoint(url))) as mutator,
            pytest.raises(OutcomeUnknown),
        ):
            mutator.create_silence(
                dict.fromkeys(("matchers", "startsAt", "endsAt", "createdBy", "comment"), "")
            )
        with pytest.raises(Unreachable, match="does not answer as an Alertmanager"):
            AlertmanagerReads(url).silences()


@dataclass
class Held:
    """What an Alertmanager would hold."""

    firing: Sequence[Fields] = ()

    def silences(self) -> Sequence[Fields]:
        return ()

    def alerts(self) -> Sequence[Fields]:
        return self.firing


@pytest.mark.parametrize(
    ("matcher", "matches"),
    [
        ({"name": "pod", "value": "web", "is_regex": True}, False),
        ({"name": "pod", "value": "web.*", "is_regex": True}, True),
        ({"name": "pod", "value": "web.*", "is_regex": True, "is_equal": False}, False),
        ({"name": "absent", "value": "x", "is_equal": False}, True),
        ({"name": "pod", "value": "web-1"}, True),
    ],
)
def test_the_alerts_that_would_be_silenced_are_counted(matcher: Any, matches: bool) -> None:
    action = find_action("silence")
    given = ASKED | {"matchers": [{"name": "alertname", "value": "PodDown"}, matcher]}
    args = action.fixed(action.parse(given), datetime.now(UTC))
    held = Held([{"labels": {"alertname": "PodDown", "pod": "web-1"}}])
    radius = action.pure_preview(args, Sight(SystemClock(), Around(), silences=held)).radius
    assert radius.notes[0].startswith("1" if matches else "0")


@pytest.mark.parametrize(
    "wrong",
    [
        {"matchers": []},
        {"matchers": [{"name": "pod", "value": ".*", "is_regex": True}]},
        {"matchers": [{"name": "pod", "value": ""}]},
        {"matchers": [{"name": "pod", "value": "x", "is_equal": False}]},
        {"minutes": 0},
        {"minutes": 7 * 24 * 60 + 1},
        {"minutes": None},
        {"minutes": 60, "ends_at": "2026-01-02T00:00:00Z"},
        {"minutes": 60, "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"},
        {"minutes": None, "starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
        {"comment": ""},
        {"starts_at": "tomorrow"},
        {"unknown": 1},
    ],
)
def test_a_silence_over_everything_or_for_ever_is_refused(wrong: Any) -> None:
    with pytest.raises(BadInput):
        find_action("silence").parse(ASKED | wrong)


def test_a_silence_needs_its_start_fixed_and_an_end_to_come() -> None:
    action = find_action("silence")
    sight = Sight(FixedClock(datetime(2026, 1, 2, tzinfo=UTC)), Around(), silences=Held())
    with pytest.raises(BadInput, match="not fixed"):
        action.look(action.parse(ASKED), sight)
    with pytest.raises(BadInput, match="over already"):
        action.look(
            action.fixed(action.parse(ASKED | {"starts_at": "2026-01-01T00:00:00Z"}), sight.clock.now()),
            sight,
        )
    with pytest.raises(BadInput, match="no Alertmanager"):
        _ = Sight(SystemClock(), Around()).alertmanager
    with pytest.raises(BadInput, match="no cluster"):
        _ = Sight(SystemClock(), Around()).cluster
    assert action.risk(action.parse(ASKED | {"minutes": 600})) == "high"
    assert action.risk(action.parse(ASKED)) == "medium"


def test_which_silence_is_meant_is_said_once() -> None:
    for given in ({}, {"id": "00000000-0000-0000-0000-000000000000", "proposal": "f" * 64}, {"id": "x"}):
        with pytest.raises(BadInput):
            find_action("silence-expire").parse({"cluster": "test", **given})
