"""The recorded incidents beside the demo: small, without secrets, true to their time and code, and can be made again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.binaries import Programs

from interlock.core.clock import parse_time
from interlock.core.redaction import Redactor
from interlock.core.replay.dump import Dump
from interlock.core.replay.manifest import Replay
from interlock.core.untrusted import Untrusted

NAMES = ("disputes_morning", "embedding_throughput", "quote_refusals", "session_lookups")
STAMP = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
HASHES = re.compile(r"(-[a-f0-9]{8,10})?-[a-z0-9]{5}(?=/)")


@pytest.fixture(params=NAMES)
def folder(request: pytest.FixtureRequest, repo_root: Path) -> Path:
    return repo_root / "evals" / "replays" / str(request.param)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_it_holds_no_secret_and_is_small(folder: Path) -> None:
    redactor = Redactor()
    for file in _files(folder):
        text = file.read_text()
        found = [text[s.start : s.end] for s in redactor.clean(Untrusted(text)).spans]
        assert set(found) <= {"UkVEQUNURUQ="}, file  # REDACTED, in base64
        assert "127.0.0.1" not in text
    assert sum(file.stat().st_size for file in _files(folder)) < 300_000


def test_nothing_in_it_lies_after_its_now(folder: Path) -> None:
    now = Replay.load(folder).now
    for file in _files(folder):
        if file.name not in {"replay.yaml", "alert.json"}:
            assert [text for text in STAMP.findall(file.read_text()) if parse_time(text) >= now] == [], file


def test_what_it_expects_is_not_told_in_what_the_product_reads(folder: Path) -> None:
    told = "".join(file.read_text() for file in _files(folder) if file.name != "expected.yml")
    expected = yaml.safe_load((folder / "expected.yml").read_text())
    assert re.search(rf"\b{expected['root_cause_category']}\b", told) is None
    assert "false alarm" not in told.lower()
    assert "recovered" not in told.lower()


def test_the_cluster_runs_what_the_code_says(folder: Path) -> None:
    replay = Replay.load(folder)
    assert replay.cluster is not None
    assert replay.iac is not None
    dump = Dump.open(replay.cluster)
    declared = [
        document
        for file in replay.iac.rglob("*.yaml")
        for document in yaml.safe_load_all(file.read_text())
        if document["kind"] in ("Deployment", "StatefulSet")
    ]
    assert declared
    for document in declared:
        key = ("apps", f"{document['kind'].lower()}s")
        objects = dump.objects(dump.kinds[key], document["metadata"]["namespace"])
        assert objects is not None
        live = objects.by_key[f"{document['metadata']['namespace']}/{document['metadata']['name']}"]
        assert _container(live)["image"] == _container(document)["image"]
    assert dump.problems == []


def _container(workload: Any) -> Any:
    return workload["spec"]["template"]["spec"]["containers"][0]


def test_the_log_store_holds_the_lines_of_the_pods(folder: Path) -> None:
    messages: dict[str, set[str]] = {}
    for text in (folder / "logs" / "store.jsonl").read_text().splitlines():
        line = json.loads(text)
        pod = next(tag.partition(":")[2] for tag in line["tags"] if tag.startswith("pod_name:"))
        messages.setdefault(pod, set()).add(line["message"])
    logs = {
        file.parent.name: {line.partition(" ")[2] for line in file.read_text().splitlines()}
        for file in (folder / "cluster").rglob("*.log")
        if not file.name.endswith(".previous.log")
    }
    assert messages == {pod: lines for pod, lines in logs.items() if lines}


@pytest.mark.cluster
def test_it_can_be_made_again(kube_programs: Programs, folder: Path, repo_root: Path, tmp_path: Path) -> None:
    assert kube_programs
    script, out = repo_root / "tests" / "cluster" / "scenario.py", tmp_path / folder.name
    environment = {**os.environ, "PYTHONPATH": str(repo_root / "src")}
    subprocess.run(
        [sys.executable, str(script), folder.name, str(out)], check=True, timeout=300, env=environment
    )
    assert _shape(out) == _shape(folder)


def _shape(folder: Path) -> list[str]:
    """Its files, without what the controllers name at random, and without what only newer recorders keep."""
    files = (file for file in _files(folder) if "@" not in file.name and file.name != "openapi-v2.pb.gz")
    return sorted(HASHES.sub("", str(file.relative_to(folder))) for file in files)
