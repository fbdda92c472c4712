"""Candidates among Helm charts and the blocks that install them: local charts, helm_release, modules, HelmRelease."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from interlock.index.code.codebase import Codebase
from interlock.index.code.graph import title_of
from interlock.index.code.literals import Literals
from interlock.index.code.live import Candidate, Live
from interlock.index.code.model import Facts, Part, Place
from interlock.index.code.naming import same


def candidates(code: Codebase, live: Live) -> Iterator[Candidate]:
    """What may have installed the release that `live` belongs to; nothing when no release is known."""
    chart, _ = live.chart
    if not live.release and not chart:
        return
    literals = Literals(code)
    for facts in code.files.values():
        for part in facts.parts:
            if part.kind == "chart" and chart and same(part.name) == same(chart):
                yield _chart(code, facts, part, live)
            elif part.kind in ("resource", "module"):
                yield from _installs(literals, facts, part, live)
            elif part.kind == "object" and part.text("kind") == "HelmRelease":
                yield from _flux(facts, part, live)
            elif part.kind == "settings" and "helmfile" in facts.path:
                yield from _helmfile(facts, part, live)


def _chart(code: Codebase, facts: Facts, part: Part, live: Live) -> Candidate:
    name, version = live.chart
    same_version = part.text("version") == version
    reasons = [f"label helm.sh/chart names the chart {name}" + (f" {version}" if same_version else "")]
    template = _template(code, dirname(facts.path), live.kind)
    place = template or Place(facts.path, part.start, part.end)
    if template:
        reasons.append(f"this is the chart's only template of a {live.kind}")
    return Candidate(place, f"chart {part.name}", 88 if same_version else 80, tuple(reasons))


def _template(code: Codebase, chart: str, kind: str) -> Place | None:
    """The chart's one template that makes this kind."""
    found = [
        Place(facts.path, part.start, part.end)
        for path, facts in code.files.items()
        if path.startswith(f"{chart}/templates/")
        for part in facts.parts
        if part.text("kind").lower() == kind.lower()
    ]
    return found[0] if len(found) == 1 else None


def _installs(literals: Literals, facts: Facts, part: Part, live: Live) -> Iterator[Candidate]:
    resource = part.kind == "resource" and part.name.startswith("helm_release.")
    if not resource and not (part.kind == "module" and part.text("chart")):
        return
    if "release" not in part.text("source") and part.kind == "module" and "helm" not in part.text("source"):
        return
    reasons, score = _install_reasons(literals, facts, part, live)
    if score:
        yield Candidate(Place(facts.path, part.start, part.end), title_of(part), score, tuple(reasons))


def _install_reasons(literals: Literals, facts: Facts, part: Part, live: Live) -> tuple[list[str], float]:
    reasons, score = [], 0.0
    name = literals.of(facts.folder, part.text("name"))
    chart = literals.of(facts.folder, part.text("chart")).rpartition("/")[2]
    label = part.name.rpartition(".")[2]
    if live.release and name == live.release:
        reasons.append(f"it installs the release {name}")
        score = 92
    elif live.release and same(live.release) in (same(label), same(facts.folder.rpartition("/")[2])):
        reasons.append(f"it installs a chart and is called like the release {live.release}")
        score = 70
    wanted = live.chart[0]
    if wanted and same(chart) == same(wanted):
        reasons.append(f"its chart is {chart}")
        score = score + 8 if score else 62
    namespace = literals.of(facts.folder, part.text("namespace") or part.text("kubernetes_namespace"))
    if score and namespace and namespace == live.namespace:
        reasons.append(f"its namespace is {namespace}")
        score += 3
    return reasons, min(score, 98)


def _flux(facts: Facts, part: Part, live: Live) -> Iterator[Candidate]:
    names = {part.text("spec.releaseName"), part.text("metadata.name")} - {""}
    if live.release in names:
        reason = f"HelmRelease of the release {live.release}"
        yield Candidate(Place(facts.path, part.start, part.end), part.name, 90, (reason,))


def _helmfile(facts: Facts, part: Part, live: Live) -> Iterator[Candidate]:
    for value in part.values:
        if (
            value.path.startswith("releases[")
            and value.path.endswith("].name")
            and value.text == live.release
        ):
            reason = f"helmfile release {live.release}"
            yield Candidate(Place(facts.path, value.line, value.line), f"release {value.text}", 90, (reason,))
