"""The revisions of a Deployment (its ReplicaSets) or of a StatefulSet or DaemonSet (their ControllerRevisions)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import BadInput, Forbidden, NotServed
from interlock.tools.changes.templates import Change, template_diff
from interlock.tools.kubernetes.columns import images
from interlock.tools.kubernetes.names import find_object
from interlock.tools.kubernetes.owned import owned

REVISION = "deployment.kubernetes.io/revision"
EARLIER = "deployment.kubernetes.io/revision-history"
CAUSE = "kubernetes.io/change-cause"
_HOLDERS = {"Deployment": "replicasets.apps", "StatefulSet": "controllerrevisions.apps"}
_HOLDERS["DaemonSet"] = _HOLDERS["StatefulSet"]
_RESOURCES = {kind: f"{kind.lower()}s.apps" for kind in _HOLDERS}
_SHORT = {"deploy": "Deployment", "sts": "StatefulSet", "ds": "DaemonSet"}


@dataclass(frozen=True)
class Revision:
    """One revision. `created` is when its object was made; one that was rolled back to is older than it serves."""

    number: int
    created: datetime | None
    holder: KubeObject
    template: Mapping[str, JsonValue]
    replicas: int | None = None
    cause: str = ""
    earlier: str = ""

    @property
    def images(self) -> tuple[str, ...]:
        """The images of its containers."""
        return tuple(images(Node(self.template)))


@dataclass(frozen=True)
class History:
    """The revisions of one workload, oldest first, and what could not be looked at."""

    kind: str
    namespace: str
    name: str
    revisions: tuple[Revision, ...]
    workload: KubeObject | None = None
    limits: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The workload, as evidence names it."""
        return f"{self.kind} {self.namespace}/{self.name}"

    def changes(self, revision: Revision) -> list[Change] | None:
        """What this revision changed; None when the one before it is not known."""
        place = self.revisions.index(revision)
        return template_diff(self.revisions[place - 1].template, revision.template) if place else None


def history(reader: ClusterReads, namespace: str, kind: str, name: str) -> History:
    """The revisions of a workload; without a namespace the only workload of that name is meant.

    Raises:
        BadInput: when this kind has no rollouts.
        NotFound: with the nearest names.
    """
    kind = rollout_kind(kind)
    limits: list[str] = []
    workload = _workload(reader, namespace, kind, name, limits)
    namespace = workload.namespace if workload else namespace
    revisions = _revisions(reader, namespace, kind, name, workload, limits)
    return History(kind, namespace, name, revisions, workload, tuple(limits))


def rollout_kind(name: str) -> str:
    """The kind with rollouts that `name` means.

    Raises:
        BadInput: when it has none.
    """
    plain = name.lower().removesuffix(".apps")
    for kind in _HOLDERS:
        if plain in (kind.lower(), f"{kind.lower()}s") or _SHORT.get(plain) == kind:
            return kind
    raise BadInput(f"a {name} has no rollouts", hint="kind is one of: deployment, statefulset, daemonset")


def _workload(
    reader: ClusterReads, namespace: str, kind: str, name: str, limits: list[str]
) -> KubeObject | None:
    try:
        return find_object(reader, _RESOURCES[kind], name, namespace)
    except (NotServed, Forbidden) as error:
        if not namespace:
            raise
        limits.append(f"{kind} {namespace}/{name} itself was not looked at: {error.message}")
        return None


def _revisions(
    reader: ClusterReads, namespace: str, kind: str, name: str, workload: KubeObject | None, limits: list[str]
) -> tuple[Revision, ...]:
    def is_its(item: KubeObject) -> bool:
        return _is_owned(item, kind, name, workload)

    try:
        if workload:
            own = owned(reader, _HOLDERS[kind], workload, is_its)
        else:
            own = [item for item in reader.list(_HOLDERS[kind], namespace).objects if is_its(item)]
    except (NotServed, Forbidden) as error:
        what = _HOLDERS[kind].partition(".")[0]
        limits.append(f"earlier revisions were not looked at: {what} cannot be seen ({error.message})")
        return ()
    read = _of_replica_set if kind == "Deployment" else _of_controller_revision
    return tuple(sorted(map(read, own), key=lambda r: (r.number, r.holder.name)))


def _is_owned(item: KubeObject, kind: str, name: str, workload: KubeObject | None) -> bool:
    """By the owner's uid where both are known: a workload deleted and made anew keeps its name only."""
    for owner in item.nodes("metadata", "ownerReferences"):
        if (owner.text("kind"), owner.text("name")) == (kind, name) and owner.flag("controller") is not False:
            uid = owner.text("uid")
            return not uid or workload is None or not workload.uid or uid == workload.uid
    return False


def _of_replica_set(item: KubeObject) -> Revision:
    number = item.annotations.get(REVISION, "")
    return Revision(
        number=int(number) if number.isdecimal() else 0,
        created=item.created,
        holder=item,
        template=item.node("spec", "template").raw,
        replicas=item.number("spec", "replicas"),
        cause=item.annotations.get(CAUSE, ""),
        earlier=item.annotations.get(EARLIER, ""),
    )


def _of_controller_revision(item: KubeObject) -> Revision:
    return Revision(
        number=item.number("revision") or 0,
        created=item.created,
        holder=item,
        template=item.node("data", "spec", "template").raw,
        cause=item.annotations.get(CAUSE, ""),
    )
