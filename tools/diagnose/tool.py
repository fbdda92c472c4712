"""The tool `diagnose`: reads the scene, examines it, and answers with a verdict whose claims carry evidence."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field, JsonValue

from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import BadInput, InterlockError
from interlock.tools.diagnose.answer import answer
from interlock.tools.diagnose.engine import examine
from interlock.tools.diagnose.gather import gather
from interlock.tools.diagnose.monitors import read_monitors
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.scope import AlertIn, scope_of
from interlock.tools.diagnose.verdict import judge
from interlock.tools.tool import Args, Context, Cost, Result, Tool


class DiagnoseArgs(Args):
    """What to look at. Everything may be left out: then every namespace that can be listed is looked at."""

    namespace: str = Field(default="", description="Namespace to look at; empty: the alert's, or all")
    kind: str = Field(default="", description="Kind of the object in question, such as deployment")
    name: str = Field(default="", description="Name of the object in question")
    cluster: str = Field(default="", description="Cluster; empty: the default one")
    alert: AlertIn | None = Field(default=None, description="The alert to explain")
    since_minutes: int = Field(default=180, ge=1, le=10_080, description="How far back logs and events count")


class Diagnose(Tool[DiagnoseArgs]):
    """Finds what is wrong, since when and why."""

    name: ClassVar[str] = "diagnose"
    title: ClassVar[str] = "Diagnose"
    description: ClassVar[str] = (
        "Runs deterministic checks over pods, workloads, events, logs, monitors and recent changes of a namespace or "
        "workload, ties them into cause chains and gives a verdict with evidence. Call it first when something is wrong."
    )
    systems: ClassVar[tuple[str, ...]] = ("kubernetes", "logs", "monitors")
    cost: ClassVar[Cost] = "expensive"
    args = DiagnoseArgs

    def run(self, args: DiagnoseArgs, context: Context) -> Result:
        """Read, examine, judge."""
        scene = look(args, context)
        found = examine(scene)
        return answer(scene, found, judge(scene, found), context, _subject(args, scene))

    def render(self, data: JsonValue) -> str:
        """One statement a line: verdict, findings, every check with what it looked at."""
        lines = data.get("report") if isinstance(data, dict) else None
        return "\n".join(str(line) for line in lines) if isinstance(lines, list) else ""


def look(args: DiagnoseArgs, context: Context) -> Scene:
    """The scene of the arguments, with monitors and logs."""
    limits: list[str] = []
    scene = Scene(
        _cluster(args.cluster, context, limits),
        scope_of(args.namespace, args.kind, args.name, args.alert),
        context.clock.now(),
        timedelta(minutes=args.since_minutes),
        limits=limits,
    )
    scene.open()
    scene.monitors = read_monitors(context, scene.limits)
    gather(scene, context)
    return scene


def _cluster(name: str, context: Context, limits: list[str]) -> ClusterReads | None:
    try:
        return context.cluster(name)
    except BadInput as error:
        if name:
            raise
        limits.append(f"not looked at: the cluster ({error.message})")
    except InterlockError as error:
        limits.append(f"not looked at: the cluster ({error.message})")
    return None


def _subject(args: DiagnoseArgs, scene: Scene) -> str:
    targets = sorted(scene.target_workloads)
    if len(targets) == 1:
        return str(targets[0])
    return ""


TOOL = Diagnose()
