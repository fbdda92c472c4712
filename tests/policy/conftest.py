"""A bundle of a payments company, written fresh for every test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

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
