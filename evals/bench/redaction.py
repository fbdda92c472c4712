"""Recall, false positives and speed of the redactor, on the labelled corpus and on ordinary ops text.

`python -m interlock.evals.bench.redaction --data DIR` where DIR holds `secrets/make_secrets.py` and ordinary text
(`loghub/`, `incidents-dev/`, `runbooks/`). Covered means: at least 80 % of the secret's characters are hidden. Two
measures: what has to go (of `cvv=123` the digits), and the whole of what the corpus labels. `held_out` makes kinds and
places that the corpus does not. CPU seconds throughout, one thread.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import runpy
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from pathlib import Path
from time import process_time

from interlock.core.redaction import Redactor, Span
from interlock.core.untrusted import Untrusted
from interlock.evals.bench.held_out import negatives, positives
from interlock.evals.bench.report import Figure, report

_CHUNK = 4_096
_PIECE = 65_536


@dataclass(slots=True)
class Tally:
    """Rows of one kind: all, those whose sensitive part is covered, those whose labelled stretch is."""

    rows: int = 0
    hit: int = 0
    whole: int = 0


def corpus(script: Path, seed: int) -> list[dict[str, object]]:
    """Rows of the generator for one seed."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        out = Path(folder) / "rows.jsonl"
        argv, sys.argv = sys.argv, [str(script), str(out), str(seed)]
        try:
            runpy.run_path(str(script), run_name="__main__")
        finally:
            sys.argv = argv
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def sensitive(row: dict[str, object]) -> tuple[int, int]:
    """The part that must go: of `cvv=123` the digits."""
    start, secret = int(str(row["start"])), str(row["secret"])
    match = _NAMED.match(secret) if row["kind"] == "cvv" else None
    return (start + match.start(1), start + match.end(1)) if match else (start, int(str(row["end"])))


_NAMED = re.compile(r'"?cv[vc]"?[=:]"?(\d+)')


def covered(spans: tuple[Span, ...], start: int, end: int) -> bool:
    """Is at least 80 % of the stretch inside spans?"""
    inside = sum(max(0, min(s.end, end) - max(s.start, start)) for s in spans)
    return inside >= 0.8 * (end - start)


def ordinary(data: Path) -> list[str]:
    """Ordinary ops text in chunks: logs, recorded incidents, runbooks."""
    paths = sorted(
        p for name in ("loghub", "incidents-dev", "runbooks") for p in (data / name).rglob("*") if p.is_file()
    )
    texts = [p.read_text(encoding="utf-8", errors="replace") for p in paths]
    return [c for t in texts for c in _chunks(t)]


def _chunks(text: str) -> Iterator[str]:
    lines: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        lines.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield "".join(lines)
            lines, size = [], 0
    if lines:
        yield "".join(lines)


def recall(script: Path, seeds: list[int], misses: list[str]) -> tuple[dict[str, Tally], Tally]:
    """Covered rows per kind, and look-alikes that changed."""
    kinds: dict[str, Tally] = defaultdict(Tally)
    negatives = Tally()
    for row in (r for seed in seeds for r in corpus(script, seed)):
        redactor = Redactor()
        cleaned = redactor.clean(Untrusted(str(row["text"])))
        if row["label"]:
            tally = kinds[str(row["kind"])]
            tally.whole += covered(cleaned.spans, int(str(row["start"])), int(str(row["end"])))
            start, end = sensitive(row)
            hit = covered(cleaned.spans, start, end) and str(row["text"])[start:end] not in cleaned.text
        else:
            tally, hit = negatives, cleaned.text != row["text"]
        tally.rows += 1
        tally.hit += hit
        if hit is not bool(row["label"]):
            misses.append(
                f"{row['kind']} {row['source']}: {str(row['text'])[:160]!r} -> {cleaned.text[:120]!r}"
            )
    return kinds, negatives


def unseen(seeds: list[int], misses: list[str]) -> tuple[dict[str, Tally], Tally]:
    """The same for the held-out kinds and places."""
    kinds: dict[str, Tally] = defaultdict(Tally)
    same = Tally()
    for row in (r for seed in seeds for r in positives(seed)):
        cleaned, at = Redactor().clean(Untrusted(row.text)), row.text.index(row.secret)
        hit = covered(cleaned.spans, at, at + len(row.secret)) and row.secret not in cleaned.text
        for tally in (kinds[row.kind], kinds[f"in {row.place}"]):
            tally.rows, tally.hit, tally.whole = tally.rows + 1, tally.hit + hit, tally.whole + hit
        if not hit:
            misses.append(f"{row.kind} {row.place}: {row.text[:160]!r} -> {cleaned.text[:120]!r}")
    for row in (r for seed in seeds for r in negatives(seed)):
        same.rows += 1
        same.hit += Redactor().clean_text(row.text) != row.text
    return kinds, same


def changed(chunks: list[str], shown: list[str]) -> tuple[float, float]:
    """Share of characters hidden other than e-mail, and of lines changed."""
    redactor = Redactor(pii=())
    lines = hidden = size = altered = 0
    for chunk in chunks:
        cleaned = redactor.clean(Untrusted(chunk))
        size += len(chunk)
        hidden += sum(s.end - s.start for s in cleaned.spans)
        before, after = chunk.split("\n"), cleaned.text.split("\n")
        lines += len(before)
        for old, new in zip(before, after, strict=True):
            if old.rstrip("\r") != new:
                altered += 1
                shown.append(f"{old[:200]!r} -> {new[:200]!r}")
    return 100 * hidden / size, 100 * altered / lines


def speed(text: str) -> float:
    """MB/s of CPU over pieces the size of one tool result."""
    redactor = Redactor()
    pieces = [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)]
    redactor.clean(Untrusted(pieces[0]))
    begun = process_time()
    for piece in pieces:
        redactor.clean(Untrusted(piece))
    return len(text.encode()) / 1e6 / (process_time() - begun)


_HOSTILE = {
    "password=": "password=",
    "key:": "key: {",
    "quotes": 'password="\\"',
    "braces": '{"kind":"Secret","data":{',
    "pem": "-----BEGIN PRIVATE KEY-----\n",
    "urls": "a://b:c",
    "digits": "4242 ",
    "base64": "QUtJQUFCQ0RFRkdISUpLTE1OT1A",
    "ansi": "\x1b[0\x1b]",
    "yaml": "kind: Secret\ndata:\n  a: b\n",
    "dashes": "- - ",
    "emails": "a@b.c@",
    "zero-width": "p\u200bassword\u200b: x\u200b ",
    "many cards": "4111111111111111 ",
    "many jwts": "eyJhbGciOiJ.eyJhbGciOiJ.x ",
    "name list": "token secret password key ",
    "nested json": '{"a":"{\\"kind\\":\\"Secret\\",\\"data\\":',
    "slashes": "\\\\\\",
    "headers": "Authorization: Basic ",
    "random": "",
    "names alone": "session=",
    "fields": "sid=a,",
    "imitations": "<secret:X>",
    "connections": "postgres://u:pw1x@h1/d ",
    "parameters": "a://?password=abc;",
    "unclosed": 'password="',
}


def hostile(unit: str, megabytes: int) -> float:
    """CPU seconds for so many megabytes of one repeated unit."""
    size = megabytes * 1_000_000
    source = random.Random(1)
    text = (
        (unit * (size // max(1, len(unit.encode())) + 1))[:size]
        if unit
        else "".join(source.choices('abAB01=:"\\{}[]@-./ \n', k=size))
    )
    begun = process_time()
    Redactor().clean(Untrusted(text))
    return process_time() - begun


def linear(sizes: list[int]) -> tuple[float, float, str]:
    """Worst growth per doubling, slowest MB/s at the largest size, and the input that was slowest."""
    worst, slowest, name = 0.0, float("inf"), ""
    for label, unit in _HOSTILE.items():
        times = [hostile(unit, size) for size in sizes]
        ratios = [b / max(a, 0.05) for a, b in pairwise(times)]
        worst = max([worst, *ratios])
        rate = sizes[-1] / times[-1]
        if rate < slowest:
            slowest, name = rate, label
        each = "".join(f"{t:8.2f} s ({t / size:5.2f} s/MB)" for t, size in zip(times, sizes, strict=True))
        print(f"  hostile {label:<12}{each}", flush=True)
    return worst, slowest, name


def _table(kinds: dict[str, Tally]) -> None:
    print(f"  {'kind':<28}{'':>11}{'must go':>9}{'labelled':>9}")
    for kind in sorted(kinds):
        tally = kinds[kind]
        part, whole = (f"{100 * n / tally.rows:7.1f} %" for n in (tally.hit, tally.whole))
        print(f"  {kind:<28}{tally.rows:>6} rows{part}{whole}")


def _share(kinds: dict[str, Tally], wanted: bool, whole: bool = False) -> float:
    chosen = [t for k, t in kinds.items() if k.startswith("pan") is wanted and not k.startswith("in ")]
    return 100 * sum(t.whole if whole else t.hit for t in chosen) / max(1, sum(t.rows for t in chosen))


def main() -> None:
    """Measure and print; the last line is the result for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 23, 99, 4242])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--show", action="store_true", help="print misses and changed lines")
    given = parser.parse_args()
    misses: list[str] = []
    kinds, negatives = recall(given.data / "secrets" / "make_secrets.py", given.seeds, misses)
    _table(kinds)
    other, same = unseen(given.seeds, misses)
    print("held out")
    _table(other)
    print(
        f"  look-alikes changed: corpus {negatives.hit} / {negatives.rows}, held out {same.hit} / {same.rows}"
    )
    chunks = ordinary(given.data)
    altered: list[str] = []
    hidden, lines = changed(chunks, altered)
    random.Random(3).shuffle(chunks)
    rate = speed("".join(chunks)[:8_000_000])
    worst, slowest, name = linear(given.sizes)
    if given.show:
        print("\n".join([*misses, *altered[:400]]))
    _report((kinds, other), (negatives, same), (hidden, lines), rate, (worst, slowest, name))


def _growth(worst: float) -> list[Figure]:
    """Nothing for one size, which shows no growth."""
    return (
        [Figure("hostile, growth a doubling", worst, "x", "< 3", "linear is 2", worst < 3)] if worst else []
    )


def _report(
    found: tuple[dict[str, Tally], dict[str, Tally]],
    alike: tuple[Tally, Tally],
    text: tuple[float, float],
    rate: float,
    growth: tuple[float, float, str],
) -> None:
    ops, cards = _share(found[0], wanted=False), _share(found[0], wanted=True)
    whole, other = _share(found[0], wanted=False, whole=True), _share(found[1], wanted=False)
    false, same = (100 * t.hit / max(1, t.rows) for t in alike)
    lines, rules = (
        text[1],
        "gitleaks rules and context patterns (facts, other corpus): 98 % of ops, 2.5 % look-alikes, 1.0 MB/s",
    )
    report(
        "bench-redaction",
        [
            Figure("recall, ops and personal", ops, "% covered", ">= 99", rules, ops >= 99),
            Figure(
                "recall, cards",
                cards,
                "% covered",
                "100",
                "presidio's recognizers (facts): 52 of 66",
                cards >= 100,
            ),
            Figure("recall, ops, all that is labelled", whole, "% covered", ">= 99", rules, whole >= 99),
            Figure("recall, held-out kinds and places", other, "% covered", ">= 99", "none", other >= 99),
            Figure("held-out look-alikes changed", same, "% of rows", "<= 1", "none", same <= 1),
            Figure("look-alikes changed", false, "% of rows", "<= 1", rules, false <= 1),
            Figure("ordinary lines changed", lines, "%, e-mail kept", "<= 1", rules, lines <= 1),
            Figure("ordinary text hidden", text[0], "% of characters", "<= 1", rules, text[0] <= 1),
            Figure("speed", rate, "MB/s CPU", ">= 2", rules, rate >= 2),
            *_growth(growth[0]),
            Figure(f"hostile, slowest: {growth[2]}", growth[1], "MB/s CPU", "none", "no limit set", True),
        ],
    )


if __name__ == "__main__":
    main()
