"""The second pass: which conditions on attributes the words of a question mean, and that no word was left out of them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from interlock.agent.reading import lexicon as words
from interlock.agent.reading.places import Reading

Cond = dict[str, JsonValue]
_REACH = 4
"""How many words before a state its negation may stand."""


def features(read: Reading) -> list[str]:
    """The limits, requests and probes that are spoken of; both resources where none is named."""
    tokens = [token for _, token in read.open()]
    resources = [words.RESOURCES[t] for t in tokens if t in words.RESOURCES] or ["memory", "cpu"]
    settings = [words.SETTINGS[t] for t in tokens if t in words.SETTINGS]
    probes = [words.PROBES[t] for t in tokens if t in words.PROBES]
    if not probes and set(tokens) & {"probe", "probes"}:
        probes = ["readiness probe", "liveness probe"]
    return list(dict.fromkeys([*(f"{r} {s}" for s in settings for r in resources), *probes]))


def conditions(read: Reading, kind: str) -> list[Cond] | None:
    """The conditions; None when a denial in the question belongs to none of them."""
    denials = {n for n, token in read.open() if token in words.NEGATIONS}
    found: list[Cond] = []
    used: set[int] = set()
    for n, token in read.open():
        word = words.STATE_SYNONYMS.get(token, token)
        if word in words.STATES:
            denied = _denied(read, n, denials)
            used |= denied
            found.append(_state(word, kind, negated=bool(denied)))
    rest = bool(denials - used)
    if len(features(read)) > 1 and not rest and kind not in ("resourcequotas",):
        return None
    more = [*_settings(read, kind, negated=rest), *_status(read, kind, denials, used)]
    placed = _placed(read, kind, negated=rest and not more and not found)
    denied_here = bool(more) or (bool(placed) and not found)
    if rest and (not denied_here or (not more and read.labels)):
        return None
    whole = _either(read, [*found, *more, *placed])
    return _turned(whole) if whole and _of_all(read) else whole


def _either(read: Reading, found: list[Cond]) -> list[Cond] | None:
    """`pending or evicted`, `pending and evicted` of one attribute: any of them. Any other `or` is not understood."""
    names = [str(c["attribute"]) for c in found]
    twice = {name for name in names if names.count(name) > 1}
    if not twice:
        return None if "or" in read.tokens and len(found) > 1 else found
    same = [c for c in found if c["attribute"] in twice]
    if len(twice) > 1 or twice != {"status"} or any(c["operator"] not in ("is", "any of") for c in same):
        return None
    values = ",".join(str(c["value"]) for c in same)
    return [
        *(c for c in found if c not in same),
        {"attribute": "status", "operator": "any of", "value": values},
    ]


def _state(word: str, kind: str, *, negated: bool) -> Cond:
    name, operator, value = words.STATES[word]
    if name == "phase" and kind == "jobs":
        name = "status"
    if negated:
        value, operator = (not value, operator) if isinstance(value, bool) else (value, _NOT[operator])
    return {"attribute": name, "operator": operator, "value": value}


_NOT = {"is": "is not", "has": "lacks", "any of": "none of"}


def _denied(read: Reading, place: int, denials: set[int]) -> set[int]:
    """The denials that this word is denied by: shortly before it, with no conjunction between."""
    found: set[int] = set()
    for n in range(place - 1, max(-1, place - 1 - _REACH), -1):
        if read.word(n) in ("and", "or", "but"):
            break
        if n in denials:
            found.add(n)
    return found


def _settings(read: Reading, kind: str, *, negated: bool) -> list[Cond]:
    found: list[Cond] = []
    named = features(read) if kind not in ("resourcequotas", "horizontalpodautoscalers") else []
    if named:
        operator = ("any of" if len(named) > 1 else "has") if negated else "lacks"
        found.append({"attribute": "missing", "operator": operator, "value": ",".join(named)})
    if "endpoints" in read.tokens:
        operator, least = ("is", 0) if negated else ("at least", 1)
        found.append({"attribute": "endpoints", "operator": operator, "value": least})
    if negated and read.has({"pull", "pulled", "pulling"}):
        found.append({"attribute": "status", "operator": "any of", "value": "ImagePullBackOff,ErrImagePull"})
    if "latest" in read.tokens and read.has(words.IMAGE):
        found.append({"attribute": "tag", "operator": "lacks" if negated else "has", "value": "latest"})
    if read.has(words.RESTARTS) and not ordered(read):
        operator, least = ("at most", 0) if negated else ("at least", 1)
        found.append({"attribute": "restarts", "operator": operator, "value": least})
    return found


def _status(read: Reading, kind: str, denials: set[int], used: set[int]) -> list[Cond]:
    """`running` is a status of pods and jobs, unless it says where, or of which image."""
    place = next((n for n, token in read.open() if token == "running"), None)  # noqa: S105 - a word
    if place is None or kind not in ("pods", "jobs") or read.node or read.image or read.has(words.IMAGE):
        return []
    denied = _denied(read, place, denials - used)
    return [{"attribute": "status", "operator": "is not" if denied else "is", "value": "Running"}]


def _placed(read: Reading, kind: str, *, negated: bool) -> list[Cond]:
    found: list[Cond] = []
    if read.node:
        found.append({"attribute": "node", "operator": "is not" if negated else "is", "value": read.node})
        if read.has({"running", "run", "runs"}):
            found.append({"attribute": "finished", "operator": "is", "value": False})
    if read.image:
        found.append({"attribute": "image", "operator": "lacks" if negated else "has", "value": read.image})
    if read.version:
        name = "version" if kind == "nodes" else "tag"
        # Kubelets name their version with a `v`; people leave it out.
        value = f"v{read.version.removeprefix('v')}" if name == "version" else read.version
        found.append({"attribute": name, "operator": "is not" if negated else "is", "value": value})
    if read.minutes is not None and read.has(words.CREATED | words.AGES):
        operator = "at least" if read.older != negated else "at most"
        found.append({"attribute": "minutes", "operator": operator, "value": read.minutes})
    if read.name:
        found.append({"attribute": "owner", "operator": "is not" if negated else "is", "value": read.name})
    return found


def _of_all(read: Reading) -> bool:
    """`are all pods ready?` is answered by those that are not."""
    return read.tokens[0] in ("is", "are", "do", "does", "have", "has") and read.has({"all", "every"})


def _turned(found: list[Cond]) -> list[Cond] | None:
    turned = [c for c in found if isinstance(c["value"], bool) or c["attribute"] == "missing"]
    if len(turned) != 1:
        return None
    only = turned[0]
    if only["attribute"] == "missing":
        only["operator"] = "has" if only["operator"] == "lacks" else "lacks"
    else:
        only["value"] = not only["value"]
    return found


def ordered(read: Reading) -> tuple[str, bool] | None:
    """The attribute to order by, and whether the largest comes first."""
    told = {token for _, token in read.open()}
    if told & words.OLDEST:
        return "minutes", True
    if told & words.NEWEST and not told & words.IMAGE:
        return "minutes", False
    if not told & (words.MOST | words.FEWEST):
        return None
    descending = not told & words.FEWEST
    if told & words.RESTARTS:
        return "restarts", descending
    return ("replicas" if told & {"replicas", "replica"} else "count"), descending


def grouped(read: Reading) -> str:
    """The attribute to count by; `every node`, with no other kind, is no group."""
    for n, token in enumerate(read.tokens):
        by = token in words.GROUP_BY and read.before(n) in ("per", "each", "every", "by")
        if by and read.kinds() != [words.KINDS.get(token)]:
            return words.GROUP_BY[token]
    return ""


def all_used(
    read: Reading, kind: str, where: Sequence[Cond], order: tuple[str, bool] | None, group: str
) -> bool:
    """No word with a meaning of its own was left out of the call."""
    used = {str(c["attribute"]) for c in where} | ({order[0]} if order else set()) | ({group} - {""})
    if read.minutes is not None and "minutes" not in used:
        return False
    return all(_is_used(read, token, kind, used) for _, token in read.open())


def _is_used(read: Reading, token: str, kind: str, used: set[str]) -> bool:
    if token in words.SPENT or words.STATE_SYNONYMS.get(token, token) in words.STATES or token.isdigit():
        return True
    if token == "running":  # noqa: S105 - a word
        return bool(used & {"status", "node", "image", "tag"}) or kind not in ("pods", "jobs")
    if token in ("labels", "label", "labelled"):
        return bool(read.labels)
    if token in ("status", "state"):
        return kind in words.STATE_KINDS["status"]
    if token == "deployed":  # noqa: S105 - a word
        return kind in words.ROLLED_OUT
    if kind == "resourcequotas" and token in {*words.RESOURCES, *words.USE}:
        return True
    return any(token in among and used & attributes for among, attributes in _MEANS)


_MEANS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (words.RUN, frozenset(["status", "node", "image", "tag", "finished", "version"])),
    (words.RESTARTS, frozenset(["restarts"])),
    (words.IMAGE, frozenset(["image", "tag", "status"])),
    (words.VERSION, frozenset(["version", "tag"])),
    (words.USE, frozenset(["image", "tag", "missing"])),
    (words.CREATED | words.AGES, frozenset(["minutes"])),
    (words.MOST | words.FEWEST, frozenset(["restarts", "replicas", "count"])),
    (words.OLDEST | words.NEWEST, frozenset(["minutes", "tag"])),
    (
        frozenset([*words.RESOURCES, *words.SETTINGS, *words.PROBES, "probe", "probes"]),
        frozenset(["missing"]),
    ),
    (frozenset(["endpoints"]), frozenset(["endpoints"])),
    (frozenset(["replicas", "replica"]), frozenset(["replicas"])),
    (frozenset(["owner"]), frozenset(["owner"])),
    (frozenset(["phase"]), frozenset(["phase"])),
    (frozenset(["type"]), frozenset(["type"])),
)
"""Words that are accounted for when one of these attributes is part of the call."""
