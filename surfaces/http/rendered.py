"""Answers as a page or chat may render them: links to allowed hosts only, no HTML, no mentions.

A model's words come in pieces that may cut a link in two, so they are held back to whole lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pydantic import JsonValue

from interlock.core.events import AnswerEvent, Event, ProposalEvent, TextEvent
from interlock.core.redaction.rendering import safe_markdown


def rendered(events: Iterable[Event], hosts: Collection[str]) -> Iterator[Event]:
    """The same events, with safe words."""
    held = ""
    for event in events:
        if isinstance(event, TextEvent):
            whole, newline, held = (held + event.text).rpartition("\n")
            if newline:
                yield TextEvent(text=safe_markdown(whole, hosts) + newline)
            continue
        if held:
            yield TextEvent(text=safe_markdown(held, hosts))
            held = ""
        yield _safe(event, hosts)


def _safe(event: Event, hosts: Collection[str]) -> Event:
    if isinstance(event, ProposalEvent):
        return event.model_copy(update={"text": safe_markdown(event.text, hosts)})
    return AnswerEvent(answer=_answer(event.answer, hosts)) if isinstance(event, AnswerEvent) else event


def _answer(answer: dict[str, JsonValue], hosts: Collection[str]) -> dict[str, JsonValue]:
    """The words of the answer, of its claims and of what it asked for; evidence stays as it was read, it is data."""
    words = answer.get("answer")
    parts = {
        name: [_with_safe(one, hosts) if isinstance(one, dict) else one for one in found]
        for name in ("claims", "requests")
        if isinstance(found := answer.get(name), list)
    }
    return {**answer, "answer": safe_markdown(words, hosts) if isinstance(words, str) else words, **parts}


def _with_safe(claim: dict[str, JsonValue], hosts: Collection[str]) -> dict[str, JsonValue]:
    text = claim.get("text")
    return {**claim, "text": safe_markdown(text, hosts)} if isinstance(text, str) else claim
