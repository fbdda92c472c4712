"""What an action wants written, as data: it can be shown, checked, predicted and stamped before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from pydantic import JsonValue

from interlock.approvals.canonical import Digest
from interlock.approvals.normal import STAMP, Diff, Object, difference, removal
from interlock.approvals.patches import merged, operation, patched
from interlock.approvals.verbs import Answer, Mutator, PatchType, Verbs
from interlock.core.clusters.objects import Node

UNSTAMPED = Digest("0" * 64)
"""Stands for the digest in a preview: the digest covers the preview, so it cannot be known in it."""
_STEM = 47
"""Job names end in 63 characters, with the digest's first ten and what the Job controller adds for its pods."""


@dataclass(frozen=True)
class Patch:
    """A patch of named fields of one object."""

    kind: str
    namespace: str
    name: str
    body: JsonValue
    type: PatchType = "merge"


@dataclass(frozen=True)
class Create:
    """A new object, named by `stem` and the digest, so that it can be made once only."""

    kind: str
    namespace: str
    stem: str
    body: Mapping[str, JsonValue]

    def named(self, digest: Digest) -> str:
        """The name it gets."""
        return f"{self.stem[:_STEM].rstrip('-.')}-{digest[:10]}"


@dataclass(frozen=True)
class Delete:
    """The end of one object of that uid."""

    kind: str
    namespace: str
    name: str
    uid: str


@dataclass(frozen=True)
class Evict:
    """The end of one pod of that uid, where its disruption budgets allow it."""

    namespace: str
    name: str
    uid: str


@dataclass(frozen=True)
class CreateSilence:
    """A silence in Alertmanager; its comment carries the stamp."""

    body: Mapping[str, JsonValue]


@dataclass(frozen=True)
class ExpireSilence:
    """The end of a silence."""

    id: str


Verb = Literal["patch", "create", "delete", "evict", "silence", "expire"]
Write = Patch | Create | Delete | Evict | CreateSilence | ExpireSilence


def stamped(write: Write, digest: Digest, current: Object) -> Write:
    """The write with the digest on it, where it can carry one. A deletion cannot: its object goes."""
    match write:
        case Patch(type="merge"):
            return replace(write, body=merged(write.body, {"metadata": {"annotations": {STAMP: digest}}}))
        case Patch():
            return replace(write, body=[*_operations(write), *_stamp_operations(digest, current)])
        case Create():
            own: JsonValue = {"metadata": {"name": write.named(digest), "annotations": {STAMP: digest}}}
            body = merged(dict(write.body), own)
            return replace(write, body=body if isinstance(body, dict) else {})
        case CreateSilence():
            comment = f"{write.body.get('comment', '')} [{STAMP}={digest}]"
            return replace(write, body={**write.body, "comment": comment})
        case _:
            return write


def send(write: Write, verbs: Verbs, version: str) -> Answer:
    """Send it, under the lock `version`, the resourceVersion as it was read."""
    match write:
        case Patch():
            body, kind = write.body, write.type
            return verbs.patch(write.kind, write.namespace, write.name, body, kind, version)
        case Create():
            return verbs.create(write.kind, write.namespace, write.body)
        case Delete():
            return verbs.delete(write.kind, write.namespace, write.name, uid=write.uid, version=version)
        case Evict():
            return verbs.evict(write.namespace, write.name, uid=write.uid, version=version)
        case CreateSilence():
            return _silencing(verbs).create_silence(write.body)
        case ExpireSilence():
            _silencing(verbs).expire_silence(write.id)
            return {"id": write.id}
        case _:
            assert_never(write)


def predicted(write: Write, before: Object) -> Mapping[str, JsonValue] | None:
    """What the object would be after it, by the patch formats alone: no defaults, no admission, no validation."""
    match write:
        case Patch(type="merge"):
            made = merged(dict(before), write.body)
            return made if isinstance(made, dict) else None
        case Patch():
            made = patched(dict(before), _operations(write))
            return made if isinstance(made, dict) else None
        case Create() | CreateSilence():
            return write.body
        case _:
            return None


def change_of(write: Write, before: Object, after: Object | None) -> Diff:
    """The difference that a write makes, as it is shown and signed."""
    match write:
        case Delete() | Evict():
            return removal(before)
        case Create():
            # The name ends in the digest, which covers this difference.
            shown = merged(dict(after or {}), {"metadata": {"name": f"{write.stem}-(digest)"}})
            return difference(None, shown if isinstance(shown, dict) else {})
        case CreateSilence():
            return difference(None, after)
        case ExpireSilence():
            return difference(before, None)
        case _:
            return difference(before, after)


def verb_of(write: Write) -> Verb:
    """The verb, as records name it."""
    match write:
        case Patch():
            return "patch"
        case Create():
            return "create"
        case Delete():
            return "delete"
        case Evict():
            return "evict"
        case CreateSilence():
            return "silence"
        case ExpireSilence():
            return "expire"
        case _:
            assert_never(write)


def _operations(write: Patch) -> list[dict[str, JsonValue]]:
    return [each for each in write.body if isinstance(each, dict)] if isinstance(write.body, list) else []


def _stamp_operations(digest: Digest, current: Object) -> list[dict[str, JsonValue]]:
    held = Node(current).value("metadata", "annotations")
    # A JSON patch adds to what is there only.
    parent = [] if isinstance(held, dict) else [operation("add", ("metadata", "annotations"), {})]
    return [*parent, operation("add", ("metadata", "annotations", STAMP), digest)]


def _silencing(verbs: Verbs) -> Mutator:
    if not isinstance(verbs, Mutator):
        raise TypeError("silences have no dry run: only a mutator makes them")
    return verbs
