"""Whose data a conversation or a text holds, and whether it may leave for a model, an embedder or another MCP server.

Threat: data of a cluster or source reaches a hosted model that may not see it, by way of an earlier answer or a search
query. Mechanism: what is sent is known by its origins; the policy is asked once for each cluster and each source of
them. Guarantee: one refusal keeps the whole text back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from interlock.core.identity import Principal
from interlock.core.policy.ask import Ask, Policy, ruled

Purpose = Literal["model", "embedding", "tool"]


@dataclass(frozen=True)
class Origins:
    """The clusters and knowledge sources that a text may hold something of."""

    clusters: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    def __or__(self, other: Origins) -> Origins:
        return Origins(self.clusters | other.clusters, self.sources | other.sources)


def asks(provider: str, purpose: Purpose, origins: Origins) -> Iterator[Ask]:
    """What the policy is asked before text of these origins is sent; a text of no origin is asked for once."""
    if not origins.clusters and not origins.sources:
        yield Ask(purpose, provider, act="send", kind="Provider")
    for cluster in sorted(origins.clusters):
        yield Ask(purpose, provider, act="send", kind="Provider", cluster=cluster)
    for source in sorted(origins.sources):
        yield Ask(purpose, provider, act="send", kind="Provider", source=source)


def may_send(policy: Policy, principal: Principal, provider: str, purpose: Purpose, origins: Origins) -> bool:
    """Whether all of it may leave; no, when the policy cannot say."""
    return all(ruled(policy, principal, ask).allowed for ask in asks(provider, purpose, origins))
