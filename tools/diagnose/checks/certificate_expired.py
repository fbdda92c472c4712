"""TLS handshakes that fail for a certificate: expired, not yet valid, for another name, or of an unknown authority.

Detects: x509 and OpenSSL verification messages in logs.
Source: RFC 5280 validity; Go crypto/x509 and OpenSSL `certificate verify failed` messages.
Example: x509: certificate has expired or is not yet valid: current time 2026-01-02T10:00:00Z is after ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.checks.connection_failure import peer_in
from interlock.tools.diagnose.hosts import is_internal
from interlock.tools.diagnose.logged import groups, logged
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene

PATTERN = re.compile(
    r"x509: [\w ]+|certificate (has )?expired|CERT_HAS_EXPIRED|certificate verify failed(: [\w ]+)?|certificate is not yet valid"
    r"|unable to verify the first certificate|SELF_SIGNED_CERT|ssl handshake failed|tls: (bad|expired|unknown) certificate"
    r"|PKIX path (building|validation) failed",
    re.IGNORECASE,
)


def find(scene: Scene) -> Iterator[Finding]:
    """Certificate errors by workload and peer."""
    for group in groups(scene, PATTERN, lambda line, _: ":".join(p for p in peer_in(line.text) if p)):
        said = PATTERN.search(group.sample.text)
        host = group.key.split(":")[0]
        outside = (
            bool(host) and not host[0].isdigit() and not is_internal(host, scene, group.workload.namespace)
        )
        text = f"{group.subject} cannot use TLS" + (f" with {group.key}" if group.key else "")
        text += f": {said[0].strip()}" if said else ""
        yield logged(
            scene,
            "certificate_expired",
            "dependency_failure" if outside else "configuration_error",
            group,
            text,
            PATTERN,
            facts={"host": group.key},
        )


def clear(scene: Scene) -> str:
    """Logs without a certificate error."""
    return (
        f"no certificate error in logs{whose(scene)}: {len(scene.lines)} lines were read"
        if scene.lines
        else ""
    )


CHECK = Check(find, clear)
