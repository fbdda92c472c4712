"""A light English stemmer for operations text: plurals, -ed, -ing, -er and the common noun endings.

After the idea of Porter's algorithm (measure by vowel groups), much shorter. It only has to be the same for
the page and the question; a stem need not be a word.
"""

from __future__ import annotations

import re

_VOWEL = re.compile(r"[aeiouy]")
_GROUP = re.compile(r"[aeiouy]+[^aeiouy]")
_DOUBLED = re.compile(r"([bdfgmnprt])\1$")
_ENDINGS = (
    ("ization", ""),
    ("ational", ""),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("iveness", "ive"),
    ("ability", ""),
    ("ibility", ""),
    ("ation", ""),
    ("ator", ""),
    ("ably", ""),
    ("ibly", ""),
    ("ible", ""),
    ("ment", ""),
    ("ness", ""),
    ("ance", ""),
    ("ence", ""),
    ("ency", ""),
    ("ancy", ""),
    ("able", ""),
    ("tion", "t"),
    ("sion", "s"),
    ("ally", "al"),
    ("ize", ""),
    ("ise", ""),
    ("ity", ""),
    ("ive", ""),
    ("ant", ""),
    ("ent", ""),
    ("ful", ""),
    ("ate", ""),
    ("ure", ""),
    ("at", ""),
    ("al", ""),
    ("ly", ""),
    ("er", ""),
    ("or", ""),
)


def stem(word: str) -> str:
    """The stem of a lower-case word; words with digits or other letters are left alone."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    return _final_e(_ending(_participle(_plural(word))))


def _plural(word: str) -> str:
    if word.endswith("sses") or (word.endswith(("xes", "ches", "shes")) and len(word) > 5):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith("s") and word[-2] not in "su" and not word.endswith(("is", "ys")):
        return word[:-1]
    return word


def _participle(word: str) -> str:
    for ending in ("ing", "ed"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) > 2 and _VOWEL.search(base) and not word.endswith("eed"):
            return base[:-1] if _DOUBLED.search(base) else base
    return word


def _ending(word: str) -> str:
    for ending, instead in _ENDINGS:
        base = word[: -len(ending)]
        if word.endswith(ending) and len(_GROUP.findall(base)) >= 1 and len(base) > 3:
            return base + instead
    return word


def _final_e(word: str) -> str:
    if word.endswith("e") and len(word) > 4:
        word = word[:-1]
    if word.endswith("y") and len(word) > 3:
        word = word[:-1] + "i"
    return word
