"""Diagnoses over replays served by the real replay server, through the real registry, with the real log and monitor files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from interlock.agent.alert import Alert, parse_alert
from interlock.agent.answer import check_cited
from interlock.agent.citations import Source, check_claim
from interlock.core.audit import AuditLog
from interlock.core.clusters.connect import from_url
from interlock.core.clusters.snapshot import SnapshotReader
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal
from interlock.core.policy import LocalReadPolicy
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import serve
from interlock.core.store import open_default
from interlock.core.store.evidence import EvidenceStore
from interlock.tools.knowledge.library import Folder, Library
from interlock.tools.logs.jsonl import JsonLinesLogs
from interlock.tools.metrics.monitors import MonitorFile
from interlock.tools.registry import Calls, Wiring

Json = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A diagnosis, every evidence it made, and the check of its claims."""

    report: Evidence
    evidence: dict[str, Evidence]

    @property
    def data(self) -> Json:
        """What the tool returned."""
        assert isinstance(self.report.data, dict)
        return self.report.data

    @property
    def verdict(self) -> Json:
        """The verdict."""
        return self.data["verdict"]  # type: ignore[no-any-return]

    @property
    def scored(self) -> str:
        """What is scored: summary and cause chain, the first 1,200 characters."""
        return "\n".join([self.verdict["summary"], *self.verdict["cause_chain"]])[:1200]

    @property
    def roots(self) -> list[str]:
        """The first sentence of every chain."""
        return [chain[0] for chain in self.data["chains"]]

    def unverified(self) -> list[str]:
        """Every claim the citation check rejects, with its reasons."""
        found = []
        for claim in self.data["claims"]:
            cited = [self.report if each == "self" else self.evidence[each] for each in claim["evidence"]]
            cited = cited or [self.report]
            sources = [Source(e.id, e.text, e.kind, e.subject or None) for e in cited]
            verdict = check_claim(claim["text"], sources)
            # A report's own statement and a line quoted whole are held as they stand, in answers as here.
            if not verdict.verified and not check_cited(claim["text"], [(e.id, e) for e in cited]):
                found.append(
                    f"{claim['text']} [{', '.join(e.tool for e in cited)}]: {'; '.join(verdict.reasons)}"
                )
        return found


def as_argument(alert: Alert) -> Json:
    """The alert as the surfaces hand it to the tool."""
    return {
        "name": alert.name,
        "status": alert.status,
        "summary": alert.summary,
        "description": alert.description,
        "starts_at": alert.starts_at.isoformat() if alert.starts_at else None,
        "labels": alert.labels,
        "annotations": alert.annotations,
    }


Diagnose: TypeAlias = Callable[..., Told]


@pytest.fixture
def diagnose(tmp_path: Path) -> Iterator[Diagnose]:
    """Diagnoses a replay folder: by its alert, or by the arguments given."""
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_default(tmp_path / "state")))

        def run(folder: Path, **args: Any) -> Told:
            replay = Replay.load(folder)
            clusters = {}
            if replay.cluster:
                server = stack.enter_context(serve(replay))
                reader = stack.enter_context(closing(from_url("replay", server.url)))
                clusters = {"replay": SnapshotReader(reader)}
            backends: list[object] = [JsonLinesLogs(replay.logs)] if replay.logs else []
            backends += [MonitorFile(replay.monitors)] if replay.monitors else []
            if replay.iac:
                backends.append(
                    Library(
                        [Folder(replay.iac, "iac")],
                        clean=Redactor().clean_text,
                        rules="test",
                        use_shipped_runbooks=False,
                        cache_dir=tmp_path / "cache",
                    )
                )
            made: dict[str, Evidence] = {}
            wiring = Wiring(
                policy=LocalReadPolicy(),
                redactor=Redactor(),
                clock=replay.clock,
                clusters=clusters,
                default_cluster="replay" if clusters else "",
                backends=tuple(backends),
                evidence=EvidenceStore(store),
                audit=AuditLog(store, replay.clock),
                watch=lambda evidence: made.__setitem__(evidence.id, evidence),
            )
            if not args and replay.alert:
                args = {"alert": as_argument(parse_alert(replay.alert.read_bytes()))}
            report = Calls(wiring, Principal("local:ana"), "c1").call(
                "diagnose", json.loads(json.dumps(args))
            )
            return Told(report, made)

        yield run
