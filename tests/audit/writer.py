"""A process that writes records until it is killed, saying each number once it was promised to be on record."""

from __future__ import annotations

import sys

from interlock.core.audit import AuditLog
from interlock.core.clock import SystemClock
from interlock.core.store import open_store

log = AuditLog(open_store(sys.argv[1]), SystemClock())
for number in range(1_000_000):
    log.append("turn", {"principal": f"local:{number % 5}", "n": number})
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
