"""Candidates among Terraform's kubernetes_* resources, by the name that their metadata sets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.index.code.codebase import Codebase
from interlock.index.code.graph import title_of
from interlock.index.code.literals import Literals
from interlock.index.code.live import Candidate, Live
from interlock.index.code.model import Facts, Part, Place

_VERSION = re.compile(r"_v\d+(?:(?:alpha|beta)\d+)?$")
_TEMPLATE = re.compile(r"\$\{[^{}]*\}")
_SHORTEST = 4
"""Characters of a name that must be written out before a template is taken for the name of an object."""


def candidates(code: Codebase, live: Live) -> Iterator[Candidate]:
    """Resources of the live object's kind and name."""
    literals = Literals(code)
    for facts in code.files.values():
        for part in facts.parts:
            if part.kind == "resource" and part.name.startswith(("kubernetes_", "kubectl_")):
                yield from _resource(literals, facts, part, live)


def _resource(literals: Literals, facts: Facts, part: Part, live: Live) -> Iterator[Candidate]:
    manifest = part.name.startswith("kubernetes_manifest.")
    kind = part.text("manifest.kind") if manifest else kind_of(part.name)
    if kind.lower() != live.kind.lower():
        return
    prefix = "manifest.metadata" if manifest else "metadata"
    written = part.text(f"{prefix}.name")
    name = literals.of(facts.folder, written)
    namespace = literals.of(facts.folder, part.text(f"{prefix}.namespace"))
    if namespace and live.namespace and namespace != live.namespace:
        return
    place = Place(facts.path, part.start, part.end)
    here = 6 if namespace and namespace == live.namespace else 2
    if name == live.name:
        said = (
            f"its metadata.name is {name}"
            if name == written
            else f"its metadata.name is {written}, which is {name}"
        )
        yield Candidate(place, title_of(part), (92 if name == written else 86) + here, (said,))
    elif not name and _could_be(written, live.name):
        yield Candidate(place, title_of(part), 56, (f"its metadata.name {written} could be {live.name}",))


def kind_of(address: str) -> str:
    """`kubernetes_config_map_v1.x` -> `configmap`."""
    kind = _VERSION.sub("", address.partition(".")[0].removeprefix("kubernetes_"))
    return kind.replace("_", "")


def _could_be(written: str, name: str) -> bool:
    literal = _TEMPLATE.sub("", written.strip('"'))
    if "${" not in written or len(literal) < _SHORTEST:
        return False
    pattern = ".+".join(re.escape(piece) for piece in _TEMPLATE.split(written.strip('"')))
    return re.fullmatch(pattern, name) is not None
