"""Bad input gets a clear message and its exit code, never a traceback, and loses nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Interlock = Callable[..., Any]


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_an_empty_question_is_bad_usage(interlock: Interlock, question: str) -> None:
    done = interlock("ask", "--replay", "demo", question)
    assert done.code == 2
    assert "the question is empty" in done.err


def test_an_unknown_command_offers_the_nearest(interlock: Interlock) -> None:
    done = interlock("triag")
    assert done.code == 2
    assert "triage" in done.err


def test_an_unknown_replay_names_the_shipped_ones(interlock: Interlock) -> None:
    done = interlock("ask", "--replay", "nowhere", "why?")
    assert done.code == 2
    assert "demo" in done.err


def test_an_unknown_key_in_the_settings_names_the_nearest(interlock: Interlock, tmp_path: Path) -> None:
    (tmp_path / "interlock.yaml").write_text("agent:\n  modle: x\n")
    done = interlock("config", "check")
    assert done.code == 2
    assert "modle" in done.err
    assert "model" in done.err


def test_an_alert_that_is_not_json_is_bad_usage(interlock: Interlock, tmp_path: Path) -> None:
    (tmp_path / "alert.json").write_text("{half")
    done = interlock("triage", str(tmp_path / "alert.json"), "--replay", "demo")
    assert done.code == 2
    assert "alert.json" in done.err


@pytest.mark.parametrize("document", [[], {}, {"alerts": "x"}, {"version": "4", "alerts": []}, 7, "text"])
def test_an_alert_of_another_shape_is_bad_usage(
    interlock: Interlock, tmp_path: Path, document: object
) -> None:
    (tmp_path / "alert.json").write_text(json.dumps(document))
    done = interlock("triage", str(tmp_path / "alert.json"), "--replay", "demo")
    assert done.code == 2
    assert done.err.startswith("error: ") or "\nerror: " in done.err


@pytest.mark.parametrize("url", ["not a url", "ftp://127.0.0.1", ""])
def test_what_is_no_cluster_url_is_bad_usage(interlock: Interlock, url: str) -> None:
    done = interlock("tools", "call", "--cluster-url", url or " ", "kubernetes_kinds")
    assert done.code == 2
    assert "not a cluster URL" in done.err


def test_a_dead_cluster_is_unreachable(interlock: Interlock) -> None:
    done = interlock("tools", "call", "--cluster-url", "http://127.0.0.1:9", "kubernetes_list", "kind=pods")
    assert done.code == 4
    assert "127.0.0.1:9" in done.err


def test_a_question_about_a_dead_cluster_says_so_instead_of_guessing(interlock: Interlock) -> None:
    done = interlock("ask", "--cluster-url", "http://127.0.0.1:9", "why is deployment api failing?")
    assert done.code == 4
    assert "127.0.0.1:9" in done.err


def test_a_half_written_dump_is_named(interlock: Interlock, tmp_path: Path, repo_root: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(repo_root / "evals" / "replays" / "demo", broken)
    victim = next((broken / "cluster").rglob("pods.json"))
    victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    done = interlock("ask", "--replay", str(broken), "--json", "what is wrong?")
    said = done.out + done.err
    assert done.code in (0, 2)
    assert "pods.json" in said or "pods" in json.dumps(json.loads(done.out)["limits"])


def test_a_folder_that_is_no_replay_is_bad_usage(interlock: Interlock, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = interlock("ask", "--replay", str(tmp_path / "empty"), "what is wrong?")
    assert done.code == 2
    assert "replay" in done.err


def test_a_replay_that_leads_outside_its_folder_is_refused(interlock: Interlock, tmp_path: Path) -> None:
    (tmp_path / "sly").mkdir()
    (tmp_path / "sly" / "replay.yaml").write_text("now: 2026-01-01T00:00:00Z\ncluster: ../../etc\n")
    done = interlock("ask", "--replay", str(tmp_path / "sly"), "what is wrong?")
    assert done.code == 2


def test_a_runbook_that_is_not_utf8_is_searched_all_the_same(interlock: Interlock, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "latin.md").write_bytes("# Caf\xe9 queue\n\nThe zebrafish queue is stuck.\n".encode("latin-1"))
    done = interlock("search", "--knowledge", str(pages), "zebrafish queue", "--json")
    assert done.code == 0
    assert json.loads(done.out)["hits"][0]["path"] == "latin.md"


def test_an_unknown_tool_and_an_unknown_argument_are_refused(interlock: Interlock) -> None:
    assert interlock("tools", "call", "--replay", "demo", "pod_log").code == 2
    done = interlock("tools", "call", "--replay", "demo", "pod_logs", "pdo=x")
    assert done.code == 2
    assert "pdo" in done.err


def test_a_search_without_words_is_bad_usage(interlock: Interlock) -> None:
    assert interlock("search").code == 2
    assert interlock("search", " ").code == 2


def test_ctrl_c_ends_a_server_quietly(tmp_path: Path, repo_root: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("interlock")),
        "replay",
        "serve",
        str(repo_root / "evals/replays/demo"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None and serving.stderr is not None
        assert "serving" in serving.stdout.readline()
        serving.send_signal(signal.SIGINT)
        serving.wait(timeout=10)
        err = serving.stderr.read()
    assert serving.returncode in (0, 130)
    assert "Traceback" not in err


def test_ctrl_c_during_a_question_leaves_a_record_that_verifies(
    interlock: Interlock, tmp_path: Path, repo_root: Path
) -> None:
    command = [
        str(Path(sys.executable).with_name("interlock")),
        "ask",
        "--replay",
        str(repo_root / "evals/replays/demo"),
    ]
    with subprocess.Popen(
        [*command, "what is wrong?"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    ) as asking:
        assert asking.stderr is not None
        asking.stderr.readline()
        asking.send_signal(signal.SIGINT)
        _, err = asking.communicate(timeout=20)
    assert asking.returncode in (0, 130)
    assert "Traceback" not in err
    assert interlock("audit", "verify").code == 0


@pytest.mark.parametrize("command", [("serve", "--replay", "demo"), ("approvals",)])
def test_a_port_that_is_taken_is_said_before_anything_listens(
    interlock: Interlock, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("INTERLOCK_APPROVALS__ENABLED", "true")
    monkeypatch.setenv("INTERLOCK_APPROVALS__SOLO", "true")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = interlock(*command, "--port", str(port))
    assert done.code == 2
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.err
    assert "--port" in done.err
    assert "listening" not in done.err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("blow-up",), "hint: docs/actions.md lists them"),
        (("scale", "--arg", "namespace=shop"), "no cluster is configured\nhint: name one in interlock.yaml"),
        (
            ("scale", "--arg", "cluster=c", "--arg", "nam=x"),
            "hint: docs/actions.md lists the arguments of scale",
        ),
    ],
)
def test_a_change_that_was_asked_for_wrongly_is_told_what_to_write(
    interlock: Interlock, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("INTERLOCK_APPROVALS__ENABLED", "true")
    monkeypatch.setenv("INTERLOCK_APPROVALS__SOLO", "true")
    done = interlock("request", *asked, "--reason", "x")
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        (("mcp-servers", "list"), 0, "no MCP server is configured"),
        (("mcp-servers", "accept", "x"), 2, "configured ones: none"),
        (("tools", "call", "mcp_grafana_rules"), 2, "interlock mcp-servers list"),
    ],
)
def test_a_tool_of_a_server_that_nobody_set_up_says_where_to_begin(
    interlock: Interlock, call: tuple[str, ...], code: int, said: str
) -> None:
    done = interlock(*call)
    assert done.code == code
    assert said in done.err


def test_a_certificate_that_is_none_is_named_as_a_setting(interlock: Interlock, tmp_path: Path) -> None:
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).write_text("no PEM")
    (tmp_path / "interlock.yaml").write_text("serve: {tls_cert: tls.crt, tls_key: tls.key, port: 0}\n")
    done = interlock("serve", "--replay", "demo")
    assert done.code == 2
    assert "serve.tls_cert" in done.err
    assert "listening" not in done.err


@pytest.mark.parametrize("split", [True, False])
def test_who_would_lift_a_halt_without_a_login_is_sent_to_no_page_that_does_not_do_it(
    interlock: Interlock, tmp_path: Path, split: bool
) -> None:
    settings = {"approvals": {"enabled": True, "split": split, "url": "http://127.0.0.1:1"}}
    (tmp_path / "interlock.yaml").write_text(json.dumps(settings))
    done = interlock("resume", "--reason", "x")
    assert done.code == 5
    assert "hint: use --token-file FILE: no page does this" in done.err


def test_an_approvals_service_that_is_down_is_named_as_such(interlock: Interlock, tmp_path: Path) -> None:
    settings = {"approvals": {"enabled": True, "split": True, "url": "http://127.0.0.1:1"}}
    (tmp_path / "interlock.yaml").write_text(json.dumps(settings))
    (tmp_path / "token").write_text("x")
    done = interlock("halt", "--reason", "x", "--token-file", "token")
    assert done.code == 4
    assert "is `interlock approvals` running there?" in done.err


def test_a_halt_waits_for_no_service_that_is_down(interlock: Interlock, tmp_path: Path) -> None:
    settings = {"approvals": {"enabled": True, "split": True, "url": "http://127.0.0.1:1"}}
    (tmp_path / "interlock.yaml").write_text(json.dumps(settings))
    assert interlock("halt", "--reason", "odd requests").code == 0
    assert json.loads(interlock("proposals", "--json").out)["halted"] == "odd requests"


def test_a_request_that_could_not_be_previewed_says_that_it_is_kept(
    interlock: Interlock, tmp_path: Path
) -> None:
    down = {"url": "http://127.0.0.1:1"}
    changed = {"toy": {"write": down, "rights": "policy"}}
    settings = {
        "approvals": {"enabled": True, "solo": True, "clusters": changed},
        "clusters": {"named": {"toy": down}},
    }
    (tmp_path / "interlock.yaml").write_text(json.dumps(settings))
    args = ("kind=Deployment", "namespace=shop", "name=web", 'annotations={"a":"b"}')
    given = [part for each in args for part in ("--arg", each)]
    done = interlock("request", "annotate", *given, "--reason", "x")
    assert done.code == 4
    assert "the request is kept" in done.err
    assert "REQUESTED" in interlock("proposals").out
    assert "is it up, and is that its address?" in interlock("doctor").out
