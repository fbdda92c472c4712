"""Exact questions: how many, which, where, since when, what uses it. `reading` takes them apart; one call answers."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import cited, errors, note, paragraphs
from interlock.agent.intent import Intent
from interlock.agent.reading import CHANGES, FACTS, QUERY, USES, Plan, plan
from interlock.agent.turn import Asked, Read, Use

MOST = 60
OWNERS = {
    "pods": frozenset(["Deployment", "StatefulSet", "DaemonSet", "Job"]),
    "jobs": frozenset(["CronJob"]),
}
"""What is told as the owner of pods and jobs; a CronJob owns its pods only through its jobs."""


def planned(asked: Asked) -> Plan | None:
    """How the question is read, when it is wholly understood and its tool is there."""
    if asked.alert is not None:
        return None
    found = plan(asked.text)
    return found if found and found.use.tool in asked.tools else None


def mistaken(asked: Asked, wanted: Plan) -> bool:
    """Whether a word that was only taken for a name turned out to be none."""
    guessed = not wanted.sure or wanted.use.tool == CHANGES
    return guessed and bool(wanted.name or wanted.namespace) and bool(_absent(asked, wanted))


def calls(asked: Asked) -> Sequence[Use]:
    """The one call; when nothing is there, a look for what the question names."""
    wanted = planned(asked)
    if wanted is None:
        return []
    read, failed = _made(asked, wanted.use)
    if not read and not failed:
        return [wanted.use]
    # A use of what is not there fails; one of what nobody uses has been found to be there.
    none = read and not _count(read) and wanted.use.tool != USES
    return _look(wanted) if failed or none else []


def compose(asked: Asked) -> Sequence[str]:
    """The statements that answer, as they stand; for a name that is not there, what is near it."""
    wanted = planned(asked)
    if wanted is None:
        return [note("I do not know what is asked.")]
    read, _ = _made(asked, wanted.use)
    absent = _absent(asked, wanted)
    if read and not absent and _owns_none(asked, wanted, read):
        return [
            note(f"I do not know: {wanted.name} is there, and is nothing that has {wanted.use.args['kind']}.")
        ]
    lines = [] if absent or not read else _lines(read, wanted)
    if read and not lines and not absent:
        lines = [note(f"I do not know: nothing says its {' or '.join(wanted.wanted)}.")]
    return paragraphs(absent or lines, [] if absent else errors(asked, wanted.use.tool))


def looks(asked: Asked) -> list[Use]:
    """A look for each name that was not found, so that its absence can be cited."""
    return [Use.of(FACTS, name=name) for name in asked.names.unknown[:2]]


def absences(asked: Asked) -> list[str]:
    """What those looks say: nothing is so called, and what is near."""
    made = {use.key for use in looks(asked)}
    absent = [r for r in asked.read(FACTS) if r.use.key in made and r.data.number("found") == 0]
    return [line for read in absent for line in statements(read)]


def statements(read: Read, about: Sequence[str] = ()) -> list[str]:
    """The statements of a facts read that are about these attributes, all when none is given."""
    said = [s for s in read.data.nodes("statements") if not about or s.text("about") in about]
    held = set(read.lines)
    return [f"- {cited(s.text('text'), read.display)}" for s in said if s.text("text") in held]


def _made(asked: Asked, use: Use) -> tuple[Read | None, bool]:
    reads = [read for read in asked.reads if read.use.key == use.key]
    good = next((read for read in reads if read.evidence), None)
    return good, bool(reads) and good is None


def _count(read: Read) -> int:
    if read.use.tool == FACTS:
        return 1
    return read.data.number("count") or 0


def _look(wanted: Plan) -> list[Use]:
    """Whether what was named exists at all: the object, the node, the namespace."""
    if wanted.name and wanted.use.tool != FACTS:
        return [Use.of(FACTS, name=wanted.name, kind=wanted.kind, namespace=wanted.namespace)]
    if wanted.node:
        return [Use.of(FACTS, name=wanted.node, kind="nodes")]
    return [Use.of(FACTS, name=wanted.namespace, kind="namespaces")] if wanted.namespace else []


def _absent(asked: Asked, wanted: Plan) -> list[str]:
    looked = [read for read in asked.read(FACTS) if read.data.number("found") == 0]
    return statements(looked[-1]) if looked else []


def _owns_none(asked: Asked, wanted: Plan, read: Read) -> bool:
    """Whether nothing was found because the named object, a node or a Service, owns no such thing in the first place."""
    if wanted.use.tool != QUERY or not wanted.name or _count(read):
        return False
    looked = [r.data.nodes("statements") for r in asked.read(FACTS) if r.data.number("found")]
    kinds = {statement.text("text").partition(" ")[0] for said in looked for statement in said}
    return bool(kinds) and not kinds & OWNERS[str(wanted.use.args["kind"])]


def _lines(read: Read, wanted: Plan) -> list[str]:
    if read.use.tool == FACTS:
        return statements(read, wanted.wanted)
    lines = [line for line in read.data.names("lines") if line in set(read.lines)]
    head, rest = lines[:1], lines[1:]
    if read.use.tool == QUERY and wanted.wanted:
        rest = [line for line in rest if any(word in line for word in wanted.wanted)]
    shown = [*(head if wanted.headline or not rest else []), *rest]
    more = [note(f"{len(shown) - MOST} more lines are in {read.display}.")] if len(shown) > MOST else []
    return [*(f"- {cited(line, read.display)}" for line in shown[:MOST]), *more]


INTENT = Intent(
    name="facts",
    offers="exact questions about what is there (how many, which, where, how old, what uses it, what lacks it)",
    examples=(),
    calls=calls,
    compose=compose,
    names=False,
)
