"""The page of one change: the card as code made it, who asked and who decided, and the form for who may decide now.

The requester's words stand outside the card, quoted: they are theirs, and may be wrong or written to persuade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from pydantic import JsonValue

from interlock.approvals.card import SHOWN_DIGEST, Card
from interlock.approvals.changes import Change, Outcome
from interlock.surfaces.asking import command_of
from interlock.surfaces.http.pages.forms import View, deciding, revoking, settling
from interlock.surfaces.http.pages.html import NOTHING, Html, el
from interlock.surfaces.http.pages.layout import alert, bullets, facts, page, section

REFRESH_SECONDS = 5
_RUNNING = ("APPROVED", "CLAIMED")
STATES: Mapping[str, str] = {
    "REQUESTED": "requested, not previewed yet",
    "PROPOSED": "waits for a decision",
    "APPROVED": "approved, about to be made",
    "CLAIMED": "being made now",
    "SUCCEEDED": "made, and verified",
    "FAILED": "failed",
    "OUTCOME_UNKNOWN": "its outcome is not known",
    "DENIED": "denied",
    "EXPIRED": "expired",
    "REVOKED": "taken back",
    "STALE": "void: the object is no longer what was previewed",
}


def change_page(change: Change, history: Sequence[Mapping[str, JsonValue]], view: View) -> str:
    """The page."""
    title = f"{change.card.title if change.card else change.action}: {change.target}"
    forms = (deciding(change, view), settling(change, view), revoking(change, view))
    running = change.state in _RUNNING
    idle = running and not view.problem and not any(form.markup for form in forms)
    return page(
        title,
        _problem(view),
        el("p", el("a", "Look again", href=f"/changes/{quote(change.id)}")) if running else None,
        el("p", el("strong", change.state.replace("_", " ")), f": {STATES[change.state]}", role="status"),
        el("p", change.note, class_="note") if change.note else None,
        _outcome(change.outcome) if change.outcome else None,
        _card(change.card) if change.card else _bare(change),
        _reason(change),
        _decisions(change),
        *forms,
        section("History", _history(history)),
        who=view.who,
        refresh=REFRESH_SECONDS if idle else 0,
    )


def shown_time(at: datetime | str) -> str:
    """A time as people read it, UTC."""
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{found:%Y-%m-%d %H:%M:%S} UTC"


def _problem(view: View) -> Html:
    if not view.problem:
        return NOTHING
    again = el("p", el("a", "Sign in again", href=view.sign_in)) if view.sign_in else None
    return alert(view.problem, view.hint, again)


def _card(card: Card) -> Html:
    marks = (
        ("BREAK GLASS", card.break_glass),
        ("One person alone may decide this (approvals.solo)", card.solo),
        ("Requested by automation: two people decide", card.automated),
        ("Previewed on a recording: this can never run on a cluster", card.source == "replay"),
    )
    told = facts(
        ("Target", card.target),
        ("Risk", card.risk),
        ("Preview", card.source),
        ("Arguments", bullets(card.args)),
        ("Touches", bullets(card.radius)),
        ("Kept by", card.owner),
        ("Warnings", bullets(card.warnings)),
        ("Undone by", card.undone_by),
        ("Asked by", ", ".join(card.requesters)),
        ("Needs", card.quorum),
        ("Expires", shown_time(card.expires_at)),
        ("Proposal", el("code", card.digest[:SHOWN_DIGEST])),
    )
    diff = el(
        "pre", "\n".join(card.diff), tabindex="0", role="region", aria_label="What changes, line by line"
    )
    return el(
        "section",
        el("h2", "What will be done", id="card"),
        *(el("p", text, class_="mark") for text, holds in marks if holds),
        told,
        el("h3", "What changes"),
        diff,
        class_="card",
        aria_labelledby="card",
    )


def _bare(change: Change) -> Html:
    """What was asked for, before there is a preview."""
    given = [f"{name}: {value}" for name, value in change.args.items()]
    asked = ", ".join(change.requesters)
    return section(
        "What is asked for",
        facts(("Action", change.action), ("Arguments", bullets(given)), ("Asked by", asked)),
    )


def _reason(change: Change) -> Html:
    if not change.reason:
        return NOTHING
    by = change.requesters[0] if change.requesters else "the requester"
    about = f"In the words of {by}, over {change.surface}. Not checked by anybody: judge by the card above."
    return section("The reason given", el("p", about), el("blockquote", change.reason))


def _decisions(change: Change) -> Html:
    rows = [
        el(
            "tr",
            *(el("td", text) for text in (each.principal, each.verdict, each.reason, each.channel)),
            el("td", shown_time(each.at)),
        )
        for each in change.decisions
    ]
    if not rows:
        return section("Decisions", el("p", "Nobody has decided yet."))
    heads = ("Who", "Verdict", "Reason", "Over", "When")
    head = el("thead", el("tr", *(el("th", each, scope="col") for each in heads)))
    return section("Decisions", el("table", head, el("tbody", *rows)))


def _outcome(outcome: Outcome) -> Html:
    changed = {True: "yes", False: "no", None: "not known"}[outcome.changed]
    undo = command_of(outcome.inverse) if outcome.inverse else ""
    return section(
        "Outcome",
        facts(
            ("Changed", changed),
            ("Verified", "yes" if outcome.verified else "no"),
            ("Seen", outcome.evidence),
            ("To undo", el("code", undo) if undo else None),
        ),
    )


def _history(events: Sequence[Mapping[str, JsonValue]]) -> Html:
    rows = [
        el(
            "li",
            f"{shown_time(str(each['at']))}: {each['event']} by {each['principal']}, now {each['state']}",
            f" ({each['note']})" if each.get("note") else None,
        )
        for each in events
    ]
    return el("ol", *rows) if rows else NOTHING
