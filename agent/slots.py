"""What a question holds beside its request: names, places, times, numbers, and the few words that must not be confused.

Guarantees: a word is a name only when the cluster has it, when it looks like no word, or when it stands beside its kind.
What is left over is told (`numbers`, `others`), so that a form that has no place for it is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from interlock.agent.forms.model import STAND_INS
from interlock.agent.known import KnownNames
from interlock.agent.plainly import UNIT, corrected, plain, spelled
from interlock.agent.reading import lexicon as words
from interlock.agent.turn import Named
from interlock.core.errors import nearest

_ORDINAL = re.compile(r"\b(second|third|fourth|fifth|2nd|3rd|[4-9]th)\b(?!s)")
_COMPARED = re.compile(
    r"\b(?:more|less|fewer|greater|over|above|below|under|least|beyond|exceed\w*)\b(?: than)? (?:\d+)\b(?! ?minutes)"
)
_WINDOW = re.compile(rf"\b(\d+)[\s-]*{UNIT}\b")
_OLDER = re.compile(r"\b(?:older|more|longer|over|at least|exceeding|earlier)\b(?: than)?\s*$")
_LABEL = re.compile(r"\b([a-z][\w./-]*)\s*(?:==?|:)\s*([a-z0-9][\w.-]*)")
_LABEL_SAID = re.compile(
    r"\b(?:label(?:led|ed|s)?(?: named| called| key)?|tagged)\s+([a-z][\w./-]*)\s+"
    r"(?:(?:is|being|set|equal(?:s|ling)?|equal|of|with|as|to|having|has|the|a)\s+)*(?:value\s+(?:of\s+)?)?([a-z0-9][\w.-]*)"
)
_LABEL_FIRST = re.compile(
    r"\b(?!(?:the|a|an|this|that|have|has|having|with|carry|carries|carrying|bear|bears|by|under|of|same|their|its)\s)([a-z][\w./-]*)\s+label\s+(?:(?:is|set|equals|equal|of|with|as|to|has|says|saying|reads|reading|the|a)\s+)*(?:value\s+)?([a-z0-9][\w.-]*)"
)
_IMAGE = re.compile(r"(?<![\w/.-])(?:[a-z0-9][\w.-]*/)*[a-z][\w.-]*:[a-z0-9][\w.-]*")
_IMAGE_SAID = re.compile(
    r"\b([a-z][a-z0-9-]*)\s+(?:image\s+)?(?:(?:in|at|tag|version|release|of)\s+)*v?(\d+\.\d+(?:\.\d+)*)\b"
)
_VERSION = re.compile(r"(?<![\w.:])v?\d+\.\d+(?:\.\d+)*(?![\w.])")
_TOKEN = re.compile(r"[a-z0-9](?:[\w.-]*[a-z0-9])?")
_ORDINARY = re.compile(
    r"(?:non|re|un|multi|self|auto|long|most|least|up|out|in|not|crash|cluster|image|back|pre|post|on|off|well)-.*"
    r"|.*-(?:wide|based|related|ready|level|phase|looping|loop|time|killed|running|facing|like|free|style|up|in|out|off|down|to|"
    r"by|date|able|less|term|side|called|existing|pinned|specific|of|the|memory|check|checks)"
)
"""Words with a hyphen that are no names; what the cluster has is one all the same."""
_NAME_LIKE = re.compile(r"(?=.*[a-z])[a-z0-9.]+(?:-[a-z0-9.]+)+|[a-z]{2,}-?\d+")
_COUNTED = re.compile(
    r"^\W*(?:\w+\W+){0,7}?(?:how many|number of|count (?:of|up|the)|total (?:number )?of)\b(?!.*\b(?:which|list|names?)\b)"
)
_PREPOSITIONS = frozenset({"in", "of", "from", "inside", "within", "for", "across", "under", "to"})
_ARTICLES = frozenset({"the", "a", "an", "my", "our", "this", "that", "your"})
_DENIALS = words.NEGATIONS | {
    "none",
    "cannot",
    "neither",
    "nor",
    "nothing",
    "nobody",
    "forgot",
    "forgotten",
    "unable",
}
_SAYS_NO = frozenset({"nothing", "nobody", "anything", "anybody"})
_OTHER_TIMES = frozenset(
    ["yesterday", "tomorrow", "week", "weeks", "month", "months", "year", "years", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tonight"]
)  # fmt: skip
_RESOURCES = {**words.RESOURCES, "processor": "cpu", "cpus": "cpu"}
_SETTINGS = {
    **words.SETTINGS,
    **dict.fromkeys(("cap", "caps", "capped", "capping", "ceiling", "ceilings", "limited", "limiting", "restricted", "restriction"), "limit"),
    **dict.fromkeys(("unbounded", "unlimited", "uncapped"), "limit"),
    **dict.fromkeys(("requested", "requesting", "reservation", "reservations", "reserve", "reserved", "reserving"), "request"),
}  # fmt: skip
_KIND_FIELDS = {
    "configmap": "configmap", "cm": "configmap", "configmaps": "configmap", "secret": "secret", "secrets": "secret", "pvc": "claim",
    "pvcs": "claim", "claim": "claim", "claims": "claim", "serviceaccount": "account", "ingress": "ingress",
    "ingresses": "ingress", "cronjob": "cronjob", "cronjobs": "cronjob", "hpa": "autoscaler", "hpas": "autoscaler",
}  # fmt: skip
"""Kinds whose names may be any word, so that what stands beside them is one."""
_DIRECTIONS = {
    **dict.fromkeys(words.MOST | {"champion", "biggest", "greatest", "busiest", "worst", "fullest"}, "most"),
    **dict.fromkeys(words.FEWEST | {"emptiest", "quietest"}, "fewest"),
    **dict.fromkeys({"oldest", "longest", "first", "earliest"}, "oldest"),
    **dict.fromkeys({"newest", "youngest", "latest"}, "newest"),
}


@dataclass
class Slots:
    """The fields by name, and what has to agree with a form. `others` are names that found no field."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    namespaces: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    directions: set[str] = field(default_factory=set)
    denies: bool = False
    older: bool = False
    other_time: bool = False
    counted: bool = False
    unknown: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    text: str = ""

    def add(self, name: str, value: str) -> None:
        """One more value of a field."""
        held = self.fields.setdefault(name, [])
        if value not in held:
            held.append(value)


def slots(text: str, known: Iterable[Named] = ()) -> Slots:
    """What `text` holds; `known` is what the cluster has. `Slots.text` is the text with stand-ins in its place."""
    found = Slots()
    names = KnownNames.of(known)
    found.counted = bool(_COUNTED.search(text.lower()))
    low = spelled(names.joined(words.joined(plain(text.lower()))))
    low = _times(low, found)
    if _ORDINAL.search(low) or _COMPARED.search(low):
        found.numbers.append("?")
    low = _images(low, found)
    low = _labels(low, found, names)
    tokens = [_spelled_right(token, names) for token in _TOKEN.findall(low)]
    places = _named(tokens, names, found)
    for place, token in enumerate(tokens):
        if place not in places and token not in _OURS:
            _word(token, found)
    found.words = [token for n, token in enumerate(tokens) if n not in places]
    shown = [places.get(n, _MASKED.get(token, token)) for n, token in enumerate(tokens)]
    found.text = " ".join(word for word in shown if word)
    return found


_MASKED = {
    **dict.fromkeys(_RESOURCES, "memory"),
    **dict.fromkeys(_SETTINGS, "limit"),
    **dict.fromkeys(words.PROBES, "readiness"),
}
"""Words that a field takes, so that a question on cpu is like one on memory."""


def _spelled_right(token: str, names: KnownNames) -> str:
    known = (
        token in names.objects or token in names.namespaces or token in names.parts or token in names.nodes
    )
    return token if known else corrected(token)


def _times(low: str, found: Slots) -> str:
    def taken(match: re.Match[str]) -> str:
        minutes = int(match[1]) * words.UNITS[match[2]]
        found.add("minutes", f"{minutes} minutes")
        found.older |= bool(_OLDER.search(low[: match.start()]))
        return f" {STAND_INS['minutes']} "

    return _WINDOW.sub(taken, low)


def _images(low: str, found: Slots) -> str:
    def whole(match: re.Match[str]) -> str:
        if match[0].endswith(":latest"):
            return " latest tag "
        found.add("image", match[0])
        return f" {STAND_INS['image']} "

    low = _IMAGE.sub(whole, low)

    def said(match: re.Match[str]) -> str:
        if match[1] in words.KNOWN or match[1] in (
            "kubelet",
            "kubelets",
            "kubernetes",
            "k8s",
            "at",
            "is",
            "still",
        ):
            return match[0]
        found.add("image", f"{match[1]}:{match[2]}")
        return f" {STAND_INS['image']} "

    low = _IMAGE_SAID.sub(said, low)

    def version(match: re.Match[str]) -> str:
        found.add("version", match[0] if match[0].startswith("v") else f"v{match[0]}")
        return f" {STAND_INS['version']} "

    return _VERSION.sub(version, low)


def _labels(low: str, found: Slots, names: KnownNames) -> str:
    def taken(match: re.Match[str]) -> str:
        if match[2] in words.KNOWN or match[1] in words.KNOWN or match[0].startswith("redis:"):
            return match[0]
        if match[1] in names.namespaces or match[1] in names.objects or match[1] in names.nodes:
            return match[0]
        found.add("label", f"{match[1]}={match[2]}")
        return f" label {STAND_INS['label']} "

    for pattern in (_LABEL, _LABEL_FIRST, _LABEL_SAID):
        fresh = pattern.sub(taken, low)
        if fresh != low:
            return fresh
    return low


_OURS = frozenset({"7.0", "blue", "v1.2.3", "redis"})


def _named(tokens: list[str], names: KnownNames, found: Slots) -> dict[int, str]:
    """The tokens that are names, and what stands for each; '' for a place that is said as an aside."""
    places: dict[int, str] = {}
    for n, token in enumerate(tokens):
        beside = _KIND_FIELDS.get(token)
        place = _beside(tokens, n, names) if beside else None
        if beside and place is not None and place not in places:
            found.add(beside, tokens[place])
            places[place] = STAND_INS[beside]
    for n, token in enumerate(tokens):
        if n in places or token in words.KINDS or token.isdigit() or token in _OURS:
            continue
        if _is_namespace(tokens, n, names):
            found.namespaces.append(token)
            _aside(tokens, n, places)
        else:
            _object(tokens, n, names, found, places)
    return places


def _object(tokens: list[str], n: int, names: KnownNames, found: Slots, places: dict[int, str]) -> None:
    token, before = tokens[n], tokens[n - 1] if n else ""
    if token in names.nodes:
        found.add("node", token)
        places[n] = STAND_INS["node"]
    elif token in names.objects:
        name = _field(names.objects[token])
        found.add(name, token)
        places[n] = STAND_INS[name]
    elif token in names.parts and not found.fields.get("name"):
        found.add("name", names.parts[token])
        places[n] = STAND_INS["name"]
    elif _NAME_LIKE.fullmatch(token) and token not in words.KNOWN and not _ORDINARY.fullmatch(token):
        name = "node" if before in ("node", "machine", "worker", "host") else "name"
        found.add(name, token)
        found.unknown.add(token)
        places[n] = STAND_INS[name]


def _is_namespace(tokens: list[str], n: int, names: KnownNames) -> bool:
    """A namespace there is, unless the word is used as a word; one that is not there only where nothing else can stand."""
    token = tokens[n]
    before, after = tokens[n - 1] if n else "", tokens[n + 1] if n + 1 < len(tokens) else ""
    led = next((t for t in reversed(tokens[:n]) if t not in _ARTICLES), "")
    following = tokens[n + 2] if n + 2 < len(tokens) else ""
    taken = following in names.namespaces or token in names.objects or token in names.nodes
    beside = before in _SPACE or (after in _SPACE and not (taken and token not in names.namespaces))
    if token in names.namespaces:
        if token in words.KNOWN and not beside:
            return led in ("in", "from", "inside", "within")
        return beside or led in _PREPOSITIONS or token not in names.objects
    if not beside or token in words.KNOWN or token in _PREPOSITIONS | _ARTICLES:
        return False
    return bool(_NAME_LIKE.fullmatch(token) or nearest(token, names.namespaces)) or led in (
        "in",
        "from",
        "inside",
    )


def _field(kind: str) -> str:
    return {
        "ConfigMap": "configmap", "PersistentVolumeClaim": "claim", "CronJob": "cronjob", "HorizontalPodAutoscaler": "autoscaler"
    }.get(kind, "name")  # fmt: skip


def _beside(tokens: list[str], n: int, names: KnownNames) -> int | None:
    """The name that stands beside the word of its kind: after it, else before it."""
    after = n + 1
    while after < len(tokens) and tokens[after] in ("named", "called", *_ARTICLES):
        after += 1
    for place in (after, n - 1):
        if 0 <= place < len(tokens):
            token = tokens[place]
            if token in names.objects or _NAME_LIKE.fullmatch(token):
                return place
    before = tokens[n - 1] if n else ""
    if tokens[n] == "serviceaccount":
        for token, place in ((tokens[after] if after < len(tokens) else "", after), (before, n - 1)):
            if (
                token
                and token not in words.KNOWN
                and token not in names.namespaces
                and token not in _ARTICLES
            ):
                return place
    return None


def _aside(tokens: list[str], n: int, places: dict[int, str]) -> None:
    """`in the shop namespace` says where, and is left out of what is compared; `is shop well` keeps its subject."""
    start = end = n
    while start and tokens[start - 1] in (_ARTICLES | {"namespace", "ns"}):
        start -= 1
    if end + 1 < len(tokens) and tokens[end + 1] in ("namespace", "ns"):
        end += 1
    led = tokens[start - 1] if start else ""
    for place in range(start, end + 1):
        places[place] = ""
    if led in _PREPOSITIONS:
        places[start - 1] = ""
    elif led or end + 1 < len(tokens):
        places[n] = STAND_INS["namespace"] if start == end or led in _SUBJECT else ""


_SPACE = frozenset({"namespace", "ns"})
_SUBJECT = frozenset({"is", "are", "has", "does", "about", "with", "how"})


def _word(token: str, found: Slots) -> None:
    if token.isdigit():
        found.numbers.append(token)
    if token in words.KINDS:
        found.kinds.add(words.KINDS[token])
    if token in _RESOURCES:
        found.add("resource", _RESOURCES[token])
    if token in _SETTINGS:
        found.add("setting", _SETTINGS[token])
    if token in words.PROBES:
        found.add("probe", token)
    found.denies |= token in _DENIALS and token not in _SAYS_NO
    found.other_time |= token in _OTHER_TIMES
    if token in _DIRECTIONS:
        found.directions.add(_DIRECTIONS[token])


EXAMPLE = (Named("Deployment", "prod", STAND_INS["name"]), Named("Node", "", STAND_INS["node"]))
"""What the examples speak of."""
