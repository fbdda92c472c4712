"""Which infrastructure code sets something, who uses it, what a module does."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import cited, code_lines, errors, note, paragraphs
from interlock.agent.intent import Intent
from interlock.agent.reading.code import CodeQuestion, clusterless, code_question
from interlock.agent.turn import Asked, Read, Use

SEARCH, REFERENCES = "iac_search", "iac_references"
MOST = 24
_INTENTS = {"owner": "owner", "history": "commits"}


def code_intent(asked: Asked) -> str:
    """The intent of a question that is surely about code, '' when it is not surely one."""
    found = code_question(asked.text)
    if found is None or asked.alert is not None:
        return ""
    if found.live and not clusterless([read.error for read in asked.reads]):
        return ""
    return _INTENTS.get(found.wanted, "code")


def calls(asked: Asked) -> Sequence[Use]:
    """The references of what is named; where they say nothing, one search with the question's own words."""
    found = code_question(asked.text)
    if found is None or found.wanted in _INTENTS:
        return [_search(asked)]
    wanted = _references(found)
    made = [read for read in asked.reads if read.use.key == wanted.key]
    nothing = made and not any(statements(read) for read in made)
    return [wanted, _search(asked)] if nothing and found.wanted == "set" else [wanted]


def compose(asked: Asked) -> Sequence[str]:
    """What the references state; else the best block's place and lines."""
    lines = [line for read in asked.read(REFERENCES) for line in statements(read)]
    lines = lines or [line for read in asked.read(SEARCH) for line in code_lines(read)]
    nothing = [] if lines else [note("I do not know: no code matches.")]
    return paragraphs(lines, nothing, errors(asked, REFERENCES, SEARCH))


def statements(read: Read, *about: str) -> list[str]:
    """The statements of a read about code, those about something only when it is named."""
    said = [s.text("text") for s in read.data.nodes("statements") if not about or s.text("about") in about]
    held = set(read.lines)
    kept = [text for text in said if text in held]
    more = [note(f"{len(kept) - MOST} more lines are in {read.display}.")] if len(kept) > MOST else []
    return [*(f"- {cited(text, read.display)}" for text in kept[:MOST]), *more]


def _references(found: CodeQuestion) -> Use:
    wanted = "" if found.wanted == "runbook" else found.wanted
    return Use.of(REFERENCES, name=found.name, kind=found.kind, where=found.where, wanted=wanted)


def _search(asked: Asked) -> Use:
    named = " ".join(item.name for item in asked.names.objects)
    return Use.of(SEARCH, query=f"{asked.text} {named}".strip(), limit=3)


INTENT = Intent(
    name="code",
    offers="which infrastructure code sets something, who uses it, what a module does",
    examples=(
        "which code sets the memory limit of someobject",
        "and which code sets that",
        "where is someobject defined",
        "where in the terraform code is someobject configured",
        "which file defines the replicas of someobject",
        "find the helm values for someobject",
        "which terraform module creates someobject",
        "show the manifest in the repository that declares someobject",
        "where does this setting come from",
        "what infrastructure code is behind someobject",
        "in which yaml file is the image tag set",
        "what does the module someobject do",
        "who uses the module someobject",
        "where is the variable someobject set",
    ),
    calls=calls,
    compose=compose,
    names=False,
)
