"""A question in plain words before it is read: short forms written out, numbers and times in figures, greetings left out."""

from __future__ import annotations

import re

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
    (r"\b(?:(?:across|in|over|from|for) )?all (?:the |our )?namespaces?\b", "everywhere"),
    (r"\bin (?:every|any) namespace\b|\bevery namespace included\b", "everywhere"),
    (r"\b(?:po|pods?) (?:counts? )?by ns\b", "pod counts by namespace"),
)
"""Short forms, and what says nothing, in plain words."""


def plain(low: str) -> str:
    """Short forms written out, and what says nothing left out."""
    for pattern, instead in _PLAIN:
        low = re.sub(pattern, instead, low)
    return re.sub(rf"(?<![\w/-])({'|'.join(_SHORT)})(?![\w/-])", lambda m: _SHORT[m[1]], low)


def asked_part(text: str) -> str:
    """`text` without what is told before the question itself: a greeting, who asks, what happened to them."""
    parts = re.split(r"(?<=[.!?:;,])\s+", text.strip())
    while (
        len(parts) > 1
        and _TOLD.match(parts[0])
        and not set(re.findall(r"[a-z]+", parts[0].lower())) & set(words.KINDS)
    ):
        parts.pop(0)
    return " ".join(parts)


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
