"""Which commit changed a piece of code, when and by whom."""

from __future__ import annotations

import re
from collections.abc import Sequence

from interlock.agent.compose import best_place, errors, note, paragraphs, quoted_lines
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use

HISTORY, SEARCH = "iac_history", "iac_search"
_FILE = re.compile(r"[\w./-]*\w\.(?:tf|tfvars|hcl|ya?ml|json|tpl|md)\b|\b(?:Dockerfile|Jenkinsfile)\b")
_LINE = re.compile(r"(?::|\blines? )(\d+)(?:\s*(?:-|to)\s*(\d+))?")
_QUOTED = re.compile(r"[`\"']([^`\"']{3,200})[`\"']")
FEW = 3


def calls(asked: Asked) -> Sequence[Use]:
    """The history of the file or the quoted text that is named; else of the block that a search finds."""
    file, text = _FILE.search(asked.text), _QUOTED.search(asked.text)
    if file:
        line = _LINE.search(asked.text)
        start = int(line[1]) if line else None
        end = int(line[2]) if line and line[2] else None
        return [Use.of(HISTORY, path=file[0], start_line=start, end_line=end)]
    if text:
        return [Use.of(HISTORY, query=text[1])]
    found = asked.read(SEARCH)
    place = best_place(found[-1]) if found else None
    if place is None:
        return [Use.of(SEARCH, query=asked.text, limit=1)]
    return [Use.of(HISTORY, path=place.path, start_line=place.start_line, end_line=place.end_line, limit=FEW)]


def compose(asked: Asked) -> Sequence[str]:
    """The commits and the lines they changed."""
    lines = [line for read in asked.read(HISTORY) for line in quoted_lines(read, most=20)]
    nothing = [] if lines or asked.failed(HISTORY) else [note("I do not know: no code was found for this.")]
    return paragraphs(lines, nothing, errors(asked, HISTORY, SEARCH))


INTENT = Intent(
    name="code_history",
    offers="which commit changed a piece of code, when and by whom",
    examples=(
        "which commit changed someobject",
        "which commit changed the memory limit in someobject",
        "who changed this line in someobject",
        "who changed the code of someobject",
        "when was someobject changed in git",
        "show the git history of someobject",
        "git log of someobject",
        "git blame someobject line 12",
        "who wrote line 12 of someobject",
        "who introduced this setting in the code",
        "which commit introduced `someobject`",
        "when was the variable added to the terraform code",
        "what did the last commit to someobject change",
        "show the commits that touched the module",
    ),
    calls=calls,
    compose=compose,
    names=False,
)
