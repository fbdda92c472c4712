"""The Inspector's command line against a server: one step a row, with the exit code and words that are expected of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interlock.evals.bench.node import install, node

LOCKED = Path(__file__).with_name("npm") / "inspector"
ERAS = ("legacy", "modern")
TOOL_ERROR = 5
RESTART = {
    "action": "rollout-restart",
    "args": {"kind": "Deployment", "name": "feature-store", "namespace": "ml-platform", "cluster": "replay"},
    "reason": "it does not come up again by itself",
}


@dataclass(frozen=True)
class Step:
    """A call of the command line: what it shows, its arguments, the exit code and the words it must print."""

    what: str
    argv: tuple[str, ...]
    code: int = 0
    words: tuple[str, ...] = ()


def _method(what: str, method: str, *more: str, code: int = 0, words: tuple[str, ...] = ()) -> Step:
    return Step(what, ("--method", method, *more), code, words)


def _call(
    what: str, tool: str, args: Mapping[str, Any], *, code: int = 0, words: tuple[str, ...] = ()
) -> Step:
    given = ("--tool-name", tool, "--tool-args-json", json.dumps(args))
    return _method(what, "tools/call", *given, code=code, words=words)


STEPS: tuple[Step, ...] = (
    _method("tools/list --strict", "tools/list", "--strict", words=('"readOnlyHint":true', "outputSchema")),
    _call("list pods", "kubernetes_list", {"kind": "pods"}, words=("feature-store", "structuredContent")),
    _call("diagnose", "diagnose", {"namespace": "ml-platform"}, words=("OOMKilled",)),
    _call("ask", "ask", {"question": "how many pods are not ready?"}, words=("conversation",)),
    _call("a wrong argument", "kubernetes_list", {"kin": "x"}, code=TOOL_ERROR, words=("did you mean",)),
    _call("an unknown tool", "no_such_tool", {}, code=TOOL_ERROR),
    _call(
        "no elicitation: a change is asked for, and waits for people",
        "request_change",
        RESTART,
        words=("chg-", "PROPOSED", "people decide at"),
    ),
    _method("resources/list", "resources/list", words=("runbook://index",)),
    _method("resources/templates/list", "resources/templates/list", words=("runbook://{+path}",)),
    _method("resources/read", "resources/read", "--uri", "runbook://index", words=("pod-crash-looping.md",)),
    _method("prompts/list", "prompts/list", words=("triage_alert",)),
    _method(
        "prompts/get",
        "prompts/get",
        "--prompt-name",
        "explain_workload",
        "--prompt-args",
        "name=feature-store",
        "namespace=ml-platform",
        words=("Explain deployment feature-store",),
    ),
)


def inspect(target: Sequence[str], transport: str) -> Iterator[tuple[str, bool, str]]:
    """Every step in both eras: what it was, whether it went as expected, and the end of what was printed."""
    for era in ERAS:
        for step in STEPS:
            done = cli([*target, *step.argv, "--protocol-era", era], transport)
            ok = done.returncode == step.code and all(word in done.stdout for word in step.words)
            said = "" if ok else f"exit {done.returncode}: {(done.stdout + done.stderr)[-300:]}"
            yield f"{era}: {step.what}", ok, said


def load(target: Sequence[str], transport: str, *, requests: int, at_once: int) -> dict[str, Any]:
    """What the Inspector's own load run measures of one cheap tool."""
    asked = ("--tool-name", "kubernetes_list", "--tool-args-json", '{"kind": "pods"}')
    shape = ("--load", "--load-requests", str(requests), "--load-concurrency", str(at_once))
    done = cli([*target, "--method", "tools/call", *asked, *shape], transport)
    assert done.returncode == 0, done.stderr[-500:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found.get("result", found)


def cli(argv: Sequence[str], transport: str) -> subprocess.CompletedProcess[str]:
    """Run the command line once."""
    program = install(LOCKED) / ".bin" / "mcp-inspector"
    return subprocess.run(
        [
            str(node()),
            str(program),
            "--cli",
            *argv,
            "--transport",
            transport,
            "--quiet",
            "--format",
            "json",
            "--connect-timeout",
            "90000",
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
