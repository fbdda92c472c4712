"""Whether a piece of evidence holds a sentence word for word, so that the sentence may cite it.

Stricter than the citation check of answers: what passes here passes there. A sentence that is an inference (a reason, a
link, an absence) does not pass, and cites the report of the diagnosis, which states it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from interlock.core.evidence import Evidence

_QUOTES = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
_WORD = re.compile(r"[^\s,;()\"“”]+")
_RATIO = re.compile(r"\b(\d+) of (\d+)\b")
_CHANGED = re.compile(r"^(?P<head>.*) changed (?P<path>\S+) from (?P<old>.+?) to (?P<new>.+)$")
_PLAIN = re.compile(r"^[A-Z]?[a-z]+$")
_NAMING = frozenset({"container", "configmap", "secret", "key", "quota", "image", "service", "name"})
_GLUE = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on at to for from by with is was are has have had its it that this and or says say reports report"
        " message log logged last which be state condition",
    )
)
_INFERENCE = frozenset(
    re.findall(
        r"\w+",
        "no not cannot never same means because old new since again only without could unschedulable notready",
    )
)


def carries(text: str, evidence: Evidence) -> bool:
    """Whether one record of the evidence holds every word, number and quoted span of `text`."""
    if changed := _CHANGED.match(text):
        line = f"{changed['path']}: {changed['old']} -> {changed['new']}"
        return _one_record(evidence, [line], _words(changed["head"]))
    spans = [" ".join(next(group for group in match if group).split()) for match in _QUOTES.findall(text)]
    words = _words(_QUOTES.sub(" ", text))
    if not _counted(text, evidence) or any(word.lower() in _INFERENCE for word in words):
        return False
    return _one_record(evidence, spans, words)


def says_a_change(text: str) -> bool:
    """Whether the sentence tells old and new of a field, which histories write with an arrow."""
    return _CHANGED.match(text) is not None


def names_stand_in(text: str, sources: Sequence[Evidence]) -> bool:
    """Whether every name, number and quoted span of an inference stands somewhere in what it was inferred from."""
    blob = " ".join(" ".join(f"{source.subject} {source.text}" for source in sources).split())
    spans = [" ".join(next(group for group in match if group).split()) for match in _QUOTES.findall(text)]
    words = _words(_QUOTES.sub(" ", text))
    named = [
        word for before, word in pairwise(["", *words]) if not _PLAIN.match(word) or before.lower() in _NAMING
    ]
    return all(span in blob for span in spans) and all(
        _in(part, blob) for word in named for part in word.split("/") if part
    )


def _words(text: str) -> list[str]:
    found = (word.strip(".:") for word in _WORD.findall(text))
    return [word for word in found if word and word.lower() not in _GLUE]


def _one_record(evidence: Evidence, spans: list[str], words: list[str]) -> bool:
    return any(
        all(span in record for span in spans) and all(_in(word, record) for word in words)
        for record in _records(evidence)
    )


def _counted(text: str, evidence: Evidence) -> bool:
    """Whether an object holds both numbers of `2 of 3` in the fields they are of."""
    ratio = _RATIO.search(text)
    if ratio is None or evidence.kind != "object":
        return True
    ready, wanted = (
        rf"\.{field}: {number}$"
        for field, number in zip(("readyReplicas", "replicas"), ratio.groups(), strict=True)
    )
    held = all(re.search(field, evidence.text, re.MULTILINE) for field in (ready, wanted))
    return held and evidence.subject.startswith("Deployment ")


def _records(evidence: Evidence) -> list[str]:
    lines = [evidence.text] if evidence.kind == "object" else evidence.text.split("\n")
    return [" ".join(f"{evidence.subject} {line}".split()) for line in lines]


def _in(word: str, record: str) -> bool:
    if word[0].isdigit():
        return re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", record) is not None
    low = word.lower()
    return low in record.lower() or (len(low) > 4 and re.sub(r"(ed|s|ing)$", "", low) in record.lower())
