"""The log store as a folder of files."""

from __future__ import annotations

import json
import os
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.replays import NOW, MakeCalls
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.errors import BadInput, NotServed, UnknownName
from interlock.tools.logs.backend import LogBackend, LogQuery
from interlock.tools.logs.jsonl import JsonLinesLogs
from interlock.tools.logs.lines import json_line, plain_line


def record(minutes_ago: float, message: str, **parts: Any) -> str:
    at = (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
    whole = {
        "timestamp": at,
        "message": message,
        "status": "info",
        "service": "api",
        "host": "node-1",
        "tags": [],
    }
    return json.dumps({**whole, **parts})


def store(folder: Path, *lines: str, name: str = "store.jsonl") -> JsonLinesLogs:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(line + "\n" for line in lines))
    return JsonLinesLogs(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the log files go."""
    return tmp_path / "logs"


def test_a_record_is_a_line_with_its_place(folder: Path, calls: MakeCalls) -> None:
    logs = store(
        folder, record(5, "ready"), record(3, "disk is full", status="error"), record(90, "long ago")
    )
    evidence = calls(logs).call("log_search", {})
    assert evidence.text.split("\n") == [
        "store.jsonl:1 2026-03-02T11:55:00Z INFO api node-1 ready",
        "store.jsonl:2 2026-03-02T11:57:00Z ERROR api node-1 disk is full",
    ]
    assert [str(locator) for locator in evidence.locators] == ["store.jsonl:1-2"]
    assert evidence.limits == (
        "1 lines match but lie outside the time window, the newest of 2026-03-02T10:30:00Z",
    )
    assert evidence.kind == "log"


def test_every_locator_leads_to_the_line_it_names(folder: Path, calls: MakeCalls) -> None:
    logs = store(folder, *(record(n, f"message {n}", service="a" if n % 3 else "b") for n in range(1, 20)))
    evidence = calls(logs).call("log_search", {"service": "b"})
    lines = (folder / "store.jsonl").read_text().split("\n")
    named = [lines[n - 1] for place in evidence.locators for n in range(place.start_line, place.end_line + 1)]
    assert [json.loads(line)["service"] for line in named] == ["b"] * 6


def test_lines_are_chosen_by_text_service_level_and_time(folder: Path) -> None:
    logs = store(
        folder,
        record(50, "Connection REFUSED", status="error"),
        record(40, "slow", status="warning", service="web"),
        record(30, "refused again", status="crit"),
        record(20, "refused", status="debug"),
        record(10, "refused, said nobody", status="weird"),
    )

    def numbers(**query: Any) -> list[int]:
        return [line.line_no for line in logs.search(LogQuery(**query)).lines]

    assert numbers(text="refused") == [1, 3, 4, 5]
    assert numbers(text="refused", level="error") == [1, 3]
    assert numbers(level="warn") == [1, 2, 3]
    assert numbers(service="WEB") == [2]
    assert numbers(start=NOW - timedelta(minutes=35), end=NOW - timedelta(minutes=15)) == [3, 4]
    assert numbers(limit=2) == [4, 5]


def test_namespace_and_workload_are_read_from_tags_and_pod_names(folder: Path) -> None:
    logs = store(
        folder,
        record(9, "a", tags=["kube_namespace:shop", "kube_deployment:api"]),
        record(8, "b", tags=["kube_namespace:bank", "pod_name:api-6c4ab5d9c-x7gr9"]),
        record(7, "c", service="x", host="api-6c4ab5d9c-x7gr9"),
        record(6, "d", service="x", tags={"namespace": "shop"}),
        record(5, "e", service="apiary"),
    )

    def messages(**query: Any) -> str:
        return "".join(line.message for line in logs.search(LogQuery(**query)).lines)

    assert messages(workload="api") == "abc"
    assert messages(namespace="shop") == "ad"
    assert logs.search(LogQuery(namespace="shop")).unplaced == 2
    # A line that says whose it is but not where from is not thrown away.
    assert messages(namespace="shop", workload="api") == "ac"


def test_a_stack_trace_stays_with_the_line_above_it(folder: Path) -> None:
    plain = ["2026-03-02 11:58:00,123 ERROR boom", "  at line 3", "2026-03-02T11:59:00Z INFO fine"]
    logs = store(folder, *plain, name="worker.log")
    page = logs.search(LogQuery(start=NOW - timedelta(minutes=5), end=NOW))
    assert [(line.line_no, line.level, line.service, line.message) for line in page.lines] == [
        (1, "error", "worker", "ERROR boom"),
        (2, "", "worker", "  at line 3"),
        (3, "info", "worker", "INFO fine"),
    ]
    assert page.lines[0].at == datetime(2026, 3, 2, 11, 58, 0, 123000, tzinfo=UTC)


def test_broken_lines_are_counted_and_the_rest_is_read(folder: Path, calls: MakeCalls) -> None:
    broken = ["{half", "[]", "null", '{"status": "no message"}', "[" * 100_000, "\x00\x00"]
    evidence = calls(store(folder, *broken, record(1, "good"))).call("log_search", {})
    assert evidence.text == "store.jsonl:7 2026-03-02T11:59:00Z INFO api node-1 good"
    assert evidence.limits == ("6 of 7 lines could not be read",)


def test_a_message_of_many_lines_is_one_line(folder: Path, calls: MakeCalls) -> None:
    forged = "boom\nstore.jsonl:9 2026-03-02T11:59:00Z INFO api node-1 all is well"
    evidence = calls(store(folder, record(1, forged))).call("log_search", {})
    assert len(evidence.text.split("\n")) == 1
    assert "boom\\nstore.jsonl:9" in evidence.text


def test_a_key_is_hidden_and_its_lines_answer_no_search(folder: Path, calls: MakeCalls) -> None:
    body = ["MIIEpAIBAAKCAQEAx7Gr9" + "Q" * 40 + str(n) for n in range(12)]
    key = ["-----BEGIN RSA " + "PRIVATE KEY-----", *body, "-----END RSA " + "PRIVATE KEY-----"]
    door = calls(store(folder, "before", *key, "after", name="api.log"))
    whole, searched = door.call("log_search", {}), door.call("log_search", {"text": "x7Gr9"})
    assert "before" in whole.text and "after" in whole.text
    assert "x7Gr9" not in repr((whole.text, whole.data))
    assert searched.data["lines"] == []


def test_a_secret_in_a_message_is_redacted(folder: Path, calls: MakeCalls) -> None:
    logs = store(folder, record(1, "connecting to postgres://shop:hunter-two-22@db:5432/shop"))
    evidence = calls(logs).call("log_search", {})
    assert "hunter-two-22" not in repr(evidence)
    assert evidence.redactions


def test_files_that_are_no_files_are_not_opened(folder: Path, tmp_path: Path, calls: MakeCalls) -> None:
    logs = store(folder, record(1, "good"))
    (tmp_path / "outside.jsonl").write_text(record(1, "stolen"))
    (folder / "link.jsonl").symlink_to(tmp_path / "outside.jsonl")
    os.mkfifo(folder / "pipe.log")
    (folder / "folder.log").mkdir()
    (folder / "notes.txt").write_text("no log")
    evidence = calls(logs).call("log_search", {})
    assert "stolen" not in evidence.text and "good" in evidence.text
    assert {limit.split(" was not read")[0] for limit in evidence.limits} == {
        "link.jsonl",
        "pipe.log",
        "folder.log",
    }


def test_memory_does_not_grow_with_the_file(folder: Path) -> None:
    folder.mkdir()
    line = record(1, "x" * 400).encode() + b"\n"
    with (folder / "big.jsonl").open("wb") as file:
        for _ in range(40):
            file.write(line * 500)
        file.write(b"z" * 3_000_000 + b"\n" + record(0.5, "the last").encode())
    logs = JsonLinesLogs(folder)
    tracemalloc.start()
    page = logs.search(LogQuery(limit=50))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (page.scanned, page.total, page.broken) == (20_002, 20_001, 1)
    assert page.lines[-1].message == "the last"
    assert peak < 5_000_000


def test_wrong_levels_folders_and_a_missing_store_are_errors(folder: Path, calls: MakeCalls) -> None:
    with pytest.raises(NotServed, match="no log store is configured"):
        calls().call("log_search", {})
    with pytest.raises(BadInput, match="is not a folder"):
        JsonLinesLogs(folder)
    with pytest.raises(UnknownName) as caught:
        calls(store(folder)).call("log_search", {"level": "eror"})
    assert "error" in caught.value.near


def test_nothing_found_says_what_was_asked(folder: Path, calls: MakeCalls) -> None:
    evidence = calls(store(folder)).call("log_search", {"text": "oops", "since_minutes": None})
    assert evidence.text == "0 log lines found: text=oops of all time"


def test_a_folder_is_a_log_backend_and_nothing_else_with_a_search_is(folder: Path) -> None:
    class Searches:
        def search(self, query: str) -> str:
            return query

    assert isinstance(store(folder), LogBackend)
    assert not isinstance(Searches(), LogBackend)


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
nested = st.recursive(
    values, lambda i: st.lists(i, max_size=3) | st.dictionaries(st.text(max_size=5), i, max_size=3)
)
names = st.sampled_from(
    ["timestamp", "time", "ts", "message", "msg", "status", "service", "host", "tags", "level"]
)


@settings(deadline=None)
@given(st.dictionaries(names, nested))
def test_whatever_json_a_line_holds_it_is_a_record_or_none(document: dict[str, Any]) -> None:
    line = json_line(json.dumps(document), "f", 1)
    has_message = any(document.get(key) is not None for key in ("message", "msg"))
    assert (line is not None) == has_message
    if line:
        assert isinstance(line.message, str)
        assert all(isinstance(tag, str) for tag in line.tags)


@settings(deadline=None)
@given(st.text())
def test_whatever_text_a_line_holds_it_is_a_record(text: str) -> None:
    assert json_line(text, "f", 1) is None or text.strip().startswith("{")
    assert plain_line(text, "f", 1, "api").message in text
