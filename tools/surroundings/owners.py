"""Who keeps an object as it is: GitOps by its marks or by what an Application lists, an operator, Helm, code.

Argo CD: status.resources of an Application holds what it tracks, whatever way of tracking is set. Flux: labels that its
controllers put on all they apply. Operators: ownerReferences to a kind that is not Kubernetes' own. Helm: the annotation
with the release's name. What is kept by GitOps or an operator goes back; a pod does not, for it is in nobody's code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from interlock.approvals.ownership import marked
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import InterlockError, NotFound, NotServed, UnknownName, Unreachable
from interlock.core.surroundings import Owner

CodeOwner = Callable[[KubeObject, Sequence[KubeObject]], Owner | None]
"""The code behind an object, with the objects that own it, the nearest first; None when no place stands out."""
HIGHEST = 5
"""Steps up the owner references; Pod, ReplicaSet, Deployment and an operator's object are four."""
_OWN_GROUPS = frozenset({"", "apps", "batch"})
_APPLICATIONS = "applications.argoproj.io"
_RELEASE = "meta.helm.sh/release-name"
_RELEASE_SPACE = "meta.helm.sh/release-namespace"


@dataclass(frozen=True)
class Above:
    """An owner by reference, and the object where it could be read."""

    kind: str
    group: str
    namespace: str
    name: str
    held: KubeObject | None

    @property
    def built_in(self) -> bool:
        """Whether it is one of Kubernetes' own kinds, which keep pods but no settings."""
        return self.group in _OWN_GROUPS

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def owner_of(reads: ClusterReads, subject: KubeObject, code: CodeOwner | None) -> Owner | None:
    """The owner that counts most: what would undo a change first, then what would overwrite it one day."""
    above = list(_climb(reads, subject))
    line = [subject, *(each.held for each in above if each.held)]
    kept = _kept(reads, line)
    operator = next((each for each in above if not each.built_in), None)
    if operator and not (kept and kept[0] is subject):
        owner: Owner | None = _operated(subject, operator, kept[1] if kept else None)
    elif kept:
        owner = _inherited(subject, *kept)
    else:
        owner = _released(line) or (code(subject, line[1:]) if code else None)
    return owner


def _kept(reads: ClusterReads, line: Sequence[KubeObject]) -> tuple[KubeObject, Owner] | None:
    """The lowest object of the line that GitOps keeps."""
    for each in line:
        owner = marked(each)
        if owner:
            return each, owner
    return _tracked(reads, line)


def _tracked(reads: ClusterReads, line: Sequence[KubeObject]) -> tuple[KubeObject, Owner] | None:
    """What an Application of Argo CD lists: by default, older ones mark objects with a label that Helm sets as well."""
    for application in _applications(reads):
        listed = {_key(each) for each in application.nodes("status", "resources")}
        for each in line:
            if (_group(each), each.kind, each.namespace, each.name) in listed:
                said = f"{application} lists {each} in status.resources"
                return each, Owner("argocd", application.name, said, reverts=True)
    return None


def _applications(reads: ClusterReads) -> Sequence[KubeObject]:
    try:
        return reads.list(_APPLICATIONS).objects
    except (NotServed, UnknownName):
        # A group whose API is behind a broken service looks as if it were not there.
        if any(problem.startswith("argoproj.io:") for problem in reads.discovery.problems):
            raise Unreachable(
                "it cannot be told whether Argo CD keeps the object: its API does not answer"
            ) from None
        return ()


def _key(listed: Node) -> tuple[str, str, str, str]:
    return listed.text("group"), listed.text("kind"), listed.text("namespace"), listed.text("name")


def _group(subject: KubeObject) -> str:
    return subject.text("apiVersion").rpartition("/")[0]


def _inherited(subject: KubeObject, kept: KubeObject, owner: Owner) -> Owner:
    """Kubernetes' own controllers put back no settings: what they made is theirs, not their keeper's."""
    if kept is subject:
        return owner
    return replace(owner, evidence=f"{subject} belongs to {kept}, and {owner.evidence}", reverts=False)


def _operated(subject: KubeObject, operator: Above, kept: Owner | None) -> Owner:
    direct = (operator.kind, operator.name) in {
        (ref.text("kind"), ref.text("name")) for ref in subject.nodes("metadata", "ownerReferences")
    }
    said = f"{subject} is owned by {operator}" if direct else f"{subject} belongs to what {operator} owns"
    beyond = f", which {kept.system} ({kept.name}) keeps" if kept else ""
    return Owner("operator", str(operator), said + beyond, reverts=direct and subject.kind != "Pod")


def _released(line: Sequence[KubeObject]) -> Owner | None:
    for each in line:
        release = each.annotations.get(_RELEASE)
        if release:
            space = each.annotations.get(_RELEASE_SPACE) or each.namespace
            return Owner("helm", f"{space}/{release}", f"{each} has {_RELEASE}", reverts=False)
    return None


def _climb(reads: ClusterReads, subject: KubeObject) -> Iterator[Above]:
    at: KubeObject | None = subject
    for _ in range(HIGHEST):
        ref = _controlling(at) if at else None
        if at is None or ref is None:
            return
        group, kind = ref.text("apiVersion").rpartition("/")[0], ref.text("kind")
        found = _own(reads, ref, at) if group in _OWN_GROUPS else _custom(reads, group, ref, at)
        # An object of another uid only has the name of the owner that is gone.
        same = found if found and found.uid == ref.text("uid") else None
        yield Above(kind, group, found.namespace if found else at.namespace, ref.text("name"), same)
        at = same


def _controlling(subject: KubeObject) -> Node | None:
    """The owner that controls it; without one an owner that is not Kubernetes' own, as some operators set it."""
    refs = subject.nodes("metadata", "ownerReferences")
    custom = [ref for ref in refs if ref.text("apiVersion").rpartition("/")[0] not in _OWN_GROUPS]
    return next((ref for ref in (*refs, *custom) if ref.flag("controller") or ref in custom), None)


def _own(reads: ClusterReads, ref: Node, below: KubeObject) -> KubeObject | None:
    try:
        return reads.get(ref.text("kind").lower(), ref.text("name"), below.namespace or None)
    except (NotFound, NotServed):
        return None


def _custom(reads: ClusterReads, group: str, ref: Node, below: KubeObject) -> KubeObject | None:
    """An operator's object; that it owns the other is known without reading it."""
    try:
        kinds = [
            kind for kind in reads.discovery.all() if kind.group == group and kind.kind == ref.text("kind")
        ]
        return reads.get(kinds[0].full_name, ref.text("name"), below.namespace or None) if kinds else None
    except InterlockError:
        return None
