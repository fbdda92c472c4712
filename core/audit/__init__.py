"""The record: a hash chain of everything asked, read, requested and decided, sealed by signed checkpoints elsewhere.

`chain` is the format, `log` writes and verifies, `checkpoint` and `places` seal it, `spool` bridges a store that
fails, `people` keeps names apart, `formats` and `push` carry it to other systems.
"""

from interlock.core.audit.chain import GENESIS, Record, Verification, link
from interlock.core.audit.log import AuditLog

__all__ = ["GENESIS", "AuditLog", "Record", "Verification", "link"]
