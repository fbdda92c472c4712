"""Pods refused at admission: a webhook, Pod Security, a LimitRange, an invalid template.

Detects: FailedCreate events that say `is forbidden`, `denied the request`, `violates PodSecurity`, `failed calling webhook`.
Source: Kubernetes docs, "Admission Control", "Pod Security Admission", "Limit Ranges".
Example: admission webhook "images.example.com" denied the request: image is not signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Category, Finding
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.spoken import finding, heard

_DENIED = re.compile(
    r"admission webhook \\?\"(?P<hook>[^\"\\]+)\\?\" denied|violates PodSecurity|failed calling webhook"
    r"|(?P<range>(maximum|minimum) \S+ usage per (Container|Pod)|must specify (limits|requests)\.\w+)|is invalid: spec"
    r"|denied the request",
    re.IGNORECASE,
)


def find(scene: Scene) -> Iterator[Finding]:
    """Refused pods by the workload that asked for them."""
    for what in heard(scene, _DENIED):
        hook, ranged = what.match["hook"], what.match["range"]
        broken = "failed calling webhook" in what.first.text
        category: Category = "dependency_failure" if broken else "configuration_error"
        by = (
            f"admission webhook {hook} denied"
            if hook
            else f"LimitRange: {ranged}"
            if ranged
            else what.match[0]
        )
        text = f"{what.about} cannot create pods: {by}"
        yield finding(
            scene, "admission_denied", category, what, text, facts={"hook": hook or "", "range": ranged or ""}
        )


def clear(scene: Scene) -> str:
    """Namespaces in which nothing was refused."""
    if not scene.seen("events"):
        return ""
    return f"no pod was refused at admission{whose(scene)}: {len(scene.events)} events were read"


CHECK = Check(find, clear)
