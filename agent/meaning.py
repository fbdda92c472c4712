"""Recognises what is asked by the embedder, where words are not enough: the nearest example, by enough, or nothing.

Guarantees: names are masked, so that it is requests that are compared; a question is only ever read in the wording of a form
that takes all it holds (`fill`); what is nearest to a question that is not ours is left alone. Example vectors are computed
once for each model and kept in the cache. Leaves the calls and the answer to intents and to `reading`.
"""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.agent import slots as masks
from interlock.agent.cues import troubled
from interlock.agent.fill import filled
from interlock.agent.forms.model import STAND_INS, Form
from interlock.agent.forms.unserved import WORDINGS as UNSERVED
from interlock.agent.intent import MASK, Guess, Intent, all_intents
from interlock.agent.plainly import asked_part
from interlock.agent.reading import lexicon
from interlock.agent.slots import EXAMPLE, Slots, slots
from interlock.agent.turn import Named

if TYPE_CHECKING:
    from interlock.index.embedding import Embedder, Vectors

NEAR, AHEAD, BEHIND = 0.60, 0.02, 0.04
"""How like an example a question has to be, how far ahead of what else takes it, and how little behind what does not take
it. Calibrated on evals/intent/dev.yaml, like the rest."""
OFFERED = 0.55
"""How like an unclear question has to be to a form to be offered as what may be meant."""
SAME = 0.9
"""Above it half the distance is enough."""
AGREED, LOOSE = 0.5, 0.4
"""When the words alone point to an intent this clearly, less likeness of meaning is enough."""
WORDED = frozenset({"resource", "setting", "probe"})
NO_TRIAGE = frozenset({"overview", "help", "act"})
"""What answers nothing that speaks of trouble."""
COARSE = frozenset({"list", "count", "facts", "detail"})
"""Intents that the forms say more exactly."""


@dataclass(frozen=True)
class Meant:
    """What a question is taken for. `asks` is the exact question it is read as, '' for one that only has an intent."""

    target: Form | Intent | None
    asks: str
    likeness: float

    @property
    def intent(self) -> Intent:
        """The intent that answers it."""
        return self.target if isinstance(self.target, Intent) else all_intents()["facts"]


@dataclass(frozen=True)
class _Likened:
    target: Form | Intent | None
    likeness: float


class Meaning:
    """Likeness to all examples under one embedder."""

    def __init__(self, embedder: Embedder, cache_dir: Path | None = None) -> None:
        self._embedder = embedder
        self._cache_dir = cache_dir

    def of(self, text: str, known: Sequence[Named] = (), guess: Guess | None = None) -> Meant | None:
        """What is meant, given what the cluster has and what the words say; None when nothing is like it enough."""
        names = {name for item in known for name in (item.name, item.namespace)}
        found = slots(asked_part(text, names), known)
        for name, values in slots(text, known).fields.items():
            if name not in WORDED:
                found.fields.setdefault(name, values)
        ranked = self.ranked(found)
        taken = [
            Meant(item.target, asks, item.likeness)
            for item in ranked
            if (asks := _asks(item.target, found)) is not None
        ]
        best = taken[0] if taken else None
        if best is not None and _clear(best, taken[1:], ranked[0]):
            return best
        agreed = guess is not None and guess.likeness >= AGREED and guess.intent.name not in COARSE
        if agreed and guess and not any(item.asks and item.likeness >= NEAR for item in taken):
            same = [item for item in taken[:3] if item.target is guess.intent and item.likeness >= LOOSE]
            return same[0] if same else None
        return None

    def readings(self, text: str, known: Sequence[Named] = ()) -> list[str]:
        """The two exact questions that an unclear one is most like, to be offered and not answered."""
        found = slots(asked_part(text), known)
        near = [item for item in self.ranked(found) if item.likeness >= OFFERED]
        asks = dict.fromkeys(filled(item.target, found) for item in near if isinstance(item.target, Form))
        return [f"{each}?" for each in asks if each][:2]

    def ranked(self, found: Slots) -> list[_Likened]:
        """Every form and intent by its example that is most like the question."""
        import numpy as np

        if not found.text:
            return [_Likened(None, 0.0)]
        said = [found.text, f"{found.text} in {STAND_INS['namespace']}"][: 1 + bool(found.namespaces)]
        places, examples = self._examples
        scores = np.asarray(examples @ self._embedder.embed(said).T)
        every = targets()
        best = [-1.0] * len(every)
        for place, row in zip(places, scores.tolist(), strict=True):
            # Where something is counts for what is asked of a place as a whole; the forms have a field for it.
            best[place] = max(best[place], max(row) if isinstance(every[place], Intent) else row[0])
        ranked = [_Likened(target, score) for target, score in zip(every, best, strict=True)]
        return sorted(ranked, key=lambda item: -item.likeness)

    @cached_property
    def _examples(self) -> tuple[list[int], Vectors]:
        """Of each example the place of its target, and its vector."""
        texts = _texts()
        file = self._file(texts)
        kept = _kept(file) if file is not None else None
        if kept is not None and kept.shape == (len(texts), self._embedder.dimensions):
            return [place for place, _ in texts], kept
        fresh = self._embedder.embed([slots(text, EXAMPLE).text for _, text in texts])
        if file is not None:
            _keep(file, fresh)
        return [place for place, _ in texts], fresh

    def _file(self, texts: Sequence[tuple[int, str]]) -> Path | None:
        # The vectors are of masked texts: they hold as long as the examples and what masks them.
        masking = [
            sha256(Path(module.__file__ or "").read_bytes()).hexdigest() for module in (masks, lexicon)
        ]
        said = "\n".join([self._embedder.id, *masking, *(text for _, text in texts)])
        name = sha256(said.encode()).hexdigest()[:24]
        return self._cache_dir / "intent" / f"{name}.npy" if self._cache_dir else None


def _clear(best: Meant, others: Sequence[Meant], top: _Likened) -> bool:
    """Whether the best is near enough, ahead of what else takes the question, and not behind what does not."""
    rivals = [item for item in others if item.asks != best.asks or not best.asks]
    if isinstance(best.target, Form):
        rivals = [item for item in rivals if not isinstance(item.target, Intent)]
    ahead = best.likeness - max((item.likeness for item in rivals), default=0.0)
    wanted = AHEAD / 2 if best.likeness >= SAME else AHEAD
    near = best.likeness >= NEAR and best.likeness >= top.likeness - BEHIND
    return best.target is not None and top.target is not None and near and ahead >= wanted


@cache
def targets() -> tuple[Form | Intent | None, ...]:
    """What a question can be taken for; None stands for what is not ours."""
    import interlock.agent.forms as room

    modules = [import_module(f.name) for f in pkgutil.iter_modules(room.__path__, room.__name__ + ".")]
    forms = [form for module in modules for form in getattr(module, "FORMS", ())]
    return (None, *(i for i in all_intents().values() if i.name not in COARSE), *forms)


def _texts() -> list[tuple[int, str]]:
    """Every example as it is compared, with the place of its target."""
    return [
        (place, slots(text, EXAMPLE).text)
        for place, target in enumerate(targets())
        for text in _wordings(target)
    ]


def _wordings(target: Form | Intent | None) -> Sequence[str]:
    if target is None:
        return UNSERVED
    if isinstance(target, Form):
        return (target.example, *target.wordings)
    return [
        text.replace(MASK, STAND_INS["name"]).replace("sometime", STAND_INS["minutes"])
        for text in (*target.examples, *target.wordings)
    ]


def _asks(target: Form | Intent | None, found: Slots) -> str | None:
    """How the target asks it: an exact question, '' for an intent; None when it does not take the question."""
    if isinstance(target, Form):
        return filled(target, found)
    unknowable = found.other_time or found.words[:1] == ["who"]
    if target is None:
        return ""
    vague = target.name in ("overview", "cause") and (found.counted or _lists(found))
    ails = target.name in NO_TRIAGE and troubled(" ".join(found.words))
    return None if vague or ails or (unknowable and target.name == "changes") else ""


def _lists(found: Slots) -> bool:
    """Whether it begins by asking for things of a kind, as `what statefulsets`, which neither a diagnosis nor a summary lists."""
    return found.words[:1] in (["what"], ["which"], ["list"], ["show"]) and bool(
        set(found.words[1:2]) & set(lexicon.KINDS)
    )


def _kept(file: Path) -> Vectors | None:
    """The vectors in a file of the cache; None when there is none that can be read."""
    import numpy as np

    try:
        kept: Vectors = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return kept


def _keep(file: Path, vectors: Vectors) -> None:
    """Whole or not at all; a cache that cannot be written costs time and nothing else."""
    import numpy as np

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.stem}.{os.getpid()}.npy")
        np.save(fresh, vectors)
        fresh.replace(file)
    except OSError:
        return
