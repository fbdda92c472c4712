"""Set a container's image to one that the workload's rollout history already holds."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import override

from interlock.approvals.canonical import Digest
from interlock.approvals.patches import operation
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, Verdict, verdict
from interlock.approvals.workloads import (
    TemplateAction,
    WorkloadArgs,
    container_index,
    history,
    images,
    read_workload,
    revisions,
    workload_target,
)
from interlock.approvals.writes import Patch
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput

_CONTAINERS = ("spec", "template", "spec", "containers")


class Image(WorkloadArgs):
    """Which container of which workload, and its image."""

    container: str = Field(min_length=1, max_length=63, description="the container")
    image: str = Field(min_length=1, max_length=500, description="an image that a kept revision has for it")


class SetImage(TemplateAction[Image]):
    """Set an image that ran here before. A new image is a release, and comes by the team's own pipeline."""

    name = "set-image"
    title = "Set a former image"
    risks = ("medium",)
    undone_by = "set-image to the one before"
    args = Image

    @override
    def look(self, args: Image, sight: Sight) -> Seen:
        found = self.usable(args, sight)
        container_index(found, args.container)
        held = history(sight, found)
        known = {each.images[args.container] for each in revisions(held) if args.container in each.images}
        if args.image not in known:
            raise BadInput(
                f"no kept revision of {found} has {args.image!r} for {args.container}",
                hint=f"kept: {', '.join(sorted(known)) or 'none'}; a new image comes by your pipeline",
            )
        return Seen(found, {"template": found.value("spec", "template"), "kept": True}, held)

    @override
    def write(self, args: Image, seen: Seen) -> Patch:
        target, index = workload_target(args), container_index(seen.object, args.container)
        place = (*_CONTAINERS, index)
        body = [
            operation("test", (*place, "name"), args.container),
            operation("replace", (*place, "image"), args.image),
        ]
        return Patch(target.kind, target.namespace, target.name, list(body), "json")

    @override
    def effect(self, args: Image, sight: Sight, intent: Intent) -> Verdict:
        found = read_workload(args, sight)
        if _image(found, args.container) != args.image:
            return verdict("failed", f"{found}: {args.container} is of {_image(found, args.container)}")
        return self.through(found, intent)

    @override
    def inverse(self, args: Image, before: Seen, digest: Digest) -> Inverse:
        return Inverse(self.name, args.model_dump() | {"image": _image(before.object, args.container)})


def _image(workload: KubeObject, container: str) -> str:
    return images(workload.node("spec", "template")).get(container, "")


ACTIONS = (SetImage(),)
