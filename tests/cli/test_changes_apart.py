"""Split: `interlock approvals` as a process of its own decides and executes; the command line here may only ask."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from browser.served import free_port
from fakes.changing import bundle, sections
from fakes.changing_kube import ChangingKube, changing_kube
from fakes.identity_provider import Provider, running_provider

SERVE = (
    "import sys, json, atexit\n"
    "from interlock.surfaces.cli.main import main\n"
    "seen = sys.argv.pop()\n"
    "atexit.register(lambda: open(seen, 'w').write(json.dumps(sorted(sys.modules))))\n"
    "main(sys.argv[1:])\n"
)
ASKED = (
    "request", "annotate", "--arg", "kind=Deployment", "--arg", "namespace=shop", "--arg", "name=web",
    "--arg", 'annotations={"note": "after"}', "--reason", "the page is wrong", "--json",
)  # fmt: skip


@pytest.fixture
def kube() -> Iterator[ChangingKube]:
    with changing_kube() as api:
        yield api


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as server:
        yield server


@contextmanager
def approvals(settings: Path, port: int, seen: Path) -> Iterator[None]:
    """The service, until it is interrupted; it ends by itself then."""
    argv = [
        sys.executable,
        "-c",
        SERVE,
        "approvals",
        "--config",
        str(settings),
        "--port",
        str(port),
        str(seen),
    ]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, env=dict(os.environ)) as process:
        try:
            _until(lambda: _answers(port), "the service did not answer")
            yield
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
    assert process.returncode in (0, 130) and b"Traceback" not in said, said.decode()
    assert said.endswith(b"\nended\n") and b"error" not in said, said.decode()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


def test_the_chat_side_asks_and_the_other_process_previews_decides_and_executes(
    interlock: Callable[..., Any],
    kube: ChangingKube,
    provider: Provider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "ana")
    port, rules = free_port(), bundle(tmp_path / "policy")
    made = sections(kube.url, rules, split=True, poll_seconds=0.2, url=f"http://localhost:{port}")
    made["identity"]["oidc"] = {"issuer": provider.issuer, "audience": "interlock"}
    other = tmp_path / "approvals.yaml"
    other.write_text(yaml.safe_dump(made))
    # What the chat side knows holds no credential for changes.
    chat = {**made, "approvals": {"enabled": True, "split": True, "url": f"http://localhost:{port}"}}
    (tmp_path / "interlock.yaml").write_text(yaml.safe_dump(chat))
    token = tmp_path / "token"
    token.write_text(provider.token(sub="bo", auth_time=int(time.time())))

    asked = interlock(*ASKED)
    assert asked.code == 5, asked.err
    change = json.loads(asked.out)
    assert (change["state"], change["card"]) == ("REQUESTED", None)
    assert kube.writes == [], "nothing is previewed here: a dry run needs the credential for changes"
    assert not (tmp_path / "state" / "approvals.key").exists()
    refused = interlock(
        "approve", change["id"], "--token-file", str(token), "--reason", "x", "--digest", "0" * 12
    )
    assert refused.code == 2 and "there is no proposal" in refused.err

    seen = tmp_path / "modules.json"
    with approvals(other, port, seen):
        shown = {}

        def proposed() -> bool:
            shown.update(json.loads(interlock("show", change["id"], "--json").out))
            return bool(shown["state"] == "PROPOSED")

        _until(proposed, "it was not previewed")
        here = interlock("approve", change["id"], "--reason", "x", "--digest", shown["digest"])
        assert here.code == 5 and f"http://localhost:{port}/changes/{change['id']}" in here.err
        done = interlock(
            "approve",
            change["id"],
            "--token-file",
            str(token),
            "--digest",
            shown["digest"][:12],
            "--reason",
            "read it",
        )
        assert done.code == 0, done.err

        def ended() -> bool:
            shown.update(json.loads(interlock("show", change["id"], "--json").out))
            return bool(shown["state"] == "SUCCEEDED")

        _until(ended, "it was not executed")
        own = tmp_path / "own"
        own.write_text(provider.token(sub="ana", auth_time=int(time.time())))
        halted = interlock("halt", "--reason", "odd", "--token-file", str(own))
        assert halted.code == 0, halted.err
        assert interlock(*ASKED).code == 3
        mine = interlock("resume", "--reason", "fine", "--token-file", str(own))
        assert mine.code in (0, 3)
        assert interlock("resume", "--reason", "fine", "--token-file", str(token)).code == 0
    assert kube.annotations("shop", "web")["note"] == "after" and len(kube.real_writes) == 1
    modules = json.loads(seen.read_text())
    heavy = ("interlock.agent", "langchain", "langchain_core", "langgraph", "llama_index", "chromadb")
    assert [name for name in modules if name.startswith(heavy)] == []


def test_ctrl_c_in_the_middle_of_a_write_waits_for_its_answer_and_keeps_the_outcome(
    interlock: Callable[..., Any], kube: ChangingKube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ana")
    (tmp_path / "interlock.yaml").write_text(yaml.safe_dump(sections(kube.url, None, solo=True)))
    change = json.loads(interlock(*ASKED).out)
    argv = [
        sys.executable,
        "-c",
        "from interlock.surfaces.cli.main import main; main()",
        "approve",
        change["id"],
    ]
    argv += ["--digest", change["digest"], "--reason", "mine"]
    kube.answers.clear()
    with subprocess.Popen(
        argv, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
    ) as process:
        assert kube.arrived.wait(60)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = b""
        while b"stopping" not in said:
            read = process.stderr.read1()
            assert read, said  # it ended, and did not say so
            said += read
        kube.answers.set()
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(interlock("show", change["id"], "--json").out)["state"] == "SUCCEEDED"
    assert len(kube.real_writes) == 1
