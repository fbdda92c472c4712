"""Who would undo a change: objects kept by GitOps say so, and are refused unless policy allows it.

An object's own marks are read here, so that no missing or broken implementation of `Surroundings` can make an owned
object look free; what stands further off (owners of owners, code) is asked of the surroundings.
"""

from __future__ import annotations

from interlock.approvals.sight import Sight
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import Refused
from interlock.core.surroundings import Owner

# Argo CD: resource tracking by annotation, or by label with its own key. Flux: labels that its controllers set.
_ARGO = ("argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance")
_FLUX = ("kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name")


def owner_of(sight: Sight, subject: KubeObject) -> Owner | None:
    """What keeps the object as it is; None when nothing is known to."""
    return marked(subject) or sight.surroundings.owner(sight.cluster.name, subject)


def marked(subject: KubeObject) -> Owner | None:
    """The GitOps owner that the object itself names."""
    marks = {**subject.labels, **subject.annotations}
    for key in _ARGO:
        if key in marks:
            return Owner("argocd", marks[key].partition(":")[0], f"{subject} has {key}", reverts=True)
    for key in _FLUX:
        if key in marks:
            return Owner("flux", marks[key], f"{subject} has {key}", reverts=True)
    return None


def refuse_owned(owner: Owner | None, *, allow: bool) -> None:
    """Refuse an object that GitOps would put back.

    Raises:
        Refused: unless policy allows it.
    """
    if owner and owner.reverts and not allow:
        raise Refused(
            f"{owner.evidence}: {owner.system} ({owner.name}) would undo a change by hand",
            rule="gitops-owned",
            hint="change it in its repository, or request argocd-sync or flux-reconcile",
        )
