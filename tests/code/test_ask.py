"""Questions about code through the whole product: sentences, each verified, or an honest no."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.agent.reading.code import code_question
from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.events import AnswerEvent
from interlock.core.identity import Principal
from interlock.core.settings import Settings


@pytest.fixture
def runtime(world: Path, tmp_path: Path) -> Iterator[Runtime]:
    """The product over the small world, with no cluster."""
    with open_runtime(
        Settings({}),
        principal=Principal("local:ana"),
        knowledge=[world],
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={"HOME": str(tmp_path)},
    ) as opened:
        yield opened


def verified(runtime: Runtime, ask: str) -> list[str]:
    answer = next(event.answer for event in runtime.ask(ask) if isinstance(event, AnswerEvent))
    claims = answer["claims"]
    assert isinstance(claims, list)
    assert all(isinstance(c, dict) and c["verified"] for c in claims), claims
    return [str(c["text"]) for c in claims if isinstance(c, dict)]


def test_questions_about_code_are_answered_in_verified_sentences(runtime: Runtime) -> None:
    for ask, starts in {
        "which code owns deployment api in namespace shop?": "manifests/api.yaml:1-20 is the code of deployment shop/api",
        "where is instance_class set for prod?": "grunt/prod/db/terragrunt.hcl:10 sets instance_class = db.large",
        "where is the variable retention set?": "live/orders/main.tf:8 module orders sets variable retention",
        "what does the module queue do?": "modules/queue/README.md:3 says of modules/queue: Makes one message queue",
        "which code uses the module queue?": "modules/queue is called by 2 blocks",
        "which runbook does the alert ApiDown name?": "manifests/rules.yaml:9-12 alert ApiDown names the runbook",
        "what uses the configmap api-config?": "manifests/api.yaml:16 Deployment shop/api uses configmap api-config",
        "which code owns deployment refunds in namespace shop?": "no code here owns deployment shop/refunds",
    }.items():
        assert verified(runtime, ask)[0].startswith(starts), ask


@pytest.mark.parametrize(
    ("ask", "wanted", "name"),
    [
        ("Which code owns deployment/api in shop?", "owner", "api"),
        ("which chart deploys the statefulset cache in namespace orders", "owner", "cache"),
        ("who last changed live/orders/main.tf?", "history", "live/orders/main.tf"),
        ("when was grunt/root.hcl last changed, and by whom?", "history", "grunt/root.hcl"),
        ("which services call checkout?", "", ""),
        ("who uses the module queue in prod?", "used", "queue"),
        ("where is pod api-1 running?", "", ""),
        ("why is the api down?", "", ""),
    ],
)
def test_only_what_is_surely_about_code_is_read_as_such(ask: str, wanted: str, name: str) -> None:
    found = code_question(ask)
    assert (found.wanted if found else "", found.name if found else "") == (wanted, name)
