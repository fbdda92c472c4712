"""Alerts come as Alertmanager posts them or one by one; anything else is refused in words."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.agent.alert import alert_from, parse_alert
from interlock.core.clock import parse_time
from interlock.core.errors import BadInput

Json = dict[str, Any]


def one(name: str = "Down", status: str = "firing", **more: object) -> Json:
    return {"status": status, "labels": {"alertname": name, "namespace": "shop"}, "annotations": {}, **more}


def test_a_webhook_of_one_alert_is_read() -> None:
    sent = {
        "version": "4",
        "alerts": [one(startsAt="2026-01-01T00:00:00Z", endsAt="0001-01-01T00:00:00Z", fingerprint="f1")],
    }
    alert = parse_alert(json.dumps(sent))
    assert (alert.name, alert.status, alert.fingerprint) == ("Down", "firing", "f1")
    assert alert.starts_at == parse_time("2026-01-01T00:00:00Z")
    assert alert.ends_at is None
    assert alert.labels["namespace"] == "shop"


def test_a_group_speaks_for_its_firing_alerts() -> None:
    resolved = one("Old", "resolved", startsAt="2026-01-01T00:00:00Z", endsAt="2026-01-01T01:00:00Z")
    firing = one("New", startsAt="2026-01-02T00:00:00Z")
    alert = alert_from({"alerts": [resolved, firing]})
    assert alert.name == "New"
    assert alert.status == "firing"
    assert alert.starts_at == parse_time("2026-01-02T00:00:00Z")
    assert [member.name for member in alert.members] == ["Old", "New"]
    assert alert.labels == {"namespace": "shop"}


def test_a_group_of_resolved_alerts_is_resolved() -> None:
    alert = alert_from({"alerts": [one(status="resolved", endsAt="2026-01-01T01:00:00Z")]})
    assert alert.status == "resolved"
    assert alert.ends_at == parse_time("2026-01-01T01:00:00Z")


def test_common_labels_and_annotations_win() -> None:
    sent = {
        "alerts": [one()],
        "commonLabels": {"alertname": "Common"},
        "commonAnnotations": {"summary": "all of it"},
    }
    alert = alert_from(sent)
    assert (alert.name, alert.summary) == ("Common", "all of it")


@pytest.mark.parametrize(
    "sent",
    [
        {
            "labels": {"alertname": "A"},
            "annotations": {},
            "state": "firing",
            "activeAt": "2026-01-01T00:00:00.5Z",
        },
        {"labels": {"alertname": "A"}, "status": {"state": "active"}, "startsAt": "2026-01-01T00:00:00.5Z"},
    ],
)
def test_an_alert_of_the_prometheus_or_alertmanager_api_is_read(sent: Json) -> None:
    alert = alert_from(sent)
    assert (alert.name, alert.status) == ("A", "firing")
    assert alert.starts_at is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "neither"),
        ("{}", "neither"),
        ("3", "neither"),
        ('{"alerts": []}', "no alerts"),
        ('{"alerts": {}}', "no alerts"),
        ('{"alerts": [3]}', r"alerts\[0\] of the webhook is not an alert"),
        ('{"alerts": [{"labels": {}}]}', "no label alertname"),
        ('{"labels": {"alertname": "A"}, "status": "maybe"}', "unknown status 'maybe'"),
        ('{"labels": {"alertname": "A"}, "startsAt": "yesterday"}', "not a timestamp"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_anything_else_is_bad_input_that_says_why(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as raised:
        parse_alert(text)
    assert raised.value.exit_code == 2


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["alerts", "labels", "alertname", "status", "startsAt", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(values)
@settings(deadline=None)
def test_no_document_brings_more_than_bad_input(document: Any) -> None:
    with suppress(BadInput):
        assert alert_from(document).name


@pytest.mark.shared
def test_the_public_alerts_are_read(shared_dir: Path) -> None:
    files = sorted((shared_dir / "data" / "incidents-dev").glob("*/alert.json"))
    alerts = [parse_alert(file.read_bytes()) for file in files]
    assert len(alerts) == 7
    assert all(alert.name and alert.summary and alert.starts_at and alert.labels for alert in alerts)
