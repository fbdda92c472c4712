"""The forms of a change's page: each carries the token of the session, the decision also the whole digest that was shown."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from interlock.approvals.card import SHOWN_DIGEST
from interlock.approvals.changes import Change
from interlock.surfaces.http.pages.html import NOTHING, Html, el
from interlock.surfaces.http.pages.layout import section


@dataclass(frozen=True)
class View:
    """Who looks, and what they can do here.

    `why_not` says why there is no form for a decision, `refused` why an approval would be refused now: a deny may pass.
    """

    who: str = ""
    csrf: str = ""
    why_not: str = ""
    refused: str = ""
    sign_in: str = ""
    elsewhere: str = ""
    may_revoke: bool = False
    problem: str = ""
    hint: str | None = None
    said: str = ""


def deciding(change: Change, view: View) -> Html:
    """Approve or deny, or why not here."""
    if change.state != "PROPOSED":
        return NOTHING
    if view.elsewhere:
        return section("Decide", el("p", el("a", "Decide this change", href=view.elsewhere)))
    if view.why_not or not view.csrf:
        again = el("p", el("a", "Sign in to decide", href=view.sign_in)) if view.sign_in else None
        return section("Decide", el("p", view.why_not or "Sign in to decide.", class_="note"), again)
    short = change.digest[:SHOWN_DIGEST]
    return section(
        "Decide",
        _foreseen(view),
        el(
            "form",
            _hidden("csrf", view.csrf),
            _hidden("digest", change.digest),
            el("label", "Your reason (goes on record)", for_="reason"),
            el("textarea", view.said, id="reason", name="reason", rows="3", maxlength="2000", required=True),
            el("button", f"Approve {short}", type="submit", name="verdict", value="approve", class_="yes"),
            el("button", f"Deny {short}", type="submit", name="verdict", value="deny", class_="no"),
            method="post",
            action=f"/changes/{quote(change.id)}/decisions",
        ),
    )


def _foreseen(view: View) -> Html:
    """What an approval would come to, before somebody writes a reason for nothing."""
    if view.problem or not view.refused:
        return NOTHING
    again = el("a", "Sign in again", href=view.sign_in) if view.sign_in else None
    return el("p", f"Your approval would be refused now: {view.refused}. ", again, class_="note")


def settling(change: Change, view: View) -> Html:
    """Say what became of an execution that was lost."""
    if change.state != "OUTCOME_UNKNOWN" or not view.csrf or view.elsewhere:
        return NOTHING
    told = (
        "The executor was lost after it may have asked the server. Look at the object yourself, then say what you"
        " found. It is not run again either way."
    )
    return section(
        "Settle",
        el("p", told),
        el(
            "form",
            _hidden("csrf", view.csrf),
            el("label", "What you found (goes on record)", for_="found"),
            el("textarea", view.said, id="found", name="reason", rows="3", maxlength="2000", required=True),
            el("button", "It was applied", type="submit", name="applied", value="yes"),
            el("button", "It was not applied", type="submit", name="applied", value="no"),
            method="post",
            action=f"/changes/{quote(change.id)}/settle",
        ),
    )


def revoking(change: Change, view: View) -> Html:
    """Take it back."""
    if not view.may_revoke or not view.csrf or view.elsewhere:
        return NOTHING
    return section(
        "Take back",
        el(
            "form",
            _hidden("csrf", view.csrf),
            el("label", "Why it is taken back (goes on record)", for_="why"),
            el("textarea", id="why", name="reason", rows="2", maxlength="2000", required=True),
            el("button", "Take the change back", type="submit"),
            method="post",
            action=f"/changes/{quote(change.id)}/revoke",
        ),
    )


def _hidden(name: str, value: str) -> Html:
    return el("input", type="hidden", name=name, value=value)
