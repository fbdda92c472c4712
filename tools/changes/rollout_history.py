"""rollout_history: the revisions of a workload and what each changed against the one before.

Threat: a secret in an environment variable, shown as old and new value of a diff where its name no longer stands by it.
Mechanism: `data` carries whole templates, which the redactor reads by structure, and the diff is made after it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, JsonValue

from interlock.core.clock import format_time
from interlock.core.clusters.objects import Node
from interlock.core.evidence import ObjectLocator
from interlock.tools.changes.history import History, Revision, history
from interlock.tools.changes.templates import template_diff
from interlock.tools.kubernetes.objects import locator
from interlock.tools.tool import Args, Context, Result, Tool


class HistoryArgs(Args):
    """Of which workload."""

    name: str = Field(min_length=1, description="the workload's exact name")
    kind: str = Field("deployment", description="deployment, statefulset or daemonset")
    namespace: str = Field("", description="empty: the only namespace that holds this name")
    cluster: str = Field("", description="empty: the default cluster")


class RolloutHistory(Tool[HistoryArgs]):
    """Reads revisions and compares them."""

    name = "rollout_history"
    title = "Show what each rollout changed"
    description = (
        "The revisions of a workload with time, replicas, images and change-cause, and every field of the pod template "
        "that each revision changed: `revision N (TIME, ReplicaSet ns/name): path: old -> new`."
    )
    systems = ("kubernetes",)
    args = HistoryArgs

    def run(self, args: HistoryArgs, context: Context) -> Result:
        """Read them."""
        cluster = context.cluster(args.cluster)
        found = history(cluster, args.namespace, args.kind, args.name)
        revisions: list[JsonValue] = [_data(revision) for revision in found.revisions]
        return Result(
            kind="report",
            subject=found.subject,
            data={"subject": found.subject, "revisions": revisions},
            locators=_locators(cluster.name, found),
            limits=found.limits,
            summary=f"{len(revisions)} revisions",
        )

    def render(self, data: JsonValue) -> str:
        """One statement a line, oldest revision first."""
        return "\n".join(_lines(Node(data if isinstance(data, dict) else {})))


def _locators(cluster: str, found: History) -> tuple[ObjectLocator, ...]:
    own = (found.workload,) if found.workload else ()
    return tuple(locator(cluster, item) for item in (*own, *(r.holder for r in found.revisions)))


def _data(revision: Revision) -> dict[str, JsonValue]:
    return {
        "revision": revision.number,
        "created": format_time(revision.created) if revision.created else None,
        "holder": str(revision.holder),
        "replicas": revision.replicas,
        "images": list(revision.images),
        "change-cause": revision.cause,
        "earlier": revision.earlier,
        "template": dict(revision.template),
    }


def _lines(data: Node) -> Iterator[str]:
    revisions = data.nodes("revisions")
    yield f"{data.text('subject')}: {len(revisions)} revisions can be seen"
    before: Node | None = None
    for revision in revisions:
        head = f"revision {revision.text('revision')} ({_when(revision)}, {revision.text('holder')})"
        yield from (f"{head}: {line}" for line in (*_facts(revision), *_changes(before, revision)))
        before = revision


def _when(revision: Node) -> str:
    return revision.text("created") or "time unknown"


def _facts(revision: Node) -> Iterator[str]:
    yield f"images {', '.join(revision.names('images')) or 'none'}"
    if revision.number("replicas") is not None:
        yield f"{revision.text('replicas')} replicas wanted"
    if revision.text("change-cause"):
        yield f"change-cause: {' '.join(revision.text('change-cause').split())}"
    if revision.text("earlier"):
        yield f"was revision {revision.text('earlier')} before, so it was rolled back to"


def _changes(before: Node | None, revision: Node) -> Iterator[str]:
    if before is None:
        yield "the oldest revision that can be seen, nothing to compare with"
        return
    changes = template_diff(before.node("template").raw, revision.node("template").raw)
    yield from map(str, changes)
    if not changes:
        yield f"same pod template as revision {before.text('revision')}"


TOOL = RolloutHistory()
