"""What a recording holds, and that it is there whole or not at all. The server is a served replay."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from interlock.core.clusters.connect import from_url
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReader
from interlock.core.errors import BadInput, UnknownName, Unreachable
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.record_logs import clean_log, is_troubled, wanted_logs
from interlock.core.replay.server import serve

NAMESPACES = ("checkout", "default", "ml-platform", "settlement")


def _cluster_files(folder: Path) -> dict[str, Any]:
    files = sorted((folder / "cluster").rglob("*"))
    return {
        str(f.relative_to(folder)): _content(f) for f in files if f.is_file() and f.name != "recorded.json"
    }


def _content(file: Path) -> Any:
    if file.suffix != ".json":
        return file.read_text()
    value = json.loads(file.read_text())
    return {"kind": value["kind"], "items": sorted(value["items"], key=lambda i: i["metadata"]["name"])}


def test_a_recording_of_a_served_recording_is_the_same(
    demo_reader: ClusterReader, demo_folder: Path, recorder: Any
) -> None:
    made = recorder(demo_reader, *NAMESPACES, logs="all")
    again, first = _cluster_files(made.folder), _cluster_files(demo_folder)
    assert again.keys() == first.keys()
    for name, content in first.items():
        assert again[name] == content, name


def test_the_account_says_what_was_recorded_and_what_was_not(
    demo_reader: ClusterReader, recorder: Any
) -> None:
    made = recorder(demo_reader, "ml-platform", leave_out=["jobs.batch"])
    account = json.loads((made.folder / "cluster" / "recorded.json").read_text())
    by_name = {(r["group"], r["plural"]): r for r in account["resources"]}
    assert account["formatVersion"] == 1
    assert account["version"]["gitVersion"] == "v1.20.2"
    assert by_name["", "pods"]["namespaces"] == ["ml-platform"]
    assert by_name["", "nodes"]["namespaces"] is None
    assert by_name["apps", "deployments"]["shortNames"] == ["deploy"]
    assert {"resource": "jobs.batch", "namespace": "", "why": "left out by request"} in account["notRecorded"]
    assert ("batch", "jobs") not in by_name
    assert (made.resources, made.namespaces) == (len(account["resources"]), ("ml-platform",))
    assert made.not_recorded


def test_a_namespace_without_objects_is_recorded_as_empty(demo_reader: ClusterReader, recorder: Any) -> None:
    made = recorder(demo_reader, "default")
    with serve(Replay.load(made.folder)) as server:
        assert server.problems == []
        with closing(from_url("again", server.url)) as reader:
            assert reader.list("pods", "default").objects == ()


def test_only_troubled_pods_have_their_logs_taken(demo_reader: ClusterReader, recorder: Any) -> None:
    made = recorder(demo_reader, *NAMESPACES)
    pods = {file.parent.name.rsplit("-", 2)[0] for file in made.folder.rglob("*.log")}
    assert pods == {"feature-store", "settlement-export"}


def test_nothing_is_left_when_it_is_interrupted(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path
) -> None:
    def interrupt(line: str) -> None:
        if line == "pods":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recorder(demo_reader, "checkout", progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_not_written_into(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path
) -> None:
    (tmp_path / "made").mkdir()
    with pytest.raises(BadInput, match="exists already"):
        recorder(demo_reader, "checkout")


def test_a_namespace_that_does_not_exist_is_named_with_its_neighbours(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path
) -> None:
    with pytest.raises(UnknownName, match="chekout") as error:
        recorder(demo_reader, "chekout")
    assert error.value.near == ["checkout"]
    assert list(tmp_path.iterdir()) == []


def test_one_resource_that_fails_is_noted_and_a_dead_server_ends_the_recording(
    flaky_reader: tuple[ClusterReader, bool], recorder: Any, tmp_path: Path
) -> None:
    reader, dies = flaky_reader
    if dies:
        with pytest.raises(Unreachable):
            recorder(reader, "shop")
        assert list(tmp_path.iterdir()) == []
        return
    made = recorder(reader, "shop")
    missing = [(m.resource, m.namespace) for m in made.not_recorded]
    assert missing == [("configmaps", "shop"), ("openapi", "")]
    assert (made.folder / "cluster" / "shop" / "pods.json").exists()


def _pod(**status: Any) -> KubeObject:
    containers = [{"name": "main", "image": "x"}]
    metadata = {"name": "p", "namespace": "n"}
    return KubeObject(
        {"kind": "Pod", "metadata": metadata, "spec": {"containers": containers}, "status": status}
    )


READY = [{"type": "Ready", "status": "True"}]
UNREADY = [{"type": "Ready", "status": "False"}]


@pytest.mark.parametrize(
    ("status", "troubled"),
    [
        ({"phase": "Running", "conditions": READY}, False),
        ({"phase": "Running", "conditions": UNREADY}, True),
        (
            {
                "phase": "Running",
                "conditions": READY,
                "containerStatuses": [{"name": "main", "restartCount": 1}],
            },
            True,
        ),
        ({"phase": "Pending"}, True),
        ({"phase": "Failed"}, True),
        ({"phase": "Succeeded", "conditions": UNREADY}, False),
        ({"phase": "Succeeded", "initContainerStatuses": [{"name": "i", "restartCount": 2}]}, True),
        ({}, True),
    ],
)
def test_trouble_is_read_from_the_status(status: dict[str, Any], troubled: bool) -> None:
    assert is_troubled(_pod(**status)) is troubled


def test_a_container_that_never_started_has_no_log_to_take() -> None:
    waiting = [{"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]
    assert list(wanted_logs([_pod(phase="Pending", containerStatuses=waiting)], "troubled")) == []


def test_the_log_of_the_run_before_is_taken_too() -> None:
    back = [
        {
            "name": "main",
            "restartCount": 1,
            "state": {"waiting": {}},
            "lastState": {"terminated": {"exitCode": 1}},
        }
    ]
    wanted = wanted_logs([_pod(phase="Running", containerStatuses=back)], "troubled")
    assert [log.path for log in wanted] == ["n/p/main.log", "n/p/main.previous.log"]


def test_a_key_over_several_stamped_lines_of_a_log_is_hidden_and_the_stamps_stay() -> None:
    body = [f"{'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ' + str(i):A<64}" for i in range(4)]
    lines = ["loading", "-----BEGIN PRIVATE KEY-----", *body, "-----END PRIVATE KEY-----", "done"]
    text = "".join(f"2026-01-02T03:04:0{i}Z {line}\n" for i, line in enumerate(lines))
    cleaned = clean_log(text, Redactor())
    assert not any(line in cleaned for line in body)
    assert [line[:20] for line in cleaned.splitlines()] == [
        f"2026-01-02T03:04:0{i}Z" for i in range(len(lines))
    ]
