"""The typed verbs that can change the world. An action receives one of these; it can make neither.

A `Previewer` has the cluster verbs and no way to send them without a dry run; a `Mutator` is the real thing. They differ
in type, so that one in the other's place does not type-check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, runtime_checkable

from pydantic import JsonValue

PatchType = Literal["merge", "json"]
FIELD_MANAGER = "interlock"
Answer = Mapping[str, JsonValue]


class Verbs(Protocol):
    """What can be asked of a cluster. A verb raises NotSent, Answered or OutcomeUnknown; a dry run, whose fate is of no
    matter, Unreachable in place of the last.
    """

    def patch(
        self, kind: str, namespace: str, name: str, body: JsonValue, patch_type: PatchType, version: str
    ) -> Answer:
        """The object as patched; `version` is the resourceVersion it must still have."""

    def create(self, kind: str, namespace: str, body: Mapping[str, JsonValue]) -> Answer:
        """The object as created."""

    def delete(self, kind: str, namespace: str, name: str, *, uid: str, version: str) -> Answer:
        """Delete the object of that uid and resourceVersion."""

    def evict(self, namespace: str, name: str, *, uid: str, version: str) -> Answer:
        """Evict the pod of that uid and resourceVersion, where its disruption budgets allow it."""


@runtime_checkable
class Previewer(Verbs, Protocol):
    """Sends dry runs, and nothing else."""

    only_dry_runs: Literal[True]


@runtime_checkable
class Mutator(Verbs, Protocol):
    """Changes things. Held by the executor alone."""

    changes_things: Literal[True]

    def create_silence(self, body: Mapping[str, JsonValue]) -> Answer:
        """A new silence: `{silenceID}`."""

    def expire_silence(self, id: str) -> None:
        """End a silence."""
