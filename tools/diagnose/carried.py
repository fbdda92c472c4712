"""Whether a piece of evidence holds a sentence word for word, so that the sentence may cite it.

Stricter than the citation check of answers: what passes here passes there. A sentence that is an inference (a reason, a
link, an absence) does not pass, and cites the report of the diagnosis, which states it.
"""

from __future__ import annotations

import re

from interlock.core.evidence import Evidence

_QUOTES = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
_WORD = re.compile(r"[^\s,;()\"“”]+")
_RATIO = re.compile(r"\b(\d+) of (\d+)\b")
_CHANGED = re.compile(r"^(?P<head>.*) changed (?P<path>\S+) from (?P<old>.+?) to (?P<new>.+)$")
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
        words = [word for word in _WORD.findall(changed["head"]) if word.lower() not in _GLUE]
        return any(
            line in record and all(_in(word, record) for word in words) for record in _records(evidence)
        )
    spans = [" ".join(next(group for group in match if group).split()) for match in _QUOTES.findall(text)]
    plain = _QUOTES.sub(" ", text)
    words = [word.strip(".:") for word in _WORD.findall(plain)]
    words = [word for word in words if word and word.lower() not in _GLUE]
    if not _counted(text, evidence) or any(word.lower() in _INFERENCE for word in words):
        return False
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
