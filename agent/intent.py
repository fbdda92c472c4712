"""Recognises what is asked by likeness to example questions, and abstains when nothing is like it enough.

Each intent is one small file in `intents/`: examples as data, the calls it needs, the sentences it makes. Likeness is the
cosine of tf-idf weighted words and word beginnings; names are masked, words no example uses count against every intent.
"""

from __future__ import annotations

import math
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import pairwise

from interlock.agent.turn import Asked, Use

FLOOR = 0.36
"""Below it the built-in model says that it does not know; calibrated by tests/agent/test_intent.py."""
CERTAIN = 0.8
MASK = "someobject"
MOST_STRANGE = 2
_WORD = re.compile(r"[a-z0-9][a-z0-9']*")
_NAME_LIKE = re.compile(r"[`\"']?\b(?=[a-z0-9./-]*[-/0-9])[a-z0-9](?:[a-z0-9./-]*[a-z0-9])\b[`\"']?")
_UNITS = re.compile(r"\b\d+\s*(?:s|m|h|d|sec|min|minutes?|hours?|days?)\b")


@dataclass(frozen=True)
class Intent:
    """Something that can be asked.

    `offers` completes "I can answer ...". `calls` are the calls wanted next, given what was read; when none is fresh,
    `compose` writes the answer. `names` says whether the objects a question names have to be looked up first. `wordings` are
    further examples for likeness of meaning; by words alone they would make too much alike.
    """

    name: str
    offers: str
    examples: tuple[str, ...]
    calls: Callable[[Asked], Sequence[Use]]
    compose: Callable[[Asked], Sequence[str]]
    names: bool = True
    wordings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guess:
    """The intent most like a question, and how like."""

    intent: Intent
    likeness: float

    @property
    def sure(self) -> bool:
        """Whether it is like enough to act on."""
        return self.likeness >= FLOOR

    @property
    def certain(self) -> bool:
        """Whether it is so like that no model has to be asked."""
        return self.likeness >= CERTAIN


@cache
def all_intents() -> dict[str, Intent]:
    """Every intent by name."""
    import interlock.agent.intents as room

    modules = (
        import_module(found.name) for found in pkgutil.iter_modules(room.__path__, room.__name__ + ".")
    )
    found = [intent for module in modules if isinstance(intent := getattr(module, "INTENT", None), Intent)]
    return {intent.name: intent for intent in sorted(found, key=lambda intent: intent.name)}


def recognise(text: str, known_names: Iterable[str] = ()) -> Guess:
    """The intent most like `text`; `known_names` exist and are masked."""
    model = _model()
    asked = model.vector(masked(text, known_names))
    best = max(((_dot(asked, vector), intent) for intent, vector in model.examples), key=lambda pair: pair[0])
    return Guess(best[1], best[0])


def possibly(text: str) -> Guess:
    """The same before any name is known: the few words that no example uses could be names."""
    strange = [word for word in _WORD.findall(masked(text, ())) if word not in _model().idf]
    return recognise(text, strange if len(strange) <= MOST_STRANGE else ())


@cache
def vocabulary() -> frozenset[str]:
    """The words of all examples: words people ask with, so no names by themselves."""
    said = (text for intent in all_intents().values() for text in (*intent.examples, *intent.wordings))
    return frozenset(word for text in said for word in _WORD.findall(text)) - {MASK}


def masked(text: str, known_names: Iterable[str]) -> str:
    """`text` in lower case with names and quantities replaced by one word each."""
    low = _UNITS.sub(" sometime ", text.lower())
    low = _NAME_LIKE.sub(f" {MASK} ", low)
    known = {name.lower() for name in known_names}
    return " ".join(MASK if word in known else word for word in re.findall(r"[^\s?!,;:]+", low))


@dataclass(frozen=True)
class _Model:
    idf: dict[str, float]
    unseen: float
    examples: tuple[tuple[Intent, dict[str, float]], ...]

    def vector(self, text: str) -> dict[str, float]:
        """Unit-length weights of the features of `text`."""
        counts = Counter(features(text))
        weights = {f: (1 + math.log(n)) * self.idf.get(f, self.unseen) * _share(f) for f, n in counts.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {feature: weight / length for feature, weight in weights.items()}


def features(text: str) -> list[str]:
    """Words, pairs of neighbours, and word beginnings, so that inflections meet."""
    words = [word.replace("'s", "").replace("'", "") for word in _WORD.findall(text)]
    pairs = [f"{one} {two}" for one, two in pairwise(words)]
    return [*words, *pairs, *(f"{word[:5]}~" for word in words if len(word) > 4)]


def _share(feature: str) -> float:
    return 0.5 if " " in feature else 0.7 if feature.endswith("~") else 1.0


@cache
def _model() -> _Model:
    pairs = [(intent, masked(text, ())) for intent in all_intents().values() for text in intent.examples]
    seen = Counter(feature for _, text in pairs for feature in set(features(text)))
    idf = {feature: math.log((len(pairs) + 1) / (n + 0.5)) for feature, n in seen.items()}
    blank = _Model(idf, math.log(len(pairs) + 1), ())
    return _Model(idf, blank.unseen, tuple((intent, blank.vector(text)) for intent, text in pairs))


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(weight * other.get(feature, 0.0) for feature, weight in one.items())
