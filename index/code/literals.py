"""What a Terraform expression is when that can be read without evaluating: a literal, a default, a caller's argument."""

from __future__ import annotations

import re

from interlock.index.code import modules
from interlock.index.code.codebase import Codebase
from interlock.index.code.model import Facts

_VARIABLE = re.compile(r"^\$?\{?var\.([\w-]+)\}?$")
_LOCAL = re.compile(r"^\$?\{?local\.([\w-]+)\}?$")
_PLAIN = re.compile(r"^[^${}()\[\]\"]*$")
_TEMPLATE = re.compile(r"\$\{([^{}]*)\}")
_DEEPEST = 4


class Literals:
    """The literals that variables and locals of each folder stand for, when there is exactly one."""

    def __init__(self, code: Codebase) -> None:
        self._known: dict[tuple[str, str], set[str]] = {}
        for facts in code.files.values():
            if facts.language in ("hcl", "json"):
                self._learn(facts)

    def of(self, folder: str, text: str, depth: int = 0) -> str:
        """The literal behind an expression, its own text where it is one, '' where it cannot be read."""
        if depth > _DEEPEST:
            return ""
        for pattern, kind in ((_VARIABLE, "var"), (_LOCAL, "local")):
            if match := pattern.match(text):
                held = self._known.get((folder, f"{kind}.{match[1]}"), set())
                return self.of(folder, next(iter(held)), depth + 1) if len(held) == 1 else ""
        if _TEMPLATE.search(text):
            return self._filled(folder, text.strip('"'), depth)
        return text if _PLAIN.match(text) and not re.match(r"^[a-z]+\.\w", text) else ""

    def _filled(self, folder: str, text: str, depth: int) -> str:
        """A template with its expressions read; what lies behind a last `/` stays even when the head cannot be."""
        if text.startswith("${path.") and "}/" in text and "${" not in text[2:]:
            return text.partition("}/")[2]
        pieces = [self.of(folder, match.strip(), depth + 1) for match in _TEMPLATE.findall(text)]
        if not all(pieces):
            return ""
        filled = iter(pieces)
        return _TEMPLATE.sub(lambda _: next(filled), text)

    def _learn(self, facts: Facts) -> None:
        for part in facts.parts:
            if part.kind == "variable" and (default := part.text("default")) not in ("", "null", '""'):
                self._add(facts.folder, f"var.{part.name}", default)
            elif part.kind == "locals":
                for value in part.values:
                    self._add(facts.folder, f"local.{value.path}", value.text)
        for part, written in modules.calls(facts.parts):
            folder = modules.resolved(facts.folder, written).folder
            for value in part.values if folder else ():
                if _PLAIN.match(value.text) and "." not in value.text:
                    self._add(folder, f"var.{value.path}", value.text)

    def _add(self, folder: str, name: str, text: str) -> None:
        self._known.setdefault((folder, name), set()).add(text)
