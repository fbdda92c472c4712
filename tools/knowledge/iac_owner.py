"""iac_owner: which code owns a live object, with the evidence for each candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from interlock.core.errors import BadInput
from interlock.tools.knowledge.code import Statement, code_of, stated, statements_text
from interlock.tools.knowledge.live import found_live
from interlock.tools.knowledge.pages import library_of
from interlock.tools.tool import Args, Context, Result, Tool

if TYPE_CHECKING:
    from interlock.index.code.live import Candidate
    from interlock.index.code.owner import Owners

_NO_CODE = "no code here owns {title}: no manifest, chart or resource of that name was found"


class IacOwnerArgs(Args):
    """Which object."""

    kind: str = Field(min_length=1, description="its kind, such as deployment or configmap")
    name: str = Field(min_length=1, description="its exact name")
    namespace: str = Field("", description="empty: the one namespace that holds this name, or none")
    cluster: str = Field("", description="empty: the default cluster")


class IacOwner(Tool[IacOwnerArgs]):
    """Names the code behind an object."""

    name = "iac_owner"
    title = "Find the code that owns an object"
    description = (
        "Which manifest, chart or Terraform block owns a live object, by its labels and annotations (Helm, Argo CD, "
        "Flux), its owners and its name; each candidate with file, lines and the reasons. Says when none is found, "
        "and when several are equally likely. Terraform state is not read."
    )
    systems = ("knowledge", "kubernetes")
    cost = "moderate"
    args = IacOwnerArgs

    def run(self, args: IacOwnerArgs, context: Context) -> Result:
        """Look at the object, then at the code."""
        from interlock.index.code.owner import owners

        if "/" in args.kind + args.name:
            raise BadInput("iac_owner: give kind, name and namespace apart", hint="kind=deployment name=api")
        code = code_of(context)
        seen = found_live(context, args.kind, args.name, args.namespace, args.cluster)
        found = owners(code.base, seen.live, seen.above)
        about = f"which code owns {seen.live.title}"
        limits = (*seen.limits, *library_of(context).unread())
        return stated(code, about, _statements(found, seen.live.title), limits, subject=seen.live.title)

    def render(self, data: JsonValue) -> str:
        """One candidate a line."""
        return statements_text(data)


def _statements(found: Owners, title: str) -> list[Statement]:
    if not found.candidates:
        return [Statement(_NO_CODE.format(title=title), "none")]
    best, rest = found.candidates[0], found.candidates[1:]
    if found.sure:
        others = [_line(c, f"was considered for {title}", title, "other") for c in rest]
        return [_line(best, f"is the code of {title}", title, "owner"), *others]
    equal = [c for c in found.candidates if best.score - c.score < 1]
    many = f"{len(equal)} places are equally likely to be the code of {title}"
    said = many if len(equal) > 1 else f"no place stands out as the code of {title}"
    lines = [_line(c, f"may be the code of {title}", title, "candidate") for c in found.candidates]
    return [Statement(said, "unsure"), *lines]


def _line(found: Candidate, what: str, title: str, about: str) -> Statement:
    as_what = "" if found.name == title else f", as {found.name}"
    return Statement(f"{found.place} {what}{as_what}: {'; '.join(found.reasons)}", about, found.place)


TOOL = IacOwner()
