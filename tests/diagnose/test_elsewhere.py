"""Causes beside what the alert names: told by the target's own warnings, or over together with its trouble."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))

from dump import Dump, ago

NS = "store"


def _running(*apps: str) -> Dump:
    d = Dump().node("node-a")
    for app in apps:
        d.deployment(app, NS, 1, 1)
        d.service(app, NS, {"app": app}, port=8080)
    return d


def _rates(refused: str) -> Dump:
    d = _running("quotes", "rates")
    d.well("quotes", NS, "6d5f7c9b8", "aaaaa").well("rates", NS, "7c9b86d5f", "bbbbb")
    bad = 'level=error msg="file rejected" err="could not parse \'1,08\' as decimal"'
    d.log(NS, "rates-7c9b86d5f-bbbbb", *((minutes, bad) for minutes in (25, 15, 5)))
    d.log(NS, "quotes-6d5f7c9b8-aaaaa", *((minutes, refused) for minutes in (12, 7, 2)))
    d.monitor("quotes refusals", "Alert").monitor("quotes latency")
    return d.alert("QuoteRefusals", NS, "quotes", "quotes refuses too many requests")


def test_a_fault_of_a_workload_that_the_targets_warnings_name_is_the_cause(
    diagnose: Any, tmp_path: Path
) -> None:
    refused = 'level=warn msg="refused" reason="rates are too old" source=rates.store.svc.cluster.local:8080'
    told = diagnose(_rates(refused).write(tmp_path / "incident"))
    assert (told.verdict["category"], told.verdict["state"]) == ("data_quality", "active")
    assert "cannot read its input" in told.roots[0]
    assert "rates-7c9b86d5f-bbbbb" in told.verdict["summary"]


def test_a_name_in_a_line_that_warns_of_nothing_ties_nothing(diagnose: Any, tmp_path: Path) -> None:
    served = 'level=info msg="quoted" source=rates.store.svc.cluster.local:8080'
    told = diagnose(_rates(served).write(tmp_path / "incident"))
    assert told.verdict["category"] == "unknown"


def _cache_was_killed(running: float) -> Dump:
    d = _running("router", "cache")
    d.well("router", NS, "6d5f7c9b8", "aaaaa")
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": ago(40)}}
    d.pod("cache-7c9b86d5f-bbbbb", NS, "cache", "7c9b86d5f", restarts=1, running=running, last=killed)
    refused = 'level=error msg="lookup failed" err="dial tcp cache.store.svc.cluster.local:8080: connect: connection refused"'
    fine = 'level=info msg="done" status=200'
    lines = ((40, refused), (39.5, refused), (38, fine), (20, fine), (3, fine))
    d.log(NS, "router-6d5f7c9b8-aaaaa", *lines)
    d.monitor("router error rate").monitor("cache reachable")
    return d.alert("RouterErrorRateHigh", NS, "router", "router error rate is high", started=39)


def test_what_brought_about_a_trouble_that_is_over_is_told_first(diagnose: Any, tmp_path: Path) -> None:
    told = diagnose(_cache_was_killed(running=39.9).write(tmp_path / "incident"))
    assert (told.verdict["category"], told.verdict["state"]) == ("healthy", "recovered")
    assert "cache-7c9b86d5f-bbbbb was OOMKilled" in told.verdict["cause_chain"][0]
    assert "router-6d5f7c9b8-aaaaa" in told.scored
    assert told.unverified() == []
