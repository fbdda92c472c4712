"""Whether the cluster itself would let the requester do it: a SubjectAccessReview, at request and at execution.

Threat: the product's credential does for somebody what the cluster would never let them do. Mechanism: each access that
the change needs is reviewed for the person's own user and groups. Guarantee: who cannot be reviewed is refused.
Source: authorization.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from pydantic import JsonValue

from interlock.approvals.action import Action
from interlock.approvals.sight import Seen
from interlock.approvals.steps import StepsAction
from interlock.approvals.words import ArgsT
from interlock.approvals.writes import Create, CreateSilence, Delete, Evict, ExpireSilence, Patch
from interlock.core.clusters.impersonate import impersonated
from interlock.core.clusters.objects import Node
from interlock.core.errors import Refused
from interlock.core.identity import Principal

REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
RULE = "cluster-rights"


@dataclass(frozen=True)
class Access:
    """One verb on one resource, as RBAC knows it."""

    verb: str
    kind: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def __str__(self) -> str:
        what = f"{self.kind}/{self.subresource}" if self.subresource else self.kind
        return f"{self.verb} {what} {self.name}{f' in {self.namespace}' if self.namespace else ''}".strip()

    def attributes(self) -> dict[str, JsonValue]:
        """As `resourceAttributes`."""
        resource, _, group = self.kind.partition(".")
        named = {"verb": self.verb, "resource": resource, "group": group, "namespace": self.namespace}
        return {
            key: value
            for key, value in {**named, "name": self.name, "subresource": self.subresource}.items()
            if value
        }


class Rights(Protocol):
    """Asks a cluster what a person may do."""

    def check(self, requester: str, groups: Sequence[str], needed: Sequence[Access]) -> None:
        """Nothing, when all of it is allowed.

        Raises:
            Refused: naming what is not.
            Unreachable: when the cluster does not say.
        """


class PolicyAlone:
    """Where the cluster is not asked: on a replay, or where the operator leaves it to the policy."""

    def check(self, requester: str, groups: Sequence[str], needed: Sequence[Access]) -> None:
        """Nothing is asked."""


class Reviewed:
    """Asks the cluster for each access. `users` maps canonical ids to users of the cluster."""

    def __init__(
        self,
        review: Callable[[str, Mapping[str, JsonValue]], Mapping[str, JsonValue]],
        users: Mapping[str, str],
    ) -> None:
        self._review = review
        self._users = users

    def check(self, requester: str, groups: Sequence[str], needed: Sequence[Access]) -> None:
        """See `Rights`."""
        user, known = impersonated(Principal(requester, groups=tuple(groups)), self._users)
        for access in needed:
            spec: dict[str, JsonValue] = {
                "user": user,
                "groups": [*known],
                "resourceAttributes": access.attributes(),
            }
            body: dict[str, JsonValue] = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": spec,
            }
            status = Node(self._review(REVIEWS, body)).node("status")
            if not status.flag("allowed") or status.flag("denied"):
                raise Refused(f"the cluster does not let {requester} ({user}) {access}", rule=RULE)


def needed(action: Action[ArgsT], args: ArgsT, seen: Seen) -> tuple[Access, ...]:
    """What the requester must be allowed for a change."""
    write = action.write(args, seen)
    evictions: set[str] = set()
    if isinstance(action, StepsAction):
        evictions = {step.namespace for step in action.steps(args, seen) if step.namespace}
    match write:
        case Patch():
            first = [Access("patch", write.kind, write.namespace, write.name)]
        case Create():
            first = [Access("create", write.kind, write.namespace)]
        case Delete():
            first = [Access("delete", write.kind, write.namespace, write.name)]
        case Evict():
            first = [Access("create", "pods", write.namespace, write.name, "eviction")]
        case CreateSilence() | ExpireSilence():
            first = []
        case _:
            assert_never(write)
    return (*first, *(Access("create", "pods", space, "", "eviction") for space in sorted(evictions)))
