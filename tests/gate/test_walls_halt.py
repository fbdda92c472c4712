"""A halt ends what waits, and cuts what leaves for a model: whoever halts does not know yet what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.changing import ARGS, bundle, sections
from fakes.changing_kube import changing_kube
from langchain_core.messages import BaseMessage

from interlock.agent.runtime import open_runtime
from interlock.approvals.decisions import Decider
from interlock.core.errors import Refused
from interlock.core.events import AnswerEvent
from interlock.core.identity import Principal
from interlock.core.identity.people import Identified
from interlock.core.settings import Settings
from interlock.evals.scripted import Says, ScriptedModel

ANA = Principal("person:ana")


def test_a_halt_voids_requests_stops_decisions_and_sends_nothing_to_a_model(tmp_path: Path) -> None:
    heard: list[str] = []

    def script(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Says:
        heard.append(str(messages[-1].text))
        return Says("Note: nothing.")

    with (
        changing_kube() as kube,
        open_runtime(
            Settings(sections(kube.url, bundle(tmp_path / "policy"))),
            principal=Principal("local:ana"),
            state_dir=tmp_path / "state",
            cache_dir=tmp_path / "cache",
            environment={},
            model=lambda: ScriptedModel(script=script),
        ) as runtime,
    ):
        approvals = runtime.approvals
        assert approvals is not None and approvals.office is not None
        change = approvals.desk.request(ANA, "annotate", dict(ARGS), reason="r")
        list(runtime.ask("is web healthy?"))
        assert len(heard) > 0
        before = len(heard)

        approvals.office.halt(ANA, "odd requests")
        assert approvals.desk.change(change.id).state == "REVOKED"
        answers = [each.answer for each in runtime.ask("and now?") if isinstance(each, AnswerEvent)]
        assert len(heard) == before  # nothing left for the model
        assert answers, "reads go on, without it"
        with pytest.raises(Refused, match="halted"):
            approvals.desk.request(ANA, "annotate", dict(ARGS), reason="r")

        cy = Identified(Principal("person:cy"), known=True, alias="oidc:cy")
        approvals.office.resume(Decider(cy, datetime.now(UTC), "", "web"), "a drill")
        list(runtime.ask("is web healthy?"))
        assert len(heard) > before
        assert kube.real_writes == []
