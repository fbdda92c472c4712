"""iac_drift: what differs between the code and a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from pydantic import Field, JsonValue

from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import InterlockError, NotFound
from interlock.core.evidence import FileLocator, ObjectLocator, QueryLocator
from interlock.tools.knowledge.drift.live import Live
from interlock.tools.knowledge.drift.manifests import Manifest
from interlock.tools.knowledge.drift.report import (
    Change,
    Compared,
    Report,
    beside,
    examined,
    shared_labels,
    shown,
)
from interlock.tools.knowledge.drift.sources import Declared, declared
from interlock.tools.knowledge.pages import library_of
from interlock.tools.kubernetes.objects import locator
from interlock.tools.tool import Args, Context, Result, Tool

MOST_LINES = 3
MOST_LIMITS = 20


class IacDriftArgs(Args):
    """Which code against which cluster."""

    path: str = Field(
        "", description="a file or folder of manifests, a kustomization or chart; empty: all code"
    )
    kind: str = Field("", description="only objects of this kind, such as Deployment")
    name: str = Field("", description="only objects of this name")
    namespace: str = Field(
        "", description="only objects of this namespace; manifests that name none are taken to be in it"
    )
    beside: bool = Field(
        False, description="also objects that carry the code's labels and are not in the code"
    )
    cluster: str = Field("", description="empty: the default cluster")


class IacDrift(Tool[IacDriftArgs]):
    """Compares code with a cluster."""

    name = "iac_drift"
    title = "Compare infrastructure code with the cluster"
    description = (
        "What differs between manifests, kustomizations or charts and the live objects: only fields the code sets, and "
        "fields changed by hand; what the server defaults or sets by itself is no difference. Each with its line of code."
    )
    systems = ("knowledge", "kubernetes")
    cost = "expensive"
    args = IacDriftArgs

    def run(self, args: IacDriftArgs, context: Context) -> Result:
        """Compare."""
        cluster = context.cluster(args.cluster)
        found = _declared(args, context)
        live = Live(cluster, args.namespace)
        wanted = [manifest for _, manifest in found.manifests if _asked(manifest, args, live)]
        if not wanted:
            raise NotFound(
                f"no manifest of {args.path or 'the configured folders'} matches",
                hint="; ".join(found.notes[:MOST_LINES])
                or "name a folder of manifests with --knowledge or path",
            )
        report = examined(wanted, live)
        if args.beside:
            report.beside = beside(report, live, _labelled(cluster, live, wanted, report))
        roots = {id(manifest): root for root, manifest in found.manifests}
        return _result(cluster.name, args, report, found.notes, roots)

    def render(self, data: JsonValue) -> str:
        """The count, then a line a difference."""
        node = Node(data if isinstance(data, dict) else {})
        return "\n".join(node.names("lines"))


class _Found:
    def __init__(self, manifests: list[tuple[str, Manifest]], notes: list[str]) -> None:
        self.manifests = manifests
        self.notes = notes


def _declared(args: IacDriftArgs, context: Context) -> _Found:
    manifests: list[tuple[str, Manifest]] = []
    notes: list[str] = []
    missed: NotFound | None = None
    for folder in library_of(context).folders:
        try:
            read: Declared = declared(folder, args.path, args.namespace)
        except NotFound as error:
            missed = error
            continue
        manifests += [(str(folder.path), manifest) for manifest in read.manifests]
        notes += read.notes
        if args.path:
            break
    if not manifests and missed is not None and not notes:
        raise missed
    return _Found(manifests, [*notes, *library_of(context).unread()])


def _asked(manifest: Manifest, args: IacDriftArgs, live: Live) -> bool:
    kind = args.kind.lower().removesuffix("s")
    return (
        (
            not kind
            or manifest.kind.lower().removesuffix("s") == kind
            or args.kind.lower() in _names(manifest, live)
        )
        and (not args.name or manifest.name == args.name)
        and (not args.namespace or live.namespace(manifest) in ("", args.namespace))
    )


def _names(manifest: Manifest, live: Live) -> tuple[str, ...]:
    kind = live.type_of(manifest)
    return (kind.plural, kind.full_name, *kind.short_names) if kind else ()


def _labelled(
    cluster: ClusterReads, live: Live, wanted: list[Manifest], report: Report
) -> Iterator[KubeObject]:
    labels = shared_labels(wanted)
    if not labels:
        report.limits.append(
            "the code's objects share no label that marks them: what is beside them is not known"
        )
        return
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    places = {(kind.full_name, live.namespace(m)) for m in wanted if (kind := live.type_of(m))}
    for resource, namespace in sorted(places):
        try:
            yield from cluster.list(resource, namespace or None, labels=selector).objects
        except InterlockError as error:
            report.limits.append(f"{resource} beside the code: {error.message}")


def _result(
    cluster: str, args: IacDriftArgs, report: Report, notes: list[str], roots: dict[int, str]
) -> Result:
    counts = {
        state: sum(one.state == state for one in report.compared) for state in ("differs", "missing", "same")
    }
    apart = [one for one in report.compared if one.state != "same"]
    noted = [one for one in report.compared if one.state == "same" and _telling(one)]
    lines = [
        f"{len(report.compared)} objects of the code compared: {counts['differs']} differ, "
        f"{counts['missing']} missing in the cluster, {counts['same']} the same",
        *(line for one in apart for line in _lines(one)),
        *(f"{one}: {note}" for one in noted for note in _telling(one)),
        *(f"{item} is in the cluster and not in the code" for item in report.beside),
    ]
    limits = [*notes, *report.limits]
    hidden = [f"{len(limits) - MOST_LIMITS} more limits"] if len(limits) > MOST_LIMITS else []
    locators = [spot for one in apart for spot in _spots(one, cluster, roots)]
    about = " ".join(filter(None, (args.path, args.kind, args.name, args.namespace))) or "all code"
    objects: list[JsonValue] = [_data(one) for one in apart]
    return Result(
        kind="report",
        subject="",
        data={"about": about, "counts": dict(counts), "objects": objects, "lines": list(lines)},
        locators=(*locators, *_beside_spots(report, cluster))
        or (QueryLocator(system="drift", query=f"{about} against {cluster}"),),
        limits=(*limits[:MOST_LIMITS], *hidden),
        summary=f"{len(apart)} of {len(report.compared)} objects differ",
    )


def _telling(one: Compared) -> list[str]:
    return [note for note in one.notes if "not drift" in note]


def _lines(one: Compared) -> Iterator[str]:
    place = f"{one.manifest.path}:{one.manifest.line(())}"
    if one.item is None:
        yield f"{one} is in the code ({place}) and not in the cluster"
        return
    for change in one.changes:
        yield f"{one} {_said(one.manifest, change)}"
    for note in one.notes:
        yield f"{one}: {note}"


def _said(manifest: Manifest, change: Change) -> str:
    made, place = change.difference, f"{manifest.path}:{change.line}"
    by = f", by {change.edit.manager} at {change.edit.at}" if change.edit else ""
    code, live = _narrowed(made.code, made.live)
    if made.what == "not in the code":
        return f"{made.path}: not in the code ({place}), in the cluster {live}{by}"
    if made.what == "not in the cluster":
        return f"{made.path}: {code} in the code ({place}), not in the cluster"
    return f"{made.path}: {code} in the code ({place}), {live} in the cluster{by}"


def _narrowed(code: JsonValue, live: JsonValue) -> tuple[str, str]:
    """Both values; of texts of several lines the first line that differs."""
    if not (isinstance(code, str) and isinstance(live, str) and "\n" in code + live):
        return shown(code), shown(live)
    ours, theirs = code.splitlines(), live.splitlines()
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag != "equal":
            one, other = " ".join(ours[a:b]), " ".join(theirs[c:d])
            return f"line {a + 1} {shown(one or None)}", f"line {c + 1} {shown(other or None)}"
    return _last_break(code), _last_break(live)


def _last_break(text: str) -> str:
    return f"{'with' if text.endswith(chr(10)) else 'without'} a line break at its end"


def _data(one: Compared) -> JsonValue:
    return {
        "kind": one.manifest.kind,
        "namespace": one.namespace,
        "name": one.manifest.name,
        "state": one.state,
        "file": one.manifest.path,
        "line": one.manifest.line(()),
        "differences": [
            {
                "path": change.difference.path,
                "what": change.difference.what,
                "code": _narrowed(change.difference.code, change.difference.live)[0],
                "live": _narrowed(change.difference.code, change.difference.live)[1],
                "line": change.line,
                "by": change.edit.manager if change.edit else "",
                "at": change.edit.at if change.edit else "",
            }
            for change in one.changes
        ],
    }


def _spots(one: Compared, cluster: str, roots: dict[int, str]) -> Iterator[FileLocator | ObjectLocator]:
    for line in dict.fromkeys([one.manifest.line(()), *(change.line for change in one.changes)]):
        yield FileLocator(
            path=one.manifest.path, start_line=line, end_line=line, root=roots.get(id(one.manifest), "")
        )
    if one.item is not None:
        yield locator(cluster, one.item)


def _beside_spots(report: Report, cluster: str) -> Iterator[ObjectLocator]:
    return (locator(cluster, item) for item in report.beside)


TOOL = IacDrift()
