"""Renders the event stream and the answer on a terminal or into a pipe. No logic: what is shown was decided before.

Progress goes to standard error, the answer to standard output, so that a pipe holds the answer alone.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence

import click
from pydantic import JsonValue

from interlock.core.errors import InterlockError
from interlock.core.events import AnswerEvent, Event, ProposalEvent, StatusEvent, ToolFinished, ToolStarted
from interlock.core.unseen import visible

_CITATION = re.compile(r"\[E\d+(?:, ?E\d+)*\]")
Answer = Mapping[str, JsonValue]


def show(events: Iterable[Event], *, as_json: bool) -> None:
    """Follow `events` to the answer and print it."""
    answer: Answer | None = None
    for event in events:
        if isinstance(event, AnswerEvent):
            answer = event.answer
        elif not as_json:
            _progress(event)
    if answer is None:
        raise InterlockError("the conversation ended without an answer", hint="see `interlock doctor`")
    if as_json:
        click.echo(json.dumps(answer))
    else:
        _answer(answer)


def colour() -> bool:
    """True when standard output is a terminal that wants colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _progress(event: Event) -> None:
    if isinstance(event, StatusEvent):
        _note(event.text)
    elif isinstance(event, ToolStarted):
        said = " ".join(f"{key}={value}" for key, value in event.args.items() if value not in ("", None))
        _note(f"{event.tool} {said}".rstrip())
    elif isinstance(event, ProposalEvent):
        _note(visible(f"change {event.change} is {event.state}", lines=False))
    elif isinstance(event, ToolFinished):
        if event.error:
            _note(f"  {event.tool}: {event.error}")
        elif event.summary:
            _note(f"  {event.evidence or ''} {event.summary}".rstrip())


def _note(text: str) -> None:
    click.secho(f"- {text[:160]}", err=True, dim=sys.stderr.isatty() and not os.environ.get("NO_COLOR"))


def _answer(answer: Answer) -> None:
    click.echo(_styled(str(answer.get("answer") or "")))
    _section("Asked for", [_request(item) for item in _mappings(answer, "requests")])
    _section("Evidence", [_reference(item) for item in _mappings(answer, "evidence")])
    _section("Limits", [str(limit) for limit in _listed(answer, "limits")])
    click.echo()
    click.echo(f"mode: {_mode(str(answer.get('mode') or ''))}")


def _section(title: str, rows: Sequence[str]) -> None:
    if not rows:
        return
    click.echo()
    click.echo(click.style(title, bold=True) if colour() else title)
    for row in rows:
        click.echo(f"  {_styled(row)}")


def _request(item: Mapping[str, JsonValue]) -> str:
    where = item.get("link") or f"interlock show {item.get('id')}"
    said = f"{item.get('id')} {item.get('state')}: {item.get('action')} {item.get('target')} -> {where}"
    return visible(said, lines=False)


def _reference(item: Mapping[str, JsonValue]) -> str:
    args = item.get("args")
    said = " ".join(_said(key, value) for key, value in args.items()) if isinstance(args, dict) else ""
    places = ", ".join(_place(locator) for locator in _mappings(item, "locators")[:3])
    omitted = item.get("omitted")
    left_out = omitted.get("bytes") if isinstance(omitted, dict) else 0
    more = f" ({left_out} bytes left out, handle {item.get('handle')})" if left_out else ""
    return (
        f"[{item.get('id')}] {item.get('tool')} {said}".rstrip() + (f" -> {places}" if places else "") + more
    )


def _said(key: str, value: JsonValue) -> str:
    # A whole alert is an argument of the diagnosis; its name is what a person knows it by.
    return f"{key}={value.get('name', '...')}" if isinstance(value, dict) else f"{key}={value}"


def _place(locator: Mapping[str, JsonValue]) -> str:
    if locator.get("kind") == "file":
        start, end = locator.get("start_line"), locator.get("end_line")
        return f"{locator.get('path')}:{start}" + ("" if start == end else f"-{end}")
    if locator.get("kind") == "object":
        where = f"{locator.get('namespace')}/" if locator.get("namespace") else ""
        return f"{locator.get('resource')} {where}{locator.get('name')}"
    return f"{locator.get('system')}: {locator.get('query')}"


def _mode(mode: str) -> str:
    return "built-in (no language model is configured)" if mode == "built-in" else mode


def _styled(text: str) -> str:
    return _CITATION.sub(lambda found: click.style(found.group(), fg="cyan"), text) if colour() else text


def _listed(answer: Mapping[str, JsonValue], key: str) -> list[JsonValue]:
    found = answer.get(key)
    return found if isinstance(found, list) else []


def _mappings(answer: Mapping[str, JsonValue], key: str) -> list[Mapping[str, JsonValue]]:
    return [item for item in _listed(answer, key) if isinstance(item, dict)]
