"""A 200 MB log: the right lines, without reading it whole."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEGABYTES = 200


def test_the_end_of_a_200_mb_log_is_read_without_the_rest(
    interlock: Callable[..., Any], tmp_path: Path, repo_root: Path
) -> None:
    huge = tmp_path / "huge"
    shutil.copytree(repo_root / "evals" / "replays" / "demo", huge)
    log = next((huge / "cluster" / "checkout").rglob("checkout-api.log"))
    line = b'2026-11-19T03:00:00.000000000Z level=info msg="nothing to see" filler=' + b"x" * 900 + b"\n"
    with log.open("wb") as file:
        file.writelines(line for _ in range(MEGABYTES * 1_000_000 // len(line)))
        file.write(b'2026-11-19T03:11:59.000000000Z level=error msg="the last word"\n')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = interlock(
        "tools",
        "call",
        "pod_logs",
        "--replay",
        str(huge),
        "--json",
        "namespace=checkout",
        f"pod={log.parent.name}",
        "tail=5",
    )
    assert done.code == 0
    assert "the last word" in json.loads(done.out)["text"]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEGABYTES / 2
