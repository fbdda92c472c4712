"""What tests of the ways in and out of changes stand on: people, a policy of theirs, and settings for a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ANA, BO, CY, DEE = "person:ana", "person:bo", "person:cy", "person:dee"
"""Ana asks; Bo and Cy may decide; Dee may only look."""
PEOPLE = {
    ANA: ["oidc:ana", "local:ana"],
    BO: ["oidc:bo", "local:bo"],
    CY: ["oidc:cy"],
    DEE: ["oidc:dee"],
}
POLICIES = """
@id("people-read") permit(principal is Interlock::Person, action == Interlock::Action::"read", resource);
@id("people-ask") permit(principal is Interlock::Person, action == Interlock::Action::"send", resource);
@id("ops-request") permit(principal in Interlock::Group::"ops", action == Interlock::Action::"request", resource);
@id("bot-request") permit(principal == Interlock::Service::"svc:bot", action == Interlock::Action::"request", resource);
@id("bot-read") permit(principal == Interlock::Service::"svc:bot", action == Interlock::Action::"read", resource);
@id("ops-decide") permit(principal in Interlock::Group::"ops", action == Interlock::Action::"decide", resource);
"""
ARGS = {
    "cluster": "toy",
    "kind": "Deployment",
    "namespace": "shop",
    "name": "web",
    "annotations": {"note": "after"},
}


def bundle(folder: Path, *, quorum: int = 1, changes: str = "", extra: str = "") -> Path:
    """A policy bundle: the group ops asks and decides, and so many people it takes."""
    folder.mkdir(parents=True, exist_ok=True)
    floor = (
        f"changes:\n  defaults:\n    low: {{quorum: {quorum}}}\n    medium: {{quorum: {quorum}}}\n{changes}"
    )
    header = (
        f"version: 1\nname: t\nsecond_signature: 'off'\ngroups:\n  ops: ['{ANA}', '{BO}', '{CY}']\n{floor}"
    )
    (folder / "policy.yaml").write_text(header)
    (folder / "main.cedar").write_text(POLICIES + extra)
    return folder


def sections(cluster_url: str, policy: Path | None, **approvals: Any) -> dict[str, Any]:
    """Settings under which the cluster `toy` may be changed."""
    write = {"write": {"url": cluster_url}, "rights": "policy"}
    made: dict[str, Any] = {
        "clusters": {"named": {"toy": {"url": cluster_url}}, "default": "toy"},
        "identity": {"people": {person: list(aliases) for person, aliases in PEOPLE.items()}},
        "approvals": {
            "enabled": True,
            "clusters": {"toy": write},
            "poll_seconds": 5,
            "verify_seconds": 5,
            **approvals,
        },
    }
    return {**made, "policy": {"bundle": str(policy)}} if policy else made
