"""What the commands about changes share: the desk of the runtime, arguments as typed, a change on a terminal, exit codes.

What others wrote is printed with everything unseen made visible, and a requester's reason as a quotation under the card.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from interlock.core.errors import BadInput, NotServed, UnknownName
from interlock.core.unseen import visible
from interlock.surfaces.asking import command_of, document_of

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue

    from interlock.agent.runtime import Runtime
    from interlock.approvals.action import Action
    from interlock.approvals.desk import Desk
    from interlock.approvals.service import Approvals
    from interlock.core.identity.people import Identified

OFF = "changes are off"
HOW = "set approvals.enabled; docs/changes.md says what else it takes"
DONE, FAILED, REFUSED, UNDECIDED = 0, 1, 3, 5
_CODES = {
    "REQUESTED": UNDECIDED,
    "PROPOSED": UNDECIDED,
    "APPROVED": DONE,
    "CLAIMED": DONE,
    "SUCCEEDED": DONE,
    "DENIED": REFUSED,
}
Shown = Mapping[str, Any]
"""A change as `Change.as_json` gives it, here or over HTTP, with its `link`."""


def approvals_of(runtime: Runtime) -> Approvals:
    """What this process holds of the approvals.

    Raises:
        NotServed: when changes are off.
    """
    if runtime.approvals is None:
        raise NotServed(OFF, hint=HOW)
    return runtime.approvals


def desk_of(runtime: Runtime) -> Desk:
    """Where changes are asked for and read.

    Raises:
        NotServed: when changes are off.
    """
    return approvals_of(runtime).desk


def person_of(runtime: Runtime) -> Identified:
    """Who is at this terminal, under the id that the settings map their user to."""
    from interlock.core.identity.people import People
    from interlock.core.identity.settings import IdentitySettings

    people = People(runtime.parts.settings.section(IdentitySettings).people)
    return people.identified(runtime.parts.principal)


def shown_of(runtime: Runtime, id: str) -> dict[str, JsonValue]:
    """A change as the user of this terminal may see it, with the link to its page."""
    desk = desk_of(runtime)
    found = desk.get(person_of(runtime).principal, id)
    return document_of(found, desk.link(found))


def code_of(change: Shown) -> int:
    """The exit code that a change's state means."""
    return _CODES.get(str(change["state"]), FAILED)


def tell(change: Shown, *, as_json: bool) -> None:
    """Print a change."""
    if as_json:
        click.echo(json.dumps(change))
    else:
        for line in lines_of(change):
            click.echo(line)


def lines_of(change: Shown) -> Iterable[str]:
    """A change for people, line by line."""
    yield f"{change['id']}  {change['state']}"
    if change["note"]:
        yield visible(f"note: {change['note']}")
    yield ""
    yield from visible(change.get("text") or _asked(change)).split("\n")
    if change["reason"]:
        yield ""
        yield visible(f"In the words of {_first(change)} (not checked by anybody):", lines=False)
        yield from (f"  > {line}" for line in visible(str(change["reason"])).split("\n"))
    for each in change["decisions"]:
        said = f"{each['verdict']} by {each['principal']} over {each['channel']}: {each['reason']}"
        yield visible(said, lines=False)
    yield from _outcome(change.get("outcome"))
    if change["state"] == "PROPOSED" and change.get("link"):
        yield f"\ndecide: {change['link']}"


def line_of(change: Shown) -> str:
    """A change in one line."""
    asked = ",".join(change["requesters"])
    return visible(
        f"{change['id']}  {change['state']:<15} {change['action']} {change['target']} (asked by {asked})",
        lines=False,
    )


def given(pairs: Iterable[str], strings: Iterable[str]) -> dict[str, JsonValue]:
    """`KEY=VALUE` as arguments; values are read as JSON where they can be, those of `strings` are taken as they stand.

    Raises:
        BadInput: for what is not KEY=VALUE.
    """
    words = frozenset(strings)
    found: dict[str, JsonValue] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise BadInput(f"--arg {pair!r} is not KEY=VALUE", hint="docs/actions.md lists the arguments")
        if key in found:
            raise BadInput(f"--arg {key} is given twice")
        found[key] = value if key in words else _read(value)
    return found


def known_action(name: str) -> Action[Any]:
    """The action of the catalogue by this name.

    Raises:
        UnknownName: with the nearest ones, or where all are listed.
    """
    from interlock.approvals.catalogue import find_action

    try:
        return find_action(name)
    except UnknownName as error:
        error.hint = error.hint or "docs/actions.md lists them"
        raise


def named_cluster(runtime: Runtime, args: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Arguments with the default cluster, where they name none.

    Raises:
        BadInput: when there is none to mean.
    """
    default = runtime.parts.clusters.default
    if not default and "cluster" not in args:
        raise BadInput(
            "no cluster is configured",
            hint="name one in interlock.yaml, use --replay DIR, or --arg cluster=NAME",
        )
    return {"cluster": default, **args} if default else dict(args)


def strings_of(model: type[BaseModel]) -> list[str]:
    """The arguments of a model that are plain text, so that `name=123` stays text."""
    fields = model.model_json_schema()["properties"]
    return [name for name, field in fields.items() if _is_text(field)]


def _is_text(field: Mapping[str, Any]) -> bool:
    kinds = [each.get("type") for each in field.get("anyOf", [field])]
    return "string" in kinds and set(kinds) <= {"string", "null"}


def _read(value: str) -> JsonValue:
    try:
        read: JsonValue = json.loads(value)
    except ValueError:
        return value
    return read


def _asked(change: Shown) -> str:
    args = "\n".join(f"  {name}: {_plain(value)}" for name, value in change["args"].items())
    return f"{change['action']}: {change['target']}\narguments:\n{args}\nasked by: {', '.join(change['requesters'])}"


def _plain(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _first(change: Shown) -> str:
    return str((change["requesters"] or ["the requester"])[0])


def _outcome(outcome: Mapping[str, Any] | None) -> Iterable[str]:
    if not outcome:
        return
    changed = {True: "changed", False: "nothing was changed", None: "not known whether it was changed"}
    verified = "verified" if outcome["verified"] else "not verified"
    yield visible(f"\noutcome: {changed[outcome['changed']]}, {verified}: {outcome['evidence']}")
    if outcome.get("inverse") and (command := command_of(outcome["inverse"])):
        yield visible(f"to undo: {command}", lines=False)
