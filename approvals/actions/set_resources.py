"""Set a container's requests and limits for CPU and memory."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator
from typing_extensions import override

from interlock.approvals.canonical import Digest
from interlock.approvals.patches import operation
from interlock.approvals.quantities import amount, same
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, Verdict, verdict
from interlock.approvals.workloads import (
    TemplateAction,
    WorkloadArgs,
    container_index,
    containers,
    history,
    read_workload,
    workload_target,
)
from interlock.approvals.writes import Patch
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.errors import BadInput


def _quantity(text: str) -> str:
    try:
        amount(text)
    except BadInput as error:
        raise ValueError(error.message) from None
    return text


Quantity = Annotated[str, AfterValidator(_quantity)]
Amounts = dict[Literal["cpu", "memory"], Quantity | None]


class Resources(WorkloadArgs):
    """Which container of which workload, and what it may have; null takes an amount away."""

    container: str = Field(min_length=1, max_length=63, description="the container")
    requests: Amounts = Field(default_factory=dict, description="what it is promised, such as cpu: 250m")
    limits: Amounts = Field(
        default_factory=dict, description="what it may use at most, such as memory: 512Mi"
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.requests and not self.limits:
            raise ValueError("name at least one amount")
        return self


class SetResources(TemplateAction[Resources]):
    """Set requests and limits of one container; amounts that are not named stay."""

    name = "set-resources"
    title = "Set requests and limits"
    risks = ("medium",)
    undone_by = "set-resources to what was"
    args = Resources

    @override
    def look(self, args: Resources, sight: Sight) -> Seen:
        found = self.usable(args, sight)
        container_index(found, args.container)
        return Seen(found, found.value("spec", "template"), history(sight, found))

    @override
    def write(self, args: Resources, seen: Seen) -> Patch:
        target, index = workload_target(args), container_index(seen.object, args.container)
        place = ("spec", "template", "spec", "containers", index)
        wanted = _wanted(args, _held(seen.object, args.container))
        body = [
            operation("test", (*place, "name"), args.container),
            operation("add", (*place, "resources"), wanted),
        ]
        return Patch(target.kind, target.namespace, target.name, list(body), "json")

    @override
    def effect(self, args: Resources, sight: Sight, intent: Intent) -> Verdict:
        found = read_workload(args, sight)
        held = _held(found, args.container)
        if not (
            _as_asked(held.node("requests"), args.requests) and _as_asked(held.node("limits"), args.limits)
        ):
            return verdict("failed", f"{found}: {args.container} has other requests or limits")
        return self.through(found, intent)

    @override
    def inverse(self, args: Resources, before: Seen, digest: Digest) -> Inverse:
        held = _held(before.object, args.container)
        requests = {key: held.value("requests", key) for key in args.requests}
        limits = {key: held.value("limits", key) for key in args.limits}
        return Inverse(self.name, args.model_dump() | {"requests": requests, "limits": limits})


def _held(workload: KubeObject, container: str) -> Node:
    every = containers(workload.node("spec", "template"))
    return next((each.node("resources") for each in every if each.text("name") == container), Node({}))


def _as_asked(held: Node, asked: Amounts) -> bool:
    return all(same(held.text(key), value) for key, value in asked.items())


def _wanted(args: Resources, held: Node) -> dict[str, JsonValue]:
    made = dict(held.raw)
    asked: tuple[tuple[str, Amounts], ...] = (("requests", args.requests), ("limits", args.limits))
    for part, wanted in asked:
        amounts: dict[str, JsonValue] = dict(held.node(part).raw)
        amounts.update(wanted.items())
        made[part] = {key: value for key, value in amounts.items() if value is not None}
    return {key: value for key, value in made.items() if value}


ACTIONS = (SetResources(),)
