"""Whether a form takes all that a question holds, and the question in the form's own wording.

Guarantee: nothing that was said is dropped: each name, place, time and number has its field, no denial gets lost, no kind or
direction is exchanged. What a form does not take is left to another, or to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from interlock.agent.cues import TROUBLE, lists
from interlock.agent.forms.model import Form
from interlock.agent.reading import lexicon as words
from interlock.agent.slots import EXAMPLE, Slots, slots

_NAMES = ("name", "cronjob", "autoscaler", "claim", "configmap", "secret", "account", "ingress")
_KIND_OF = {
    "secret": "secrets",
    "configmap": "configmaps",
    "claim": "persistentvolumeclaims",
    "ingress": "ingresses",
    "account": "serviceaccounts",
}
_WORDS = ("resource", "setting", "probe")
MANY_KINDS = 10
"""A form for so many kinds has no kind of its own: one has to be said."""


@dataclass(frozen=True)
class _Spoken:
    """What the wordings of a form speak of by themselves."""

    kinds: frozenset[str]
    directions: frozenset[str]
    fields: Mapping[str, frozenset[str]]
    words: frozenset[str]
    denies: bool
    who: bool


def filled(form: Form, found: Slots) -> str | None:
    """The question as the form asks it; None when the form does not take it."""
    spoken = _spoken(form)
    if not _agrees(form, found, spoken):
        return None
    if (
        found.directions - spoken.directions
        or found.older
        or (found.other_time and "minutes" not in form.fields)
    ):
        return None
    kind = _kind(form, found, spoken)
    values = _values(form, found, spoken)
    if kind is None or values is None:
        return None
    asks = form.asks.format(**values, kind=kind)
    return f"how many {asks.removeprefix('which ')}" if found.counted and asks.startswith("which ") else asks


def _fits(form: Form, found: Slots) -> bool:
    """What can be told without reading the form's wordings: most forms have no place for a name, or need one."""
    held = {name for name in found.fields if name not in _WORDS}
    wanted = form.fields - {"kind", "space", "namespace", "top", *_WORDS}
    return len(held) == len(wanted) and (not found.namespaces or bool(form.fields & {"space", "namespace"}))


def _agrees(form: Form, found: Slots, spoken: _Spoken) -> bool:
    """Whether no word of the question speaks against the form, and the words it needs are there."""
    said = set(found.words)
    if (found.denies and not (form.denies or spoken.denies)) or _reversed(form, found):
        return False
    if (form.needs and not form.needs & said) or form.never & said:
        return False
    if said & TROUBLE - spoken.words and not lists(" ".join(found.words)):
        return False
    if form.asks.startswith("when ") and not said & _WHEN:
        return False
    if (
        found.words[:1] == ["who"]
        and _PERSONAL & set(form.asks.replace("{", " {").split())
        and not spoken.who
    ):
        return False
    if (
        not form.whole
        and not form.fields - {"kind", "space"}
        and len(found.kinds) < 2
        and _plain_inventory(said, spoken)
    ):
        return False
    return not form.whole or said <= spoken.words | words.GLUE | set(words.KINDS) | _EMPTY


def _plain_inventory(said: set[str], spoken: _Spoken) -> bool:
    """Whether only things of a kind are asked for, so that nothing speaks of the state which a form adds."""
    told = said - words.GLUE - set(words.KINDS) - {"everywhere"}
    return not told - _EMPTY and not told & spoken.words


_WHEN = frozenset(
    [
        "when",
        "time",
        "date",
        "ago",
        "last",
        "latest",
        "recent",
        "recently",
        "since",
        "long",
        "timestamp",
        "moment",
        "day",
        "hour",
    ]
)
_EMPTY = frozenset(
    [
        "i",
        "d",
        "m",
        "ll",
        "consist",
        "consists",
        "contain",
        "contains",
        "comprise",
        "comprises",
        "include",
        "includes",
        "wide",
        "everywhere",
        "hey",
        "hi",
        "hello",
        "thanks",
        "should",
        "really",
        "roughly",
        "again",
        "quickly",
        "need",
        "know",
        "want",
        "like",
        "see",
        "tell",
        "could",
        "would",
        "live",
        "lives",
        "living",
        "run",
        "runs",
        "running",
        "scheduled",
        "size",
        "enumerate",
        "ve",
        "got",
        "overall",
        "around",
        "across",
        "out",
        "defined",
        "configured",
        "created",
        "available",
        "present",
        "up",
        "object",
        "objects",
        "resources",
        "kubernetes",
        "k8s",
        "actually",
        "exactly",
        "currently",
        "today",
        "whole",
        "entire",
        "full",
        "quick",
        "complete",
        "altogether",
        "sum",
        "everything",
        "item",
        "items",
        "number",
        "total",
        "namespace",
        "namespaces",
        "together",
        "stored",
        "kept",
        "sit",
        "sits",
        "sitting",
        "deployed",
        "inventory",
        "tally",
        "every",
        "each",
        "big",
        "large",
        "fleet",
    ]
)
"""Words that narrow nothing down."""
_PERSONAL = frozenset(["rolled", "changed", "created", "deployed", "old", "version", "image"])
"""Who did one of these is a person, whom the cluster does not know."""


def _reversed(form: Form, found: Slots) -> bool:
    """Whether the state that the form asks for is denied in the question."""
    asked = {words.STATE_SYNONYMS.get(word, word) for word in form.asks.replace("{", " {").split()}
    if asked & words.NEGATIONS:
        return False
    states = asked & words.STATES.keys() | asked & {"running"}
    for place, word in enumerate(found.words):
        if word in words.NEGATIONS:
            after = found.words[place + 1 : place + 4]
            if states & {words.STATE_SYNONYMS.get(token, token) for token in after}:
                return True
    return False


def _values(form: Form, found: Slots, spoken: _Spoken) -> dict[str, str] | None:
    """A value for each field, when everything that was found has its field."""
    left = {name: list(values) for name, values in found.fields.items()}
    if any(len(values) > 1 for values in left.values()) or len(found.namespaces) > 1:
        return None
    values: dict[str, str] = {}
    for name in form.fields - {"kind", "space", "namespace", "top"}:
        source = _source(form, name, left, found)
        if source is None:
            return None
        values[name] = left.pop(source)[0]
    tolerated = {name for name in _WORDS if set(left.get(name, ())) <= spoken.fields.get(name, frozenset())}
    if set(left) - tolerated:
        return None
    return _with_place(form, found, values)


def _with_place(form: Form, found: Slots, values: dict[str, str]) -> dict[str, str] | None:
    numbers = list(found.numbers)
    if "top" in form.fields:
        if len(numbers) != 1:
            return None
        values["top"] = numbers.pop()
    place = found.namespaces[0] if found.namespaces else ""
    if numbers or (place and not form.fields & {"space", "namespace"}):
        return None
    if "namespace" in form.fields:
        return {**values, "namespace": place} if place else None
    return {**values, "space": f" in {place}" if place else ""}


def _source(form: Form, name: str, left: dict[str, list[str]], found: Slots) -> str | None:
    """The field of the question that this field of the form is taken from."""
    if name in left:
        return name
    if name == "name":
        return next((other for other in (*_NAMES, "node") if form.any_kind and other in left), None)
    if name in _NAMES and "name" in left:
        needed = _KIND_OF.get(name)
        unknown = left["name"][0] in found.unknown
        return "name" if (needed in found.kinds if needed else unknown or name == "autoscaler") else None
    return None


def _kind(form: Form, found: Slots, spoken: _Spoken) -> str | None:
    """The kind that is asked for: the one that is said, else the form's own; '' for a form without."""
    said = set(found.kinds)
    if not form.kinds:
        return "" if said <= spoken.kinds else None
    own = {words.KINDS[word]: word for word in form.kinds}
    fitting = said & set(own)
    if not fitting and len(form.kinds) >= MANY_KINDS:
        return None
    if len(fitting) > 1 or said - fitting - (spoken.kinds - set(own)):
        return None
    return own[next(iter(fitting))] if fitting else form.kinds[0]


@cache
def _spoken(form: Form) -> _Spoken:
    read = [slots(text, EXAMPLE) for text in (form.example, *form.wordings)]
    kinds = frozenset(kind for found in read for kind in found.kinds)
    fields = {name: frozenset(v for found in read for v in found.fields.get(name, ())) for name in _WORDS}
    directions = frozenset(d for found in read for d in found.directions)
    return _Spoken(
        kinds | form.beside,
        directions,
        fields,
        frozenset(word for found in read for word in found.words),
        any(found.denies for found in read),
        any(found.words[:1] == ["who"] for found in read),
    )
