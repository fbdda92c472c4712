"""What a question is taken for, surest first: an alert, code, an exact question, certain words, then likeness of meaning.

Guarantees: what words decide with certainty loads no model; names are looked up before meaning is compared; without a model
words decide alone, and it is said. What is like nothing enough is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from interlock.agent.cues import cue, troubled
from interlock.agent.intent import Guess, Intent, all_intents, possibly, recognise
from interlock.agent.intents.code import code_intent
from interlock.agent.intents.facts import mistaken, planned
from interlock.agent.meaning import Meaning
from interlock.agent.names import known_names, known_objects, lookups
from interlock.agent.reading import FACTS, Plan, speaks_of_change
from interlock.agent.turn import Asked, Use

_EDITS = re.compile(r"\b(?:edits?|modif\w+|alter\w+|tweak\w*|touched|diff|different|shipped)\b")
_SHARED_OUT = re.compile(r"\b(?:per|by|(?:for|in) each)\s+(?:ns|namespaces?|nodes?|status|state)\b")
WORDS_ONLY = "recognised by its words alone: the embedding model is not set up (run `python -m interlock.index.embedding.build` once)"
READ_AS = "read as: "
PERHAPS = "perhaps you ask: "
NEAR_NAME = "a name near"
"""How kubernetes_facts begins to offer names."""


@dataclass(frozen=True)
class Recognised:
    """`asked` is worded as it is answered. `intent` None: not known. `wanted` has to be looked up first. `said` are notes."""

    asked: Asked
    intent: Intent | None
    wanted: Sequence[Use] = ()
    said: tuple[str, ...] = ()


def recognised(asked: Asked, meaning: Meaning | None) -> Recognised:
    """What is asked; `meaning` is the embedder's, where there is one."""
    certain = _certain(asked, meaning)
    if certain is not None:
        return Recognised(asked, certain)
    guess = _by_words(asked)
    if guess.certain and not _half_understood(guess.intent, asked):
        return Recognised(asked, guess.intent)
    if meaning is not None and asked.text.strip():
        return _by_meaning(asked, meaning, guess)
    known = guess.sure and not _half_understood(guess.intent, asked)
    return Recognised(asked, guess.intent if known else None, said=(WORDS_ONLY,))


def _certain(asked: Asked, meaning: Meaning | None) -> Intent | None:
    """What needs no likeness. Until names are looked up, a strange word may be one."""
    if asked.alert is not None:
        return all_intents()["cause"]
    code = code_intent(asked) or cue(asked.text)
    if code:
        return all_intents()[code]
    plan = planned(asked)
    if (
        plan is not None
        and not _undivided(asked, plan)
        and not mistaken(asked, plan)
        and not (meaning and _misread(asked, plan))
    ):
        return all_intents()["cause" if plan.why else "facts"]
    return None


def _undivided(asked: Asked, plan: Plan) -> bool:
    """Whether a count for each of something was asked for in a short form, and read as one count."""
    return bool(plan.use.args.get("only_count")) and bool(_SHARED_OUT.search(asked.text.lower()))


def _misread(asked: Asked, plan: Plan) -> bool:
    """Whether an ordinary word was read as a name (`on fire`): nothing is so called, and nothing is near it."""
    taken = [plan.namespace, plan.node, *_images(plan)]
    if not any(word and word.isalpha() for word in taken):
        return False
    found = [read for read in asked.reads if read.use.key == plan.use.key]
    if not found or (found[0].data.number("count") or 0):
        return False
    if plan.use.tool == FACTS and found[0].data.number("found"):
        return False
    return not any(line.startswith(NEAR_NAME) for read in asked.read(FACTS) for line in read.lines)


def _images(plan: Plan) -> list[str]:
    where = plan.use.args.get("where")
    held = [c for c in where if isinstance(c, dict)] if isinstance(where, list) else []
    return [str(c.get("value")) for c in held if c.get("attribute") == "image"]


def _by_words(asked: Asked) -> Guess:
    return recognise(asked.text, known_names(asked.reads)) if asked.reads else possibly(asked.text)


def _by_meaning(asked: Asked, meaning: Meaning, guess: Guess) -> Recognised:
    wanted = lookups(asked)
    if wanted:
        return Recognised(asked, None, wanted)
    meant = meaning.of(asked.text, known_objects(asked.reads), guess)
    if meant is None and troubled(asked.text):
        return Recognised(asked, all_intents()["cause"])
    if meant is None:
        near = meaning.readings(asked.text, known_objects(asked.reads))
        return Recognised(asked, None, said=(f"{PERHAPS}{' or: '.join(near)}",) if near else ())
    if not meant.asks:
        half = _half_understood(meant.intent, asked)
        return Recognised(asked, None if half else meant.intent)
    exact = replace(asked, text=meant.asks)
    plan = planned(exact)
    return Recognised(exact, meant.intent if plan else None, said=(f"{READ_AS}{meant.asks}?",))


def _half_understood(intent: Intent, asked: Asked) -> bool:
    """A list of everything is no answer where only the kind was understood, nor a rollout where only the time was."""
    if intent.name == "changes":
        return not (speaks_of_change(asked.text) or _EDITS.search(asked.text.lower()))
    return intent.name in ("list", "count") and not asked.before
