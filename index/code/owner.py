"""Which code owns a live object: candidates with their evidence, ranked; none where nothing speaks for any.

Evidence is what the object says of itself (labels and annotations of Helm, Argo CD, Flux; its owners) and its name in
manifests, charts and Terraform. A name is weighed by how surely it is this object's: a literal more than a default.
Nothing is read but the code and the object's metadata; Terraform state never.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from interlock.index.code import owner_helm, owner_terraform
from interlock.index.code.codebase import Codebase
from interlock.index.code.live import Candidate, Live
from interlock.index.code.model import Facts, Part, Place
from interlock.index.code.naming import aside

ENOUGH = 55
CLOSE = 4
ASIDE = 6
MOST = 6
_FLUX = ("kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name")
_ARGO = ("argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance")
_INSTANCE = "app.kubernetes.io/instance"


@dataclass(frozen=True, slots=True)
class Owners:
    """The candidates, the best first. `sure` says that one place alone stands out."""

    candidates: tuple[Candidate, ...]
    sure: bool


def owners(code: Codebase, live: Live, above: Iterable[Live] = ()) -> Owners:
    """Which code owns `live`; `above` are the objects that own it in the cluster, the nearest first."""
    found = list(_candidates(code, live))
    for step, owner in enumerate(above, start=1):
        said = f"{live.title} is owned by {owner.title}"
        found += [
            replace(c, score=c.score - step, reasons=(said, *c.reasons)) for c in _candidates(code, owner)
        ]
    weighed = [_weighed(candidate, live) for candidate in _merged(found)]
    kept = sorted(
        (c for c in weighed if c.score >= ENOUGH), key=lambda c: (-c.score, c.place.path, c.place.start)
    )
    return Owners(tuple(kept[:MOST]), _stands_out(kept))


def _candidates(code: Codebase, live: Live) -> Iterator[Candidate]:
    prefixes = tuple(_affixes(code.files.values()))
    for facts in code.files.values():
        for part in facts.parts:
            if part.kind == "object":
                yield from _manifest(facts, part, live, prefixes)
                yield from _delivery(facts, part, live)
    yield from owner_helm.candidates(code, live)
    yield from owner_terraform.candidates(code, live)


def _manifest(
    facts: Facts, part: Part, live: Live, affixes: tuple[tuple[str, str], ...]
) -> Iterator[Candidate]:
    if part.text("kind").lower() != live.kind.lower() or not (name := part.text("metadata.name")):
        return
    namespace = part.text("metadata.namespace")
    if namespace and live.namespace and "{" not in namespace and namespace != live.namespace:
        return
    place = Place(facts.path, part.start, part.end)
    here = 8 if namespace and namespace == live.namespace else 4
    if name == live.name:
        said = f"metadata.name is {name}" + (
            f" and its namespace {namespace}" if here == 8 and live.namespace else ""
        )
        yield Candidate(place, part.name, 90 + here, (said,))
    else:
        for prefix, suffix in affixes:
            if f"{prefix}{name}{suffix}" == live.name:
                yield Candidate(
                    place, part.name, 72 + here, (f"a kustomization makes {live.name} of {name}",)
                )


def _affixes(files: Iterable[Facts]) -> Iterator[tuple[str, str]]:
    for facts in files:
        for part in facts.parts:
            if part.kind == "kustomization":
                pair = part.text("namePrefix"), part.text("nameSuffix")
                if any(pair):
                    yield pair


def _delivery(facts: Facts, part: Part, live: Live) -> Iterator[Candidate]:
    """Flux and Argo CD objects that the live object names as what applied it."""
    name, kind = part.text("metadata.name"), part.text("kind")
    place = Place(facts.path, part.start, part.end)
    for label in _FLUX if kind in ("Kustomization", "HelmRelease") else ():
        wanted = "HelmRelease" if label.startswith("helm") else "Kustomization"
        if kind == wanted and live.labels.get(label) == name:
            yield Candidate(place, part.name, 86, (f"label {label} is {name}", *_source(part)))
    if kind == "Application" and name:
        for key in _ARGO:
            told = _told(live, key).partition(":")[0].rpartition("_")[2]
            if told == name:
                yield Candidate(place, part.name, 86, (f"{key} names {name}", *_source(part)))
        if live.labels.get(_INSTANCE) == name and "Helm" not in live.labels.get(
            "app.kubernetes.io/managed-by", ""
        ):
            yield Candidate(place, part.name, 76, (f"label {_INSTANCE} is {name}", *_source(part)))


def _told(live: Live, key: str) -> str:
    return live.annotations.get(key) or live.labels.get(key, "")


def _source(part: Part) -> Iterator[str]:
    for key in ("spec.path", "spec.source.path", "spec.chart.spec.chart", "spec.source.chart"):
        if text := part.text(key):
            yield f"it deploys {text}"


def _merged(found: Iterable[Candidate]) -> list[Candidate]:
    """One candidate a place: the surest, with every reason."""
    held: dict[tuple[str, int], Candidate] = {}
    for candidate in sorted(found, key=lambda c: -c.score):
        key = candidate.place.path, candidate.place.start
        best = held.get(key)
        reasons = dict.fromkeys([*best.reasons, *candidate.reasons] if best else candidate.reasons)
        held[key] = replace(best or candidate, reasons=tuple(reasons))
    return list(held.values())


def _weighed(candidate: Candidate, live: Live) -> Candidate:
    folder = aside(candidate.place.path)
    if not folder:
        return candidate
    return replace(
        candidate, score=candidate.score - ASIDE, reasons=(*candidate.reasons, f"it lies under {folder}/")
    )


def _stands_out(kept: list[Candidate]) -> bool:
    if len(kept) < 2:
        return bool(kept)
    best, second = kept[0], kept[1]
    return best.score - second.score >= CLOSE or _near(best.place.path, second.place.path)


def _near(one: str, other: str) -> bool:
    """Whether two places are one piece of code: a chart and the module that holds it."""
    first, second = sorted((one.rpartition("/")[0], other.rpartition("/")[0]), key=len)
    return bool(first) and one != other and (second + "/").startswith(first + "/")
