"""How Kubernetes names what it makes: a ReplicaSet after its Deployment, a pod after its owner, a Job after its CronJob."""

from __future__ import annotations

import re

# Pod suffixes and template hashes use an alphabet without vowels and look-alikes (apimachinery util/rand); recordings
# made by people use any letters, so only the shape counts here.
_POD_OF_REPLICASET = re.compile(r"^(?P<rs>(?P<deployment>.+)-[a-z0-9]{6,10})-[a-z0-9]{4,5}$")
_POD_OF_SET = re.compile(r"^(?P<owner>.+)-(?:\d{1,4}|[a-z0-9]{5})$")
_REPLICASET = re.compile(r"^(?P<deployment>.+)-[a-z0-9]{6,10}$")
_JOB_OF_CRONJOB = re.compile(r"^(?P<cronjob>.+)-\d{6,10}$")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


def deployment_of_replicaset(name: str, template_hash: str = "") -> str:
    """The Deployment's name in a ReplicaSet's name, or ''."""
    if template_hash and name.endswith("-" + template_hash):
        return name[: -len(template_hash) - 1]
    match = _REPLICASET.match(name)
    return match["deployment"] if match else ""


def owners_of_pod(name: str) -> tuple[str, ...]:
    """Names a pod's owners may have, judged by the pod's name alone, the longest first."""
    found = []
    for pattern, groups in ((_POD_OF_REPLICASET, ("rs", "deployment")), (_POD_OF_SET, ("owner",))):
        match = pattern.match(name)
        found += [match[group] for group in groups] if match else []
    return tuple(dict.fromkeys(sorted(found, key=len, reverse=True)))


def cronjob_of_job(name: str) -> str:
    """The CronJob's name in a Job's name, or ''."""
    match = _JOB_OF_CRONJOB.match(name)
    return match["cronjob"] if match else ""


def names_in(text: str) -> frozenset[str]:
    """Every word of `text` that could be the name of an object."""
    return frozenset(_NAME.findall(text.lower()))
