"""A question in plain words before it is read: short forms written out, numbers and times in figures, greetings left out."""

from __future__ import annotations

import re
from collections.abc import Container
from difflib import get_close_matches

from interlock.agent.cues import TROUBLE
from interlock.agent.reading import lexicon as words

_NUMBERS = {
    w: str(n) for n, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"])
} | {"fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40", "forty-five": "45", "fifty": "50",
     "sixty": "60", "ninety": "90"}  # fmt: skip
UNIT = r"(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
_TIMES: tuple[tuple[str, str], ...] = (
    (r"\bhalf an? hour\b|\bhalf hour\b", "30 minutes"),
    (r"\bquarter of an hour\b", "15 minutes"),
    (r"\b(?:an hour|1 hour) and a half\b", "90 minutes"),
    (r"\b(?:a )?couple of (hours|minutes|days)\b", r"2 \1"),
    (rf"\ban? {UNIT}\b", r"1 \1"),
    (r"\b(last|past|previous|this) (minute|hour|day|week)\b", r"\1 1 \2"),
)
_SHORT = {
    "po": "pods", "ns": "namespace", "deploys": "deployments", "svc": "service", "svcs": "services", "cj": "cronjobs",
    "cm": "configmap", "cms": "configmaps", "sts": "statefulsets", "ds": "daemonsets", "nr": "number", "pls": "please",
    "whats": "what is", "arent": "are not", "isnt": "is not", "dont": "do not", "doesnt": "does not", "didnt": "did not",
    "cant": "cannot", "wont": "will not", "hasnt": "has not", "havent": "have not", "sb": "somebody", "thx": "thanks",
}  # fmt: skip
_PLAIN: tuple[tuple[str, str], ...] = (
    (r"\bw/o\b", "without"),
    (r":latest\b", " latest tag "),
    (r"(?:>\s*0|\b(?:more than|above|over) (?:zero|0))\b", "once"),
    (r"\bat (?:the )?most\b", ""),
    (r"\b(readiness|liveness|startup)[- ]?probe(s?)\b", r"\1 probe\2"),
    (
        r"\b(?:across|in|over|from|for) all (?:of )?(?:the |our )?namespaces?\b|\b(?:across|over) (?:each|every) namespace\b",
        "everywhere",
    ),
    (r"\b(?:1|one) or more(?: times)?\b|\bat least (?:1|one)\b", "any"),
    (r"\bcluster[- ]wide\b", "everywhere"),
    (r"\bi\.?e\.(?=\s|$)|\be\.g\.(?=\s|$)", ""),
    (r"\bin (?:every|any) namespace\b|\bevery namespace included\b", "everywhere"),
    (r"\b(?:po|pods?) (?:counts? )?by ns\b", "pod counts by namespace"),
)
"""Short forms, and what says nothing, in plain words."""


def plain(low: str) -> str:
    """Short forms written out, and what says nothing left out."""
    for pattern, instead in _PLAIN:
        low = re.sub(pattern, instead, low)
    low = re.sub(rf"(?<![\w/-])({'|'.join(_SHORT)})(?![\w/-])", lambda m: _SHORT[m[1]], low)
    if re.search(r"\b(?:memory|mem|ram|cpu)\b", low) and not re.search(r"\blimit", low):
        low = re.sub(r"\ballow(?:ed|ance)\b", "limit", low)
    return _everywhere(low)


def _everywhere(low: str) -> str:
    """`all namespaces` and `every namespace` say where, when things of another kind are asked for."""
    others = {words.KINDS.get(token, "") for token in re.findall(r"[a-z]+", low)} - {"", "namespaces"}
    everyone = r"\b(?:across |in |of |over )?(?:all|every) (?:of )?(?:the |our )?namespaces?\b"
    return (
        re.sub(everyone, "everywhere", low)
        if others and not re.search(r"\b(?:for|per|of) every ", low)
        else low
    )


def asked_part(text: str, names: Container[str] = frozenset()) -> str:
    """`text` without what is told around the question itself: a greeting, who asks, what for, thanks.

    A part that speaks of a kind, or holds one of `names`, stays.
    """
    parts = re.split(r"(?<=[.!?:;,])\s+|\s+-+\s+", text.strip())
    while len(parts) > 1 and (_TOLD.match(parts[0]) or _TOPIC.match(parts[0])) and _empty(parts[0], names):
        parts.pop(0)
    while len(parts) > 1 and _TOLD_AFTER.match(parts[-1]) and _empty(parts[-1], names):
        parts.pop()
    return " ".join(parts)


def _empty(part: str, names: Container[str]) -> bool:
    """Whether a part holds nothing that a question is about."""
    tokens = re.findall(r"[a-z0-9](?:[\w.-]*[a-z0-9])?", part.lower())
    return not any(token in _TELLING or token in names for token in tokens)


_TELLING = (
    frozenset(words.KINDS)
    | (TROUBLE - {"paged"})
    | frozenset(words.RESOURCES)
    | frozenset(words.SETTINGS)
    | words.RESTARTS
    | words.IMAGE
)
"""Words that a question is about."""


_TOPIC = re.compile(r"(?:\w+ ){0,4}\w+(?::|\.\.\.)$")
_TOLD_AFTER = re.compile(
    r"(?:thanks|thank|thx|cheers|ta|i'm|im|i|we|we're|need|just|asking|sorry|please|pls|because|so that|"
    r"much|appreciated)\b(?!.*\?)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"(?:hey|hi|hello|good|i|i'm|im|we|we're|just|doing|need|taking|got|quick|help|sorry|btw|ok|so|morning|team|folks|guys|"
    r"maybe|please)\b(?!.*\?)",
    re.IGNORECASE,
)


def spelled(low: str) -> str:
    """Numbers and times in figures."""
    low = re.sub(r"\b(forty)[ -](five)\b", "45", low)
    low = re.sub(rf"\b({'|'.join(_NUMBERS)})\b(?=[\s-]*{UNIT}\b)", lambda m: _NUMBERS[m[1]], low)
    some = [name for name in _NUMBERS if name not in ("zero", "one")]
    low = re.sub(rf"\b({'|'.join(some)})\b", lambda m: _NUMBERS[m[1]], low)
    for pattern, instead in _TIMES:
        low = re.sub(pattern, instead, low)
    return low


def corrected(token: str) -> str:
    """A long word with letters mixed up, as the word of ours that it surely is; any other as it is."""
    if len(token) < _LONG or token in words.KNOWN or not token.isalpha():
        return token
    near = [word for word in get_close_matches(token, _LONG_WORDS, n=2, cutoff=_ALIKE) if word[0] == token[0]]
    # What differs at its end is another form of the word, or another word.
    return near[0] if near and token[:-2] != near[0][: len(token) - 2] else token


_LONG, _ALIKE = 7, 0.87
_LONG_WORDS = sorted(word for word in words.KNOWN if len(word) >= _LONG - 1)
