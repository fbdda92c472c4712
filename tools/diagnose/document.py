"""Writes docs/checks.md from the docstrings of the checks: `python -m interlock.tools.diagnose.document`."""

from __future__ import annotations

import re
import sys

from interlock.tools.diagnose.check import Registered, all_checks

_HEAD = """# Checks

What `diagnose` looks for. Every check is one file under `tools/diagnose/checks/`; this page is generated from their
docstrings by `python -m interlock.tools.diagnose.document` and compared in the tests. A check states what it found about
one object and whether it still holds; rules in `tools/diagnose/chains.py` tie findings into cause chains.

"""
_PART = re.compile(r"^(Detects|Source|Example): ", re.MULTILINE)


def page() -> str:
    """The whole page."""
    rows = "".join(f"| [{each.id}](#{each.id}) | {_summary(each)} |\n" for each in all_checks())
    sections = "\n".join(map(_section, all_checks()))
    return f"{_HEAD}| check | what it finds |\n|---|---|\n{rows}\n{sections}"


def _summary(each: Registered) -> str:
    return each.doc.split("\n\n", 1)[0].replace("\n", " ")


def _section(each: Registered) -> str:
    body = each.doc.split("\n\n", 1)[-1]
    lines = "".join(f"- **{name}**: {' '.join(text.split())}\n" for name, text in parts(body).items())
    return f"## {each.id}\n\n{_summary(each)}\n\n{lines}"


def parts(body: str) -> dict[str, str]:
    """`Detects`, `Source` and `Example` of a docstring's body."""
    pieces = _PART.split(body)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


if __name__ == "__main__":
    sys.stdout.write(page())
