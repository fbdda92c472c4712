"""The pod templates of a Deployment over time: what the last rollout changed, and whether it was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from interlock.core.clusters.objects import Ref
from interlock.core.errors import InterlockError
from interlock.tools.changes.history import Revision, history
from interlock.tools.changes.templates import NOT_SET, template_diff
from interlock.tools.changes.templates import Change as FieldChange
from interlock.tools.diagnose.model import Need, Statement, the_object
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Pod

_HOLDERS = {"StatefulSet": "controllerrevisions", "DaemonSet": "controllerrevisions"}


@dataclass(frozen=True)
class Change:
    """The step from one template to the next; `number` is the revision, 0 where only pods tell of it."""

    number: int
    new: str
    new_hash: str
    at: datetime | None
    fields: tuple[FieldChange, ...]
    need: Need

    def statements(self, ref: Ref) -> list[Statement]:
        """One sentence a field."""
        which = f"Revision {self.number} of {ref}" if self.number else f"ReplicaSet {self.new} of {ref}"
        return [Statement(f"{which} changed {_words(field)}", (self.need,)) for field in self.fields]


def _words(field: FieldChange) -> str:
    old, new = (NOT_SET if value is None else " ".join(value.split()) for value in (field.old, field.new))
    return f"{field.path} from {old} to {new}"


def revisions_of(scene: Scene, ref: Ref) -> tuple[Revision, ...]:
    """The revisions of a workload, oldest first; none where they cannot be seen."""
    if scene.cluster is None or not scene.seen(_HOLDERS.get(ref.kind, "replicasets"), ref.namespace):
        return ()
    try:
        return history(scene.cluster, ref.namespace, ref.kind, ref.name).revisions
    except InterlockError:
        return ()


def last_change(scene: Scene, ref: Ref) -> Change | None:
    """The last rollout of a workload, from its revisions or, where there are none, from its pods."""
    revisions = revisions_of(scene, ref)
    if len(revisions) < 2:
        return None if revisions else _of_pods(scene, ref)
    old, new = revisions[-2], revisions[-1]
    fields = tuple(sorted(template_diff(old.template, new.template), key=lambda change: _weight(change.path)))
    labels = new.holder.labels
    return Change(
        new.number, new.holder.name, labels.get("pod-template-hash") or labels.get("controller-revision-hash", ""),
        new.created, fields, Need.of("rollout_history", name=ref.name, namespace=ref.namespace, kind=ref.kind.lower()),
    )  # fmt: skip


def _weight(path: str) -> tuple[int, str]:
    order = (".image", ".resources", "Probe", ".env", ".args", ".command", "volumes", "nodeSelector")
    return next(
        (i for i, part in enumerate(order) if part in path), 9 if path.startswith("metadata") else 8
    ), path


def rolled_back(scene: Scene, ref: Ref) -> Statement | None:
    """A sentence when the newest revision is an older ReplicaSet again."""
    revisions = revisions_of(scene, ref)
    newest = revisions[-1] if revisions else None
    if newest is None or newest.created is None:
        return None
    later = [r for r in revisions[:-1] if r.created and r.created > newest.created]
    if not later or any(r.replicas for r in later):
        return None
    return Statement(
        f"{ref} was rolled back, after the rollback revision {newest.number} is {newest.holder} again, {later[-1].holder} is scaled to 0"
    )


def _of_pods(scene: Scene, ref: Ref) -> Change | None:
    by_hash: dict[str, Pod] = {}
    for pod in sorted(scene.pods_of(ref), key=lambda pod: pod.raw.created or scene.now):
        if pod.template_hash:
            by_hash.setdefault(pod.template_hash, pod)
    if len(by_hash) < 2:
        return None
    old, new = list(by_hash.values())[-2:]
    images = {c.name: c.image for c in old.containers}
    fields = tuple(
        FieldChange(f"spec.containers[{c.name}].image", images[c.name], c.image)
        for c in new.containers
        if c.name in images and images[c.name] != c.image
    )
    return Change(0, new.replicaset, new.template_hash, new.raw.created, fields, the_object(new.ref))
