"""Which representation a client accepts: plain JSON, a Table, metadata alone, or aggregated discovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from interlock.core.replay.statuses import Failure

Form = Literal["object", "table", "partial", "aggregated"]
_FORMS: dict[str, Form] = {
    "Table": "table",
    "PartialObjectMetadata": "partial",
    "PartialObjectMetadataList": "partial",
    "APIGroupDiscoveryList": "aggregated",
}
_META_VERSIONS = ("v1", "v1beta1")
_PLAIN = {"application/json", "application/*", "*/*", ""}


@dataclass(frozen=True)
class Accepted:
    """The chosen form; `version` of the meta or discovery API where it has one."""

    form: Form = "object"
    version: str = ""


def negotiate(accept: str, allowed: frozenset[Form], *, aggregated: tuple[str, ...] = ()) -> Accepted:
    """The first form in the Accept header that can be served here; `aggregated` are the versions of that form.

    Raises:
        Failure: 406 when none can.
    """
    for clause in accept.split(","):
        media, *parameters = (part.strip() for part in clause.split(";"))
        options = dict(p.split("=", 1) for p in parameters if "=" in p)
        if media.lower() not in _PLAIN:
            continue
        wanted = options.get("as", "")
        if not wanted:
            return Accepted()
        form = _FORMS.get(wanted)
        versions = aggregated if form == "aggregated" else _META_VERSIONS
        if form in allowed and form and options.get("v") in versions:
            return Accepted(form, options["v"])
    raise Failure(406, "only the following media types are accepted: application/json")
