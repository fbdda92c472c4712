"""Which objects there are, and how many."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import cited, errors, note, paragraphs, table_lines, unknown_names
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Read, Use

LIST, KINDS = "kubernetes_list", "pods"
MOST = 1000


def use(asked: Asked) -> Use:
    """The list that is asked for: the kind named, or pods."""
    return Use.of(LIST, kind=asked.names.kind or KINDS, namespace=asked.names.namespace, limit=MOST)


def calls(asked: Asked) -> Sequence[Use]:
    """One list."""
    return [use(asked)]


def compose(asked: Asked) -> Sequence[str]:
    """Every row, with what the table says of it."""
    read = made(asked)
    return paragraphs(unknown_names(asked), table_lines(read) if read else [_nothing(asked)])


def made(asked: Asked) -> Read | None:
    """The list, when it could be read."""
    return next((read for read in asked.reads if read.use.key == use(asked).key and read.evidence), None)


def compose_count(asked: Asked) -> Sequence[str]:
    """How many, and which."""
    read = made(asked)
    if read is None:
        return [_nothing(asked)]
    kind = str(read.use.args["kind"])
    where = f" in namespace {asked.names.namespace}" if asked.names.namespace else ""
    if not read.rows:
        return [cited(f"No {kind} were found{where}.", read.display)]
    few = [note(f"{len(read.rows)} {kind}{where} are listed in {read.display}.")]
    return paragraphs(unknown_names(asked), few, table_lines(read))


def _nothing(asked: Asked) -> str:
    failed = [read for read in asked.failed(LIST) if read.use.key == use(asked).key]
    return note(f"I do not know: {failed[-1].error}") if failed else errors(asked, LIST)[-1]


INTENT = Intent(
    name="list",
    offers="which objects of a kind there are",
    examples=(
        "list the pods in someobject",
        "list all deployments",
        "show me the pods of namespace someobject",
        "show nodes",
        "show all services in someobject",
        "which pods are there in someobject",
        "which pods are running",
        "which pods run in namespace someobject",
        "which deployments exist in someobject",
        "what pods are running in someobject",
        "what namespaces are there",
        "what nodes do we have",
        "give me the jobs in someobject",
        "get pods",
        "print the ingresses",
        "on which node does someobject run",
        "what runs in namespace someobject",
        "what is deployed in someobject",
        "display the status of all pods",
        "which cronjobs do we have",
    ),
    calls=calls,
    compose=compose,
)
