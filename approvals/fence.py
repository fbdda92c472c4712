"""Lets a write out only while the claim that it belongs to holds.

Threat: an executor that stood still between putting its intent on disk and sending (a machine that slept, a process that
was stopped) makes a change that was settled meanwhile as never made. Mechanism: right before each write the time is held
against the claim as it was last written. Guarantee: what leaves is sent while nobody else may take the change up, and has
arrived or been lost before anybody says that it never did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import JsonValue

from interlock.approvals.errors import NotSent
from interlock.approvals.verbs import Answer, Mutator, PatchType


class Fenced:
    """A mutator behind a claim. `held` says whether it holds, without asking the store."""

    changes_things: Literal[True] = True

    def __init__(self, mutator: Mutator, held: Callable[[], bool]) -> None:
        """Nothing is sent yet."""
        self._mutator = mutator
        self._held = held

    def patch(
        self, kind: str, namespace: str, name: str, body: JsonValue, patch_type: PatchType, version: str
    ) -> Answer:
        """See `Verbs`."""
        return self._open().patch(kind, namespace, name, body, patch_type, version)

    def create(self, kind: str, namespace: str, body: Mapping[str, JsonValue]) -> Answer:
        """See `Verbs`."""
        return self._open().create(kind, namespace, body)

    def delete(self, kind: str, namespace: str, name: str, *, uid: str, version: str) -> Answer:
        """See `Verbs`."""
        return self._open().delete(kind, namespace, name, uid=uid, version=version)

    def evict(self, namespace: str, name: str, *, uid: str, version: str) -> Answer:
        """See `Verbs`."""
        return self._open().evict(namespace, name, uid=uid, version=version)

    def create_silence(self, body: Mapping[str, JsonValue]) -> Answer:
        """See `Mutator`."""
        return self._open().create_silence(body)

    def expire_silence(self, id: str) -> None:
        """See `Mutator`."""
        self._open().expire_silence(id)

    def _open(self) -> Mutator:
        if not self._held():
            raise NotSent("this executor stood still until its claim was over: nothing is sent")
        return self._mutator
