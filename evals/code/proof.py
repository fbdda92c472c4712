"""What reading public code comes to: parse rate, files a CPU-second, and whether every citation opens to what it cites.

`python -m interlock.evals.code.proof --repos DIR`; DIR holds the four checkouts of questions.yaml.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import yaml

from interlock.index import folder as folders
from interlock.index import hcl, yamldocs
from interlock.index.code.codebase import Codebase
from interlock.index.code.graph import Edge, Graph, graph_of
from interlock.index.code.model import Facts, Part
from interlock.index.code.naming import same
from interlock.index.code.reading import read_code, reader_of

RATE, SPEED = 1.0, 300.0
_TEMPLATE = re.compile(r"(?:^|/)templates/|template[^/]*$|\.(?:tpl|tmpl|tftpl|j2)$")
_ACTION = re.compile(r"^\s*\{\{-? ", re.MULTILINE)
"""A line that is a template's action: such a file is YAML only once it is rendered."""


@dataclass(frozen=True)
class File:
    """A file and its text."""

    path: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.split("\n")


def files(repos: Path) -> Iterator[File]:
    """Every file of code in the checkouts."""
    for found in folders.walk(repos.resolve(), []):
        if reader_of(found.path):
            text = (repos / found.path).read_bytes().decode("utf-8", "replace")
            yield File(found.path, text.replace("\r\n", "\n"))


def broken(file: File, facts: Facts) -> str:
    """Why a file does not parse; '' when it does, or is a template by its name or by actions on lines of their own."""
    if not facts.sound:
        return f"{facts.language} with errors"
    if facts.language != "yaml" or _TEMPLATE.search(file.path) or _ACTION.search(file.text):
        return ""
    try:
        for _ in yaml.parse(file.text, Loader=yaml.CSafeLoader):
            pass
    except yaml.YAMLError as error:
        return f"no YAML: {str(error).splitlines()[0]}"
    return ""


def misquoted(file: File, facts: Facts) -> Iterator[str]:
    """Citations of a file's parts and settings whose lines do not hold what they name."""
    lines = file.lines
    for part in facts.parts:
        cited = "\n".join(lines[part.start - 1 : part.end])
        missing = [word for word in _names(part, facts.language) if word not in cited]
        if missing or not 1 <= part.start <= part.end <= len(lines):
            yield f"{file.path}:{part.start}-{part.end} {part.kind} {part.name}: {missing} is not there"
        if facts.language in ("hcl", "yaml", "jsonnet"):
            yield from _unset(file, part, lines)


def _names(part: Part, language: str) -> list[str]:
    if part.kind in ("settings", "page", "kustomization", "build", "workflow", "jsonnet"):
        return []
    if part.kind == "object":
        return [word for word in re.split(r"[ /]", part.name) if word and "{" not in part.name]
    return part.name.split(".") if language == "hcl" else [part.name]


def _unset(file: File, part: Part, lines: Sequence[str]) -> Iterator[str]:
    for value in part.values:
        key = re.sub(r"(?:\[\d+\])+$", "", value.path).rpartition(".")[2]
        held = re.sub(r"(?:\[\d+\])+$", "", value.path) != value.path or key in lines[value.line - 1]
        if not held and value.text[:20] not in lines[value.line - 1]:
            yield f"{file.path}:{value.line} does not set {value.path}"


def misdirected(code: Codebase, texts: dict[str, list[str]], graph: Graph) -> Iterator[str]:
    """Edges whose ends do not hold what they tie together."""
    for edges in graph.edges.values():
        for edge in edges:
            if _lost(edge, texts):
                yield f"{edge.at} does not use {edge.kind} {edge.used}"
            if edge.defined is not None and edge.defined.path not in code.files:
                yield f"{edge.defined} is no file"


def _lost(edge: Edge, texts: dict[str, list[str]]) -> bool:
    cited = same("\n".join(texts[edge.at.path][edge.at.start - 1 : edge.at.end]))
    last = same(re.split(r"[/.]", edge.used)[-1])
    name = edge.used.rpartition("/")[2] if edge.kind == "file" else last
    return same(name) not in cited and not (
        edge.kind in ("module", "file") and re.search(r"source|path|find_in_parent|\.\.", cited)
    )


def chunks(found: Iterable[File]) -> tuple[int, list[str]]:
    """The blocks that search cites: how many, and those that do not hold their own title.

    A block too long for one citation is several of one title; together they must hold it.
    """
    count, wrong = 0, []
    for file in found:
        suffix = file.path.rpartition(".")[2]
        split = {"tf": hcl.split, "hcl": hcl.split, "yaml": yamldocs.split, "yml": yamldocs.split}.get(suffix)
        blocks = split(file.lines).blocks if split else ()
        count += len(blocks)
        for title, run in groupby(blocks, lambda block: block.title):
            held = list(run)
            cited = "\n".join(file.lines[held[0].start - 1 : held[-1].end])
            missing = [
                label
                for label in re.split(r"[ ./]" if suffix in ("tf", "hcl") else r"[ /]", title)
                if label not in cited
            ]
            if missing and "{" not in title:
                wrong.append(f"{file.path}:{held[0].start}-{held[-1].end} {title}: {missing} is not there")
    return count, wrong


def main() -> int:
    """Measure, print, and say whether the targets hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repos", type=Path, required=True, help="the folder with the four checkouts")
    repos = parser.parse_args().repos
    found = list(files(repos))
    hcl.parse("")  # the parser's own import is not the files' cost
    began = time.process_time()
    read = {file.path: facts for file in found if (facts := read_code(file.path, file.text))}
    seconds = time.process_time() - began
    failed = [(file.path, why) for file in found if (why := broken(file, read[file.path]))]
    code = Codebase(read, {})
    began = time.process_time()
    graph = graph_of(code)
    tied = time.process_time() - began
    texts = {file.path: file.lines for file in found}
    wrong = [said for file in found for said in misquoted(file, read[file.path])]
    lost = list(misdirected(code, texts, graph))
    blocks, mistitled = chunks(found)
    parts = sum(len(facts.parts) for facts in read.values())
    values = sum(len(part.values) for facts in read.values() for part in facts.parts)
    edges = sum(map(len, graph.edges.values()))
    print("files", dict(Counter(facts.language for facts in read.values())))
    for said in (*(f"{path}: {why}" for path, why in failed), *wrong[:20], *lost[:20], *mistitled[:20]):
        print("  ", said)
    by_content = [
        f.path
        for f in found
        if read[f.path].language == "yaml" and not _TEMPLATE.search(f.path) and _ACTION.search(f.text)
    ]
    print(f"templates by their content, not by their name: {by_content}")
    rate, speed = 1 - len(failed) / len(found), len(found) / seconds
    print(f"parse rate {rate:.2%} of {len(found)} files; {speed:.0f} files a CPU-second ({seconds:.2f} s)")
    print(
        f"citations: {parts} parts, {values} settings, {len(wrong)} wrong; {blocks} blocks of search, {len(mistitled)} wrong"
    )
    print(f"graph: {edges} edges in {tied:.2f} CPU-s, {len(lost)} whose line does not hold what is used")
    figures: dict[str, dict[str, float | bool]] = {
        "parse_rate": {"value": rate, "target": RATE, "holds": rate >= RATE},
        "files_per_cpu_second": {"value": round(speed), "target": SPEED, "holds": speed >= SPEED},
        "wrong_citations": {
            "value": len(wrong) + len(lost) + len(mistitled),
            "target": 0,
            "holds": not (wrong or lost or mistitled),
        },
    }
    print("RESULT " + json.dumps(figures))
    return 0 if all(figure["holds"] for figure in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
