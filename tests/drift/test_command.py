"""`interlock drift` on a recorded cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interlock.core.errors import BadInput
from interlock.surfaces.cli.commands.drift import drift

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout-api
spec:
  template:
    spec:
      containers:
      - name: checkout-api
        image: other/image:0
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one manifest; state of its own."""
    monkeypatch.setenv("INTERLOCK_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("INTERLOCK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("INTERLOCK_CONFIG", raising=False)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "api.yaml").write_text(MANIFEST)
    return tmp_path / "code"


def call(*args: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(drift, [str(arg) for arg in args])


def test_a_difference_is_printed_with_its_line_and_told_by_the_exit_code(code: Path) -> None:
    done = call(code, "--replay", "demo", "--exit-code")
    assert "1 objects of the code compared: 1 differ" in done.stdout
    assert "image: other/image:0 in the code (api.yaml:10)" in done.stdout
    assert done.exit_code == 1
    assert call(code, "--replay", "demo").exit_code == 0


def test_machines_read_the_same(code: Path) -> None:
    done = call("-f", code / "api.yaml", "--replay", "demo", "--json")
    report = json.loads(done.stdout)["report"]
    [one] = report["objects"]
    assert (one["name"], one["file"], one["line"]) == ("checkout-api", "api.yaml", 1)
    assert one["differences"][0]["code"] == "other/image:0"


def test_an_object_the_cluster_does_not_have_is_missing(code: Path) -> None:
    (code / "api.yaml").write_text(MANIFEST.replace("checkout-api", "never-deployed"))
    assert "is in the code (api.yaml:1) and not in the cluster" in call(code, "--replay", "demo").stdout


def test_what_is_no_folder_or_file_is_refused(code: Path) -> None:
    for args in ([], [code, "-f", code / "api.yaml"], [code / "nope"], ["-f", code]):
        assert isinstance(call(*args).exception, BadInput)
