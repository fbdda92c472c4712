"""A container's log: numbered, bounded, and never with a key in it."""

from __future__ import annotations

import base64

import pytest
from fakes.kube_api import KubeApi
from fakes.replays import Json, Make, MakeCalls, Serve, Tree
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.errors import BadInput, Forbidden, NotFound, UnknownName
from interlock.tools.kubernetes.podlogs import LIMIT_BYTES, escaped, split_lines

ASK = {"namespace": "shop", "pod": "api-1"}
PODS, LOG = "/api/v1/namespaces/shop/pods", "/api/v1/namespaces/shop/pods/api-1/log"
CRASHED = {"lastState": {"terminated": {"exitCode": 1}}}


def held(content: bytes, pod: Json) -> KubeApi:
    api = KubeApi().serves("", "v1", ("pods", "Pod", True)).items(PODS, pod)
    api.logs[LOG] = content
    return api


def with_sidecar(pod: Json, **status: object) -> Json:
    pod["spec"]["containers"].append({"name": "proxy", "image": "mesh:1"})
    running = {"running": {}}
    pod["status"]["containerStatuses"].append({"name": "proxy", "ready": True, "state": running, **status})
    return pod


def test_every_line_has_its_place_and_its_number(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"))
    tree.log("shop", "api-1", "api.log", b"2026-03-02T11:00:00.5Z start\n2026-03-02T11:00:01.5Z ready\n")
    evidence = calls(cluster=served(tree.replay())).call("pod_logs", ASK)
    assert evidence.text.split("\n") == [
        "api-1/api:1 2026-03-02T11:00:00.5Z start",
        "api-1/api:2 2026-03-02T11:00:01.5Z ready",
    ]
    assert (evidence.kind, evidence.subject, evidence.limits) == ("log", "Pod shop/api-1", ())
    assert str(evidence.locators[0]) == "kubernetes: logs shop/api-1/api previous=false tail=200"


def test_the_previous_run_is_another_log(tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    tree.objects("shop", "pods", make_pod("api-1", restartCount=2, **CRASHED))
    tree.log("shop", "api-1", "api.log", b"2026-03-02T11:00:00Z again\n")
    tree.log("shop", "api-1", "api.previous.log", b"2026-03-02T10:00:00Z panic: no config\n")
    door = calls(cluster=served(tree.replay()))
    assert "panic: no config" in door.call("pod_logs", {**ASK, "previous": True}).text
    assert "panic" not in door.call("pod_logs", ASK).text


def test_a_previous_run_that_never_was_is_not_found(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"))
    with pytest.raises(NotFound, match="previous terminated container") as caught:
        calls(cluster=served(tree.replay())).call("pod_logs", {**ASK, "previous": True})
    assert caught.value.hint == "try previous=false"


def test_the_tail_is_cut_by_the_server_and_said(served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    api = held(b"".join(b"line %d\n" % n for n in range(1000)), make_pod("api-1"))
    evidence = calls(cluster=served(api)).call("pod_logs", {**ASK, "tail": 3})
    assert evidence.text.split("\n") == [
        "api-1/api:1 line 997",
        "api-1/api:2 line 998",
        "api-1/api:3 line 999",
    ]
    assert evidence.limits == ("only the last 3 lines were read; what came before was not looked at",)
    asked = [query for path, query in api.asked if path == LOG]
    assert [(q["tailLines"], q["limitBytes"]) for q in asked] == [("3", str(LIMIT_BYTES))]


def test_the_newest_lines_are_shown_even_when_the_tail_does_not_fit(
    served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    api = held(b"".join(b"%06d %s\n" % (n, b"x" * 20_000) for n in range(400)), make_pod("api-1"))
    evidence = calls(cluster=served(api)).call("pod_logs", {**ASK, "tail": 200})
    numbers = [text[:6] for text in evidence.data["text"].split("\n")]
    assert numbers[-1] == "000399"
    assert 30 <= len(numbers) < 50
    assert evidence.limits == (
        f"only the last {len(numbers)} lines were read; what came before was not looked at",
    )


def test_one_endless_line_is_cut_and_said(served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    evidence = calls(cluster=served(held(b"y" * 5_000_000, make_pod("api-1")))).call("pod_logs", ASK)
    assert f"the last line is longer than {LIMIT_BYTES} bytes; its end was not read" in evidence.limits
    assert len(evidence.text) < 20_000


def test_a_binary_log_is_shown_without_its_bytes_and_said(
    served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    evidence = calls(cluster=served(held(b"ok\n\x00\x01\xff\xfe\nend\n", make_pod("api-1")))).call(
        "pod_logs", ASK
    )
    assert evidence.text.split("\n")[1] == "api-1/api:2 \\x00\\x01\ufffd\ufffd"
    assert evidence.limits == (
        "1 lines hold bytes that are no printable text; they are shown as \\xNN or \ufffd",
    )


def test_contains_is_literal_in_any_case_and_counts_what_it_hid(
    served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    log = b"a [WARN] disk\nb info\nc [warn] again\nd warn\n"
    evidence = calls(cluster=served(held(log, make_pod("api-1")))).call(
        "pod_logs", {**ASK, "contains": "[Warn]"}
    )
    assert evidence.text.split("\n") == ["api-1/api:1 a [WARN] disk", "api-1/api:3 c [warn] again"]
    assert evidence.limits == ("2 of 4 lines do not contain the text and are not shown",)


def test_since_cuts_by_the_times_that_lines_carry(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"))
    tree.log(
        "shop", "api-1", "logs.txt", b"2026-03-02T10:00:00Z old\n2026-03-02T11:55:00Z new\n  at line 3\n"
    )
    door = calls(cluster=served(tree.replay()))
    assert door.call("pod_logs", {**ASK, "since_minutes": 10}).data["text"] == "new\n  at line 3"
    tree.log("shop", "api-1", "logs.txt", b"no time here\n")
    untimed = door.call("pod_logs", {**ASK, "since_minutes": 10})
    assert untimed.limits == ("the lines carry no time, so the time window could not be applied",)


def test_of_several_containers_the_failing_one_is_read(
    served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    api = held(b"boom\n", with_sidecar(make_pod("api-1", state=waiting, **CRASHED)))
    assert calls(cluster=served(api)).call("pod_logs", ASK).text == "api-1/api:1 boom"


def test_several_healthy_containers_have_to_be_told_apart(
    served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    pod = with_sidecar(make_pod("api-1"))
    with pytest.raises(BadInput) as caught:
        calls(cluster=served(held(b"x\n", pod))).call("pod_logs", ASK)
    assert caught.value.hint == "container is one of: api, proxy"
    pod["metadata"]["annotations"] = {"kubectl.kubernetes.io/default-container": "proxy"}
    assert calls(cluster=served(held(b"x\n", pod))).call("pod_logs", ASK).text == "api-1/proxy:1 x"


def test_a_wrong_container_or_pod_is_answered_with_the_nearest(
    served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    door = calls(cluster=served(held(b"x\n", with_sidecar(make_pod("api-1")))))
    with pytest.raises(UnknownName) as caught:
        door.call("pod_logs", {**ASK, "container": "proxxy"})
    assert caught.value.near == ["proxy"]
    with pytest.raises(NotFound) as wrong:
        door.call("pod_logs", {"namespace": "shop", "pod": "api-2"})
    assert "did you mean 'api-1'?" in str(wrong.value.hint)


def test_a_refused_log_is_named_as_refused(served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    api = KubeApi().serves("", "v1", ("pods", "Pod", True)).items(PODS, make_pod("api-1"))
    api.refuses(LOG, 'pods "api-1" is forbidden: cannot get resource "pods/log"')
    with pytest.raises(Forbidden, match="pods/log"):
        calls(cluster=served(api)).call("pod_logs", ASK)


def test_a_log_without_lines_says_so(served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    evidence = calls(cluster=served(held(b"", make_pod("api-1")))).call("pod_logs", ASK)
    assert evidence.text == "0 log lines found: logs shop/api-1/api previous=false tail=200"


def private_key() -> list[str]:
    body = base64.b64encode(bytes(range(256)) * 3).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return ["-----BEGIN RSA " + "PRIVATE KEY-----", *lines, "-----END RSA " + "PRIVATE KEY-----"]


@pytest.mark.parametrize("stamped", [True, False])
def test_a_key_that_was_logged_line_by_line_is_hidden(
    served: Serve, calls: MakeCalls, make_pod: Make, *, stamped: bool
) -> None:
    key = private_key()
    stamp = "2026-03-02T11:00:00Z " if stamped else ""
    log = "\n".join(stamp + line for line in ["before", *key, "after"]).encode()
    door = calls(cluster=served(held(log, make_pod("api-1"))))
    whole = door.call("pod_logs", ASK)
    assert "before" in whole.text and "after" in whole.text
    picked = door.call("pod_logs", {**ASK, "contains": key[3][10:30]})
    for line in key[1:-1]:
        assert line not in repr(whole)
        assert line not in repr(picked)


def test_a_forged_frame_hides_no_other_line(served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    log = "\n".join([private_key()[0], "ERROR: disk is full", "ERROR: again"]).encode()
    evidence = calls(cluster=served(held(log, make_pod("api-1")))).call(
        "pod_logs", {**ASK, "contains": "error"}
    )
    assert "disk is full" in evidence.text and "again" in evidence.text


@given(st.text())
def test_lines_split_at_newlines_only_and_lose_nothing(text: str) -> None:
    lines = split_lines(text)
    assert len(lines) == text.count("\n") + (not text.endswith("\n")) - (text == "")
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert not any(c in escaped(line.text) for line in lines for c in "\x00\x07\x1f\x7f")
