"""kill -9 at any moment leaves a chain that verifies and holds everything that was promised."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from interlock.core.audit import AuditLog
from interlock.core.clock import SystemClock
from interlock.core.store import open_store

WRITER = Path(__file__).parent / "writer.py"
KILLS = 4


def test_a_killed_writer_leaves_a_whole_chain_and_nothing_promised_is_lost(store_url: str) -> None:
    open_store(store_url).close()
    promised = 0
    for kill in range(KILLS):
        with subprocess.Popen([sys.executable, str(WRITER), store_url], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(3 + 7 * kill):
                writer.stdout.readline()
                promised += 1
            writer.kill()
            promised += len(writer.stdout.read().splitlines())
        opened = open_store(store_url)
        found = AuditLog(opened, SystemClock()).verify()
        opened.close()
        assert found.problem == ""
        # A record may have been written and its promise not yet said.
        assert promised <= found.records <= promised + kill + 1
