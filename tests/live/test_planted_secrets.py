"""No secret that people left in a real cluster is in its recording, nor in what the recording's server says of it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from live.conftest import Recorded
from live.secrets import PLANTED, private_lines, spellings
from live.stage import Stage

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("live")]


def test_no_planted_secret_is_in_a_recording_in_any_writing(stage: Stage, recorded: Recorded) -> None:
    files = {file: _content(file) for file in recorded.made.folder.rglob("*") if file.is_file()}
    assert sum(b"left-in-sight" in content for content in files.values()) == 2  # the ConfigMap and the log
    secrets = {
        **PLANTED,
        **{f"a private key, line {n}": line for n, line in enumerate(private_lines(stage.cluster))},
    }
    found = [
        f"{where}: {written!r} in {file.name}"
        for where, secret in secrets.items()
        for written in spellings(secret)
        for file, content in files.items()
        if written.encode() in content
    ]
    assert not found, found


@pytest.mark.parametrize("where", PLANTED)
def test_what_is_looked_for_was_there(stage: Stage, where: str) -> None:
    if "managedFields" in where or "status" in where:
        _custom(stage)
    namespace = stage.values["A"]
    kinds = "deploy,cm,secret" + (",backups" if stage.custom else "")
    held = stage.cluster.kubectl("get", kinds, "-n", namespace, "-o", "json", "--show-managed-fields").stdout
    held += stage.cluster.kubectl("logs", "starting", "-c", "one", "-n", namespace).stdout
    assert any(written in held for written in spellings(PLANTED[where]))


def test_a_custom_resource_is_recorded_with_its_status(stage: Stage, recorded: Recorded) -> None:
    _custom(stage)
    folder = recorded.made.folder / "cluster" / stage.values["A"]
    assert '"phase":"Failed"' in (folder / "backups.ops.example.com.json").read_text()


def _custom(stage: Stage) -> None:
    if not stage.custom:
        pytest.skip(
            "not run: this kube-apiserver dies of custom resources; `make kube-apiserver` builds one that does not"
        )


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    return gzip.decompress(content) if file.suffix == ".gz" else content
