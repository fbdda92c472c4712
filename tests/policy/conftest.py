"""A bundle of a payments company, written fresh for every test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.core.identity import Principal
from interlock.core.replay.manifest import Replay
from interlock.core.settings import Settings

if TYPE_CHECKING:
    from interlock.agent.runtime import Runtime

ANA = Principal("oidc:ana")

HEADER = """\
version: 1
name: payments
environments:
  prod: {clusters: [prod-eu, prod-us]}
  dev: {clusters: [dev]}
groups:
  sre: ["oidc:ana", "oidc:bo"]
  ml: ["oidc:cy"]
  contractors: ["oidc:dee"]
  web: ["oidc:ed"]
budgets:
  - {group: ml, questions_per_day: 100}
"""
POLICIES = """\
// People read everything but the card vault.
@id("people-read")
permit(principal is Interlock::Person, action == Interlock::Action::"read", resource);

@id("no-vault")
forbid(principal, action == Interlock::Action::"read", resource in Interlock::Environment::"prod")
when { context.namespace == "card-vault" } unless { principal in Interlock::Group::"sre" };

@id("sre-request") permit(principal in Interlock::Group::"sre",
  action == Interlock::Action::"request", resource);
@id("sre-decide")
permit(principal in Interlock::Group::"sre", action == Interlock::Action::"decide", resource)
when { context.risk != "high" };

@id("no-contractors-in-prod")
forbid(principal in Interlock::Group::"contractors", action, resource in Interlock::Environment::"prod");

@id("ask-local-models") permit(principal, action == Interlock::Action::"send", resource == Interlock::Provider::"ollama");
@id("hosted-models-see-dev")
permit(principal, action == Interlock::Action::"send", resource) when { context.cluster == "dev" };
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a bundle; `header` and `policies` are edited by (old, new) pairs."""

    def made(name: str = "bundle", *, edits: dict[str, str] | None = None, extra: str = "") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        header, policies = HEADER, POLICIES
        for old, new in (edits or {}).items():
            assert old in header + policies, old
            header, policies = header.replace(old, new), policies.replace(old, new)
        (folder / "policy.yaml").write_text(header)
        (folder / "main.cedar").write_text(policies + extra)
        return folder

    return made


def pod(place: str) -> dict[str, Any]:
    """A pod whose every name says in which cluster it runs."""
    image = f"registry.test/{place}:1"
    state = {"running": {"startedAt": "2026-03-01T11:00:00Z"}}
    status = {"name": "c", "ready": True, "restartCount": 0, "state": state, "image": image}
    return {
        "metadata": {"name": f"api-{place}-0", "namespace": "shop", "uid": place, "labels": {"app": place}},
        "spec": {"nodeName": f"node-{place}", "containers": [{"name": "c", "image": image}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [status],
        },
    }


@pytest.fixture(scope="session")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """Two recorded clusters by name, `dev` and `prod`, over HTTP; one pod in each."""
    from interlock.core.replay.server import serve as served

    with ExitStack() as stack:
        named = {}
        for place in ("dev", "prod"):
            folder = tmp_path_factory.mktemp(place)
            for kind, items in {"pods": [pod(place)], "deployments.apps": [], "events": []}.items():
                file = folder / "cluster" / "shop" / f"{kind}.json"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))
            (folder / "replay.yaml").write_text("now: 2026-03-01T12:00:00Z\ncluster: cluster\n")
            named[place] = {"url": stack.enter_context(served(Replay.load(folder))).url}
        yield named


Open = Callable[..., "Runtime"]


@pytest.fixture
def opened(tmp_path: Path, clusters: dict[str, dict[str, str]]) -> Iterator[Open]:
    """Opens a runtime on both clusters under a bundle of these policies; keyword arguments are sections."""
    # Loaded where it is used: the rules of changes are tested without it, many times over (evals/prove/mutation).
    from interlock.agent.runtime import open_runtime

    with ExitStack() as stack:

        def call(policies: str, *, header: str = "", principal: Principal = ANA, **sections: Any) -> Runtime:
            folder = tmp_path / "policies"
            folder.mkdir(exist_ok=True)
            (folder / "policy.yaml").write_text(f"version: 1\nname: t\nsecond_signature: 'off'\n{header}")
            (folder / "main.cedar").write_text(policies)
            named = {"clusters": {"named": clusters, "default": "dev"}, "policy": {"bundle": str(folder)}}
            return stack.enter_context(
                open_runtime(
                    Settings({**named, **sections}),
                    principal=principal,
                    state_dir=tmp_path / "state",
                    cache_dir=tmp_path / "cache",
                    environment={
                        "OPENAI_API_KEY": "sk-test-0123456789abcdef",
                        "EMBED_KEY": "key-of-the-test",
                    },
                )
            )

        yield call
