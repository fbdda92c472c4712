"""The small words: budget, clock, policy, errors, objects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.budget import fit
from interlock.core.clock import ago, format_time, parse_time
from interlock.core.clusters.objects import KubeObject, flattened
from interlock.core.errors import Refused, UnknownName
from interlock.core.identity import Principal, local_principal
from interlock.core.policy import Ask, LocalReadPolicy, Ruling, enforce


@given(st.lists(st.text(max_size=30).filter(lambda t: "\n" not in t), max_size=60), st.integers(60, 400))
def test_what_fits_is_counted_with_what_is_left_out(lines: list[str], limit: int) -> None:
    text = "\n".join(lines)
    done = fit(text, limit)
    if done.omitted_bytes == 0:
        assert done.text == text
    else:
        assert len(done.text.encode()) <= limit + 120
        kept = [line for line in done.text.split("\n") if "left out" not in line]
        assert len(kept) + done.omitted_lines == len(lines) or done.omitted_lines == 0


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_timestamp_survives_writing_and_reading(at: datetime) -> None:
    exact = at.replace(microsecond=0, tzinfo=UTC)
    assert parse_time(format_time(exact)) == exact


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "5s"), (119, "119s"), (120, "2m"), (7200, "2h"), (86400, "1d")]
)
def test_an_age_reads_as_kubectl_writes_it(seconds: int, said: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert ago(now, now - timedelta(seconds=seconds)) == said


def test_people_may_read_and_nobody_may_change() -> None:
    assert enforce(LocalReadPolicy(), local_principal(), Ask("pod_logs", "*")).rule == "people-read"
    with pytest.raises(Refused, match="no-approvers-named"):
        enforce(LocalReadPolicy(), local_principal(), Ask("scale", "*", act="request"))
    with pytest.raises(Refused, match="no-identity"):
        enforce(LocalReadPolicy(), Principal(""), Ask("pod_logs", "*"))


def test_a_policy_that_fails_refuses() -> None:
    class Broken:
        def rule(self, principal: Principal, ask: Ask) -> Ruling:
            raise ValueError("no rules")

    with pytest.raises(Refused, match="policy-error"):
        enforce(Broken(), local_principal(), Ask("pod_logs", "*"))


def test_an_unknown_name_offers_the_nearest() -> None:
    assert "'pod_logs'" in str(UnknownName("tool", "pod_log", ["pod_logs", "diagnose"]).hint)


def test_a_document_flattens_to_one_line_a_value() -> None:
    document = {"spec": {"containers": [{"name": "api", "ports": [80]}], "paused": False, "labels": {}}}
    assert list(flattened(document)) == [
        "spec.containers[api].name: api",
        "spec.containers[api].ports[0]: 80",
        "spec.paused: false",
        "spec.labels: {}",
    ]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: st.lists(v) | st.dictionaries(st.text(), v),
    )
)
def test_no_document_breaks_an_accessor(document: object) -> None:
    made = KubeObject({"metadata": document, "spec": document})  # type: ignore[dict-item]
    assert isinstance(made.name, str)
    assert isinstance(made.labels, dict)
    assert made.controller is None or isinstance(made.controller, tuple)
    assert isinstance(made.nodes("spec", "x"), list)
    assert made.created is None or isinstance(made.created, datetime)
