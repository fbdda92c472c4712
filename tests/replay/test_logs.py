"""Container logs: options, both recorded forms, and what is said where there is nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.trees import Api, Object, pod, refusal

from interlock.core.replay.logfiles import LogFile, Wanted, read_log

STAMPED = (
    "2026-01-01T23:00:00.000000001Z 2026-01-01T23:00:00Z started\n"
    "2026-01-01T23:59:00Z working \u00e4\n"
    "2026-01-01T23:59:30.5Z last\n"
)
TWO = {"containers": [{"name": "app", "image": "a"}, {"name": "side", "image": "s"}], "nodeName": "n1"}
URL = "/api/v1/namespaces/shop/pods/a/log"


def api(tmp_path: Path, files: dict[str, Any] | None = None, one: Object | None = None) -> Api:
    return Api.over(tmp_path, {"shop/pods.json": [one or pod("a")], **(files or {"shop/a/app.log": STAMPED})})


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("", "2026-01-01T23:00:00Z started\nworking ä\nlast\n"),
        ("timestamps=true", STAMPED),
        ("tailLines=1", "last\n"),
        ("tailLines=0", ""),
        ("tailLines=99", "2026-01-01T23:00:00Z started\nworking ä\nlast\n"),
        ("sinceSeconds=60", "working ä\nlast\n"),
        ("sinceTime=2026-01-01T23:59:30.25Z", "last\n"),
        ("sinceTime=2026-01-03T00:00:00Z", ""),
        ("limitBytes=10", "2026-01-01"),
        ("tailLines=2&limitBytes=3&sinceSeconds=60", "wor"),
        ("follow=true&container=app", "2026-01-01T23:00:00Z started\nworking ä\nlast\n"),
        ("previous=false&tailLines=1", "last\n"),
    ],
)
def test_the_options_cut_as_a_kubelet_cuts(tmp_path: Path, query: str, lines: str) -> None:
    assert api(tmp_path).text(f"{URL}?{query}") == lines


def test_the_previous_log_is_a_file_of_its_own(tmp_path: Path) -> None:
    before = {"shop/a/app.log": STAMPED, "shop/a/app.previous.log": "2026-01-01T00:00:00Z before\n"}
    assert api(tmp_path, before).text(f"{URL}?previous=true") == "before\n"


def test_a_dumped_log_has_no_times_and_is_served_as_it_is(tmp_path: Path) -> None:
    plain = "2026-01-01T00:00:00Z INFO the program's own time\nnext"
    dumped = api(tmp_path, {"shop/a/logs.txt": plain})
    assert dumped.text(URL) == plain
    assert dumped.text(f"{URL}?sinceSeconds=1&timestamps=true") == plain
    assert dumped.text(f"{URL}?tailLines=1") == "next"


def test_a_dumped_log_with_markers_is_split_by_container(tmp_path: Path) -> None:
    text = "".join(
        f"==== START logs for container {c} of pod shop/a ====\n{log}==== END logs for container {c} of pod shop/a ====\n"
        for c, log in (("app", "one\n==== START of the day ====\ntwo without an end"), ("side", ""))
    )
    dumped = api(tmp_path, {"shop/a/logs.txt": text}, pod("a", spec=TWO))
    assert dumped.text(f"{URL}?container=app") == "one\n==== START of the day ====\ntwo without an end"
    assert dumped.text(f"{URL}?container=app&tailLines=1") == "two without an end"
    assert dumped.text(f"{URL}?container=side") == ""


def test_a_dump_that_says_it_could_not_get_the_log_is_no_log(tmp_path: Path) -> None:
    failed = api(tmp_path, {"shop/a/logs.txt": "Request log error: the server is away\n"})
    marks = "==== {} logs for container app of pod shop/a ====\n"
    text = marks.format("START") + "Request log error: the server is away\n" + marks.format("END")
    (failed.state.dump.folder / "shop/a/logs.txt").write_text(text)
    assert refusal(failed.ask(URL))[0] == 404


def test_an_unmarked_log_of_two_containers_belongs_to_none_of_them(tmp_path: Path) -> None:
    dumped = api(tmp_path, {"shop/a/logs.txt": "x\n"}, pod("a", spec=TWO))
    assert (
        refusal(dumped.ask(f"{URL}?container=app"))[1]
        == 'logs of container "app" in pod "a" were not recorded'
    )


WAITS = {
    "containerStatuses": [
        {"name": "app", "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    ]
}
CRASHED = {"name": "app", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
CRASHED["lastState"] = {"terminated": {"exitCode": 1}}


@pytest.mark.parametrize(
    ("one", "query", "code", "message"),
    [
        (pod("a"), "container=nope", 400, "container nope is not valid for pod a"),
        (
            pod("a", spec=TWO),
            "",
            400,
            "a container name must be specified for pod a, choose one of: [app side]",
        ),
        (pod("a"), "", 404, 'logs of container "app" in pod "a" were not recorded'),
        (pod("a", status=WAITS), "", 400, 'container "app" in pod "a" is waiting to start: ImagePullBackOff'),
        (
            pod("a", status=WAITS),
            "previous=1",
            400,
            'previous terminated container "app" in pod "a" not found',
        ),
        (
            pod("a", status={"containerStatuses": [CRASHED]}),
            "previous=1",
            404,
            'previous logs of container "app" in pod "a" were not recorded',
        ),
        (
            pod("a", status={"containerStatuses": [CRASHED]}),
            "",
            404,
            'logs of container "app" in pod "a" were not recorded',
        ),
        (pod("b"), "", 404, 'pods "a" not found'),
    ],
)
def test_where_there_is_no_log_the_answer_says_why(
    tmp_path: Path, one: Object, query: str, code: int, message: str
) -> None:
    answer = api(tmp_path, {"shop/b/app.log": STAMPED}, one).ask(f"{URL}?{query}")
    assert refusal(answer) == (code, message)


def test_a_log_that_was_not_recorded_has_that_as_its_cause(tmp_path: Path) -> None:
    answer = api(tmp_path, {"shop/services.json": []}).ask(URL)
    assert json.loads(answer.body)["details"]["causes"][0]["reason"] == "NotRecorded"


def test_a_pod_that_was_never_on_a_node_has_an_empty_log(tmp_path: Path) -> None:
    pending = pod("a", spec={"nodeName": ""}, status={"phase": "Pending"})
    assert api(tmp_path, {"shop/services.json": []}, pending).text(URL) == ""


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("tailLines=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            "tailLines=-1",
            422,
            'PodLogOptions "a" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
        ),
        (
            "sinceSeconds=0",
            422,
            'PodLogOptions "a" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0',
        ),
        (
            "limitBytes=0",
            422,
            'PodLogOptions "a" is invalid: limitBytes: Invalid value: 0: must be greater than 0',
        ),
        (
            "sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z",
            422,
            'PodLogOptions "a" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
        ),
        (
            "sinceTime=foo",
            400,
            'parsing time "foo" as "2006-01-02T15:04:05Z07:00": cannot parse "foo" as "2006"',
        ),
    ],
)
def test_wrong_options_are_refused_in_the_words_of_the_server(
    tmp_path: Path, query: str, code: int, message: str
) -> None:
    assert refusal(api(tmp_path).ask(f"{URL}?{query}")) == (code, message)


@pytest.mark.parametrize("container", ["../app", "..", "app/../app", "%2e%2e"])
def test_a_container_name_cannot_leave_the_folder(tmp_path: Path, container: str) -> None:
    evil = pod("a", spec={"containers": [{"name": container, "image": "x"}], "nodeName": "n1"})
    served = api(tmp_path, {"shop/app.log": "2026-01-01T00:00:00Z outside\n"}, evil)
    assert served.ask(f"{URL}?container={container}").code in {400, 404}


def test_a_linked_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("2026-01-01T00:00:00Z secret\n")
    served = api(tmp_path / "replay")
    (served.state.dump.folder / "shop/a/app.log").unlink()
    (served.state.dump.folder / "shop/a/app.log").symlink_to(tmp_path / "secret")
    code, message = refusal(served.ask(URL))
    assert code == 404
    assert "symbolic link" in message


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(alphabet="ab \u00e4", max_size=9), max_size=12), st.integers(0, 14), st.booleans())
def test_the_tail_of_any_log_is_its_last_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], tail: int, ended: bool
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    data = "\n".join(lines).encode() + (b"\n" if ended and lines else b"")
    path.write_bytes(data)
    whole = data.splitlines(keepends=True)
    for start in (0, len(whole[0]) if whole else 0):
        log = LogFile(path, start, len(data), stamped=False)
        expected = data[start:].splitlines(keepends=True)[-tail:] if tail else []
        assert b"".join(read_log(log, Wanted(tail=tail))) == b"".join(expected)


def test_the_tail_of_a_large_log_is_found_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    lines = [f"2026-01-01T00:00:00Z {n:06} {'x' * 90}\n" for n in range(20_000)]
    path.write_text("".join(lines))
    log = LogFile(path, 0, path.stat().st_size, stamped=True)
    shown = b"".join(read_log(log, Wanted(tail=3_000, timestamps=True))).decode()
    assert shown == "".join(lines[-3_000:])
