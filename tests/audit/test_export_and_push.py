"""What other systems get: every record whole, in their own form, in order, without a gap when they fail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from fakes.collector import Endpoint, collecting
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.audit import AuditLog, Record
from interlock.core.audit.checkpoint import Checkpoint
from interlock.core.audit.formats import cef, ocsf, rendered
from interlock.core.audit.places import HttpPlace
from interlock.core.audit.push import Push
from interlock.core.clock import FixedClock
from interlock.core.errors import BadInput, Unreachable
from interlock.core.outbound import Outbound
from interlock.core.store import Store

RECORD = Record(
    7,
    "2026-04-18T10:50:00+00:00",
    "tool.failed",
    {"principal": "person_1", "tool": "pod_logs", "error": "a|b=c\nd"},
    "p",
    "h",
)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with collecting() as server:
        yield server


def outbound() -> Outbound:
    return Outbound(headers={"authorization": "Bearer t"}, wait=lambda _: None)


def pushing(log: AuditLog, store: Store, clock: FixedClock, url: str, *, names: bool = False) -> Push:
    return Push(log, store, clock, outbound(), url, "jsonl", names=names)


def test_each_record_arrives_once_in_order_and_only_new_ones_after(
    either_store: Store, clock: FixedClock, endpoint: Endpoint
) -> None:
    log = AuditLog(either_store, clock)
    for number in range(520):
        log.append("turn", {"principal": "local:ana", "n": number})
    push = pushing(log, either_store, clock, endpoint.url)
    assert push.run().sent == 520
    log.append("turn", {"n": 520})
    assert pushing(log, either_store, clock, endpoint.url).run().sent == 1
    lines = [json.loads(line) for body in endpoint.bodies for line in body.splitlines()]
    assert [line["body"]["n"] for line in lines] == list(range(521))
    assert "ana" not in str(endpoint.bodies)
    assert endpoint.headers[0]["authorization"] == "Bearer t"


def test_names_go_only_where_that_was_asked(store: Store, clock: FixedClock, endpoint: Endpoint) -> None:
    log = AuditLog(store, clock)
    log.append("turn", {"principal": "local:ana"})
    pushing(log, store, clock, endpoint.url, names=True).run()
    assert b"local:ana" in endpoint.bodies[0]


def test_a_busy_endpoint_is_asked_again_and_a_refusing_one_keeps_its_place(
    store: Store, clock: FixedClock, endpoint: Endpoint
) -> None:
    log = AuditLog(store, clock)
    log.append("turn", {"n": 1})
    endpoint.answers = [503, 429]
    assert pushing(log, store, clock, endpoint.url).run().sent == 1
    log.append("turn", {"n": 2})
    endpoint.answers = [403]
    refused = pushing(log, store, clock, endpoint.url).run()
    assert (refused.sent, refused.seq) == (0, 1)
    assert "HTTP 403" in refused.problem
    assert "hidden" not in refused.problem
    assert pushing(log, store, clock, endpoint.url).run().seq == 2


def test_a_redirect_is_not_followed(endpoint: Endpoint) -> None:
    endpoint.answers = [307]
    with pytest.raises(Unreachable, match="HTTP 307"):
        outbound().post(endpoint.url, b"{}")


@pytest.mark.parametrize(
    "url", ["http://siem.example.com/x", "https://user:pw@siem.example.com/", "ftp://h/x"]
)
def test_nothing_is_sent_in_clear_or_with_credentials_in_the_url(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        outbound().post(url, b"{}")
    assert "pw" not in refused.value.message


def test_a_checkpoint_comes_back_from_an_endpoint_as_it_went(endpoint: Endpoint) -> None:
    place = HttpPlace(endpoint.url, outbound())
    seal = Checkpoint(5, "h", "2026-04-18T10:50:00+00:00", "k", "s")
    place.put(seal)
    assert place.read() == [seal]


def test_ocsf_says_what_happened_in_its_own_words() -> None:
    said = ocsf(RECORD)
    assert (said["class_uid"], said["category_uid"], said["type_uid"]) == (6003, 6, 600302)
    assert said["time"] == 1776509400000
    assert (said["status_id"], said["severity_id"]) == (2, 3)
    assert isinstance(said["unmapped"], dict) and said["unmapped"]["body"] == RECORD.body


def test_cef_escapes_what_would_end_a_field() -> None:
    line = cef(RECORD)
    assert line.startswith("CEF:0|Interlock|Interlock|")
    assert "\n" not in line
    *head, extension = re.split(r"(?<!\\)\|", line, maxsplit=7)
    assert len(head) == 7 and extension.startswith("rt=")
    assert r"a|b\=c\\nd" in line


@settings(deadline=None)
@given(
    st.dictionaries(st.text(max_size=10), st.text(max_size=40), max_size=5),
    st.sampled_from(["jsonl", "ocsf", "cef"]),
)
def test_any_record_is_one_line_in_every_form(body: dict[str, str], form: str) -> None:
    line = rendered(Record(1, RECORD.at, "turn", dict(body), "p", "h"), form)  # type: ignore[arg-type]
    assert len(line.split("\n")) == 1
