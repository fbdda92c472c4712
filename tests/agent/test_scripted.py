"""The scripted model of the evals drives the real graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage

from interlock.agent.runtime import open_runtime
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.evals.scripted import Says, ScriptedModel

Follow = Callable[..., dict[str, Any]]


def script(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Says:
    assert "kubernetes_list" in tools
    if not any(isinstance(message, ToolMessage) for message in messages):
        return Says(calls=(("kubernetes_list", {"kind": "nodes"}),))
    return Says("node-a is a node [E1]. node-b is a node [E1].")


def test_a_scripted_model_answers_and_its_lie_is_found(
    replay: Path, tmp_path: Path, answered: Follow
) -> None:
    with open_runtime(
        Settings({}),
        principal=Principal(id="local:eval"),
        replay=replay,
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
        model=lambda: ScriptedModel(script=script),
    ) as runtime:
        answer = answered(runtime.ask("which nodes are there?"))
    assert answer["mode"] == "given"
    assert answer["usage"]["input_tokens"] > 0
    verified = {claim["text"]: claim["verified"] for claim in answer["claims"]}
    assert verified["node-b is a node."] is False
