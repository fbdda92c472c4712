"""What builds and delivers: Dockerfiles, GitHub Actions, GitLab CI and Jenkinsfiles, as parts with the images they name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from posixpath import basename, dirname

from interlock.index.code.leaves import leaves
from interlock.index.code.model import Facts, Part, Value

_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_SETTING = re.compile(r"\s*(ARG|ENV)\s+([A-Za-z_]\w*)(?:[= ]\s*(.*))?", re.IGNORECASE)
_STAGE = re.compile(r"\bstage\s*\(\s*['\"]([^'\"]+)['\"]")
_IMAGE = re.compile(r"\b(?:image|docker\.image)\s*\(?\s*['\"]([^'\"]+)['\"]")
_NO_JOB = frozenset(
    {
        "stages",
        "variables",
        "include",
        "default",
        "workflow",
        "image",
        "services",
        "before_script",
        "after_script",
        "cache",
    }
)


def dockerfile(path: str, text: str) -> Facts:
    """One part a build stage."""
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines, start=1) if _FROM.match(line)]
    parts = [_stage(path, lines, start, after - 1) for start, after in pairwise([*starts, len(lines) + 1])]
    return Facts(path, "dockerfile", tuple(parts))


def _stage(path: str, lines: Sequence[str], start: int, end: int) -> Part:
    while end > start and not lines[end - 1].strip():
        end -= 1
    match = _FROM.match(lines[start - 1])
    image, name = (match[1], match[2]) if match else ("", "")
    values = [Value("image", image, start)]
    for number in range(start + 1, end + 1):
        if set_here := _SETTING.match(lines[number - 1]):
            values.append(Value(set_here[2], (set_here[3] or "").strip(), number))
    return Part("build", name or dirname(path) or basename(path), start, end, tuple(values))


def workflow(path: str, text: str) -> Facts:
    """GitHub Actions: the workflow, and one part a job."""
    lines = text.split("\n")
    values = tuple(leaves(lines, 1, len(lines)))
    name = next((v.text for v in values if v.path == "name"), basename(path))
    own = tuple(v for v in values if not v.path.startswith("jobs."))
    return Facts(path, "yaml", (Part("workflow", name, 1, len(lines), own), *_jobs(lines, values, "jobs.")))


def gitlab(path: str, text: str) -> Facts:
    """GitLab CI: what holds for all, and one part a job."""
    lines = text.split("\n")
    values = tuple(leaves(lines, 1, len(lines)))
    own = tuple(v for v in values if _first(v.path) in _NO_JOB)
    jobs = tuple(v for v in values if _first(v.path) not in _NO_JOB and "." in v.path)
    return Facts(
        path, "yaml", (Part("workflow", basename(path), 1, len(lines), own), *_jobs(lines, jobs, ""))
    )


def jenkinsfile(path: str, text: str) -> Facts:
    """A Jenkinsfile as text: its stages and images."""
    lines = text.split("\n")
    starts = [(n, match[1]) for n, line in enumerate(lines, start=1) if (match := _STAGE.search(line))]
    stages = [
        Part("stage", name, n, after - 1, tuple(_images(lines, n, after - 1)))
        for (n, name), (after, _) in pairwise([*starts, (len(lines) + 1, "")])
    ]
    head = starts[0][0] - 1 if starts else len(lines)
    return Facts(
        path,
        "groovy",
        (Part("workflow", basename(path), 1, len(lines), tuple(_images(lines, 1, head))), *stages),
    )


def _images(lines: Sequence[str], first: int, last: int) -> Iterator[Value]:
    for number in range(first, last + 1):
        if match := _IMAGE.search(lines[number - 1]):
            yield Value("image", match[1], number)


def _jobs(lines: Sequence[str], values: Sequence[Value], prefix: str) -> Iterator[Part]:
    held: dict[str, list[Value]] = {}
    for value in values:
        if value.path.startswith(prefix):
            rest = value.path[len(prefix) :]
            held.setdefault(_first(rest), []).append(
                Value(rest.partition(".")[2] or rest, value.text, value.line)
            )
    for name, own in held.items():
        start = _header(lines, name, own[0].line)
        yield Part("job", name, start, max(v.line for v in own), tuple(own))


def _first(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _header(lines: Sequence[str], name: str, line: int) -> int:
    return next((n for n in range(line, 0, -1) if lines[n - 1].strip().startswith(f"{name}:")), line)
