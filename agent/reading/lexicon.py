"""The words in which people ask about a cluster, as data: kinds, states, settings, attributes, and the words between them.

Single words, not phrases: a question is understood by putting them together (`reading`), and only when every one of its
words is accounted for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _table(text: str) -> dict[str, str]:
    """`meaning: word word` lines as word -> meaning."""
    rows = (line.partition(":") for line in text.strip().splitlines())
    return {word: meaning.strip() for meaning, _, words in rows for word in words.split()}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


JOINED: Mapping[str, str] = {
    r"service accounts?": "serviceaccount",
    r"config[ -]maps?": "configmap",
    r"cron[ -]jobs?": "cronjobs",
    r"stateful[ -]sets?": "statefulsets",
    r"daemon[ -]sets?": "daemonsets",
    r"replica[ -]sets?": "replicasets",
    r"storage[ -]class(?:es)?": "storageclasses",
    r"resource[ -]quotas?": "resourcequotas",
    r"(?:persistent[ -])?volume[ -]claims?": "pvcs",
    r"persistent[ -]volumes?": "pvs",
    r"horizontal pod autoscalers?|auto[ -]?scalers?": "hpas",
    r"crash[ -]?loop(?:ing|s|ed)?(?:[ -]?back[ -]?off)?": "crashloopbackoff",
    r"image[ -]?pull[ -]?back[ -]?off|err[ -]?image[ -]?pull": "imagepullbackoff",
    r"out[ -]of[ -]memory|oom[ -]?killed|oomed|ooms?\b": "oomkilled",
    r"(?:roll(?:ed|ing|s)?|went) ?out|roll-?outs?": "rollout",
    r"not[ -]ready|notready|unready": "not ready",
    r"un-?scheduled|unschedulable": "unschedulable",
    r"can not|cannot|unable to|fail(?:s|ed|ing)? to": "not",
    r"(?:more than|at least) once|at all": "once",
    r"no longer": "not",
    r"most recent(?:ly)?": "newest",
    r"re-?starting": "restarting",
    r"(?:kubelet|kubernetes) version": "version",
    r"max(?:ed)? out|at (?:its |their |the )?(?:max|maximum|limit|ceiling)(?: replicas)?": "maxed",
    r"end-?points?": "endpoints",
    r"can't|cant|won't": "not",
    r"(is|are|was|were|do|does|did|has|have|had)n'?t": r"\1 not",
}
"""What is one word in several spellings, joined before words are read."""

KINDS = _table("""
pods: pod pods po
deployments: deployment deployments deploy
statefulsets: statefulset statefulsets sts
daemonsets: daemonset daemonsets ds
replicasets: replicasets rs
workloads: workload workloads app apps application applications
services: service services svc
nodes: node nodes machine machines worker workers
namespaces: namespace namespaces ns
jobs: job jobs
cronjobs: cronjob cronjobs cj
configmaps: configmap configmaps cm
secrets: secret secrets
ingresses: ingress ingresses
resourcequotas: quota quotas resourcequotas
persistentvolumes: pv pvs
persistentvolumeclaims: pvc pvcs claim claims
horizontalpodautoscalers: hpa hpas
serviceaccounts: serviceaccount serviceaccounts sa
storageclasses: storageclasses
""")
USABLE: Mapping[str, str] = {
    "configmaps": "configmap",
    "secrets": "secret",
    "persistentvolumeclaims": "persistentvolumeclaim",
    "serviceaccounts": "serviceaccount",
}
ROLLED_OUT = _words("deployments statefulsets daemonsets workloads")

STATES: Mapping[str, tuple[str, str, str | bool]] = {
    "pending": ("status", "is", "Pending"),
    "crashloopbackoff": ("status", "is", "CrashLoopBackOff"),
    "imagepullbackoff": ("status", "any of", "ImagePullBackOff,ErrImagePull"),
    "evicted": ("status", "is", "Evicted"),
    "completed": ("status", "any of", "Completed,Complete"),
    "succeeded": ("status", "any of", "Completed,Complete"),
    "terminating": ("status", "is", "Terminating"),
    "failed": ("phase", "is", "Failed"),
    "oomkilled": ("ended by", "has", "OOMKilled"),
    "ready": ("ready", "is", True),
    "unavailable": ("ready", "is", False),
    "degraded": ("ready", "is", False),
    "cordoned": ("cordoned", "is", True),
    "unschedulable": ("cordoned", "is", True),
    "suspended": ("suspended", "is", True),
    "paused": ("suspended", "is", True),
    "bound": ("bound", "is", True),
    "unbound": ("bound", "is", False),
    "maxed": ("at maximum", "is", True),
    "default": ("default", "is", True),
}
"""A word of a state and the condition it means. What goes only for some kinds stands in STATE_KINDS."""
STATE_SYNONYMS = _table("""
crashloopbackoff: crashing crashes crash crashed
failed: failing fail fails error errored
completed: complete finished done
suspended: suspend
oomkilled: oomkill
maxed: maximum max
imagepullbackoff: unpullable
""")
STATE_KINDS: Mapping[str, frozenset[str]] = {
    "status": _words("pods jobs persistentvolumeclaims persistentvolumes nodes namespaces"),
    "phase": _words("pods jobs"),
    "ended by": _words("pods"),
    "ready": _words("pods nodes workloads deployments statefulsets daemonsets"),
    "cordoned": _words("nodes"),
    "suspended": _words("cronjobs"),
    "bound": _words("persistentvolumeclaims persistentvolumes"),
    "at maximum": _words("horizontalpodautoscalers"),
    "default": _words("storageclasses"),
    "endpoints": _words("services"),
    "restarts": _words("pods"),
    "missing": _words("pods deployments statefulsets daemonsets workloads cronjobs jobs"),
    "tag": _words("pods deployments statefulsets daemonsets workloads cronjobs jobs"),
    "image": _words("pods deployments statefulsets daemonsets workloads cronjobs jobs"),
    "node": _words("pods"),
    "version": _words("nodes"),
    "minutes": frozenset(KINDS.values()),
    "owner": _words("pods jobs"),
    "finished": _words("pods"),
}
STATE_DEFAULT_KIND: Mapping[str, str] = {
    "cordoned": "nodes",
    "suspended": "cronjobs",
    "at maximum": "horizontalpodautoscalers",
}

NEGATIONS = _words("not no without lack lacks lacking missing never non none absent unset")
RESOURCES = _table("memory: memory mem ram\ncpu: cpu")
SETTINGS = _table("limit: limit limits\nrequest: request requests")
PROBES = _table("readiness probe: readiness\nliveness probe: liveness\nstartup probe: startup")
RESTARTS = _words("restart restarts restarted restarting restartcount rebooted")
IMAGE = _words("image images tag tags tagged")
VERSION = _words("version versions release kubelet")
CHANGES = _words(
    "change changed changes rollout deployed deploys deployment-changes released releases updated modified scaled edited"
)
ABOUT_CHANGES = CHANGES | _words("revision revisions history difference deployment rollback deploy release")
CREATED = _words("created started born launched")
USE = _words("use uses used using mount mounts mounted mounting reference references referenced referencing depend depends "
             "depending rely relies consume consumes consumed need needs read reads")  # fmt: skip
RUN = _words("run runs ran running")
WHERE = _words("sit sits live lives placed scheduled located hosted hosts host land landed")
MOST = _words("most highest max top largest biggest")
FEWEST = _words("fewest least lowest smallest")
OLDEST = _words("oldest longest")
NEWEST = _words("newest youngest latest")
GROUPED = _words("per each every breakdown by grouped split")
UNITS: Mapping[str, int] = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 1),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 60),
    **dict.fromkeys(("d", "day", "days"), 1440),
    **dict.fromkeys(("w", "week", "weeks"), 10_080),
}
ATTRIBUTES = _table("""
replicas: replicas replica
age: age old
rollout: rollout deployed updated released
node: node nodes where
last run: ran
schedule: schedule
service account: serviceaccount
labels: label labels
backend: point points backend backends route routes routed routing
hosts: hostname hostnames
selector: selector selects select
ports: port ports listen listens listening
keys: key keys
type: type
used: used usage use left
status: status state
storage class: storageclasses
size: size big large
maximum: maximum
minimum: minimum min
owner: owner owns
""")
"""Words that ask for an attribute of an object that is named."""
GLUE = _words(
    "a an the is are was were am be been being do does did have has had having there exist exists existing and or what "
    "which who whose list show give me us all any of on at to for with currently current right now across total overall we our you "
    "please tell can could get display print that it its their they them this these those than still so far altogether "
    "whole entire cluster here right many much how number count often times time kind find name names one ones "
    "something anything anyone things carry carries carrying belong belongs belonging set sets setting configured defined "
    "comes come every labelled specify specified specifies want wants wanted under i be if when as last before previous previously former own in "
    "from inside within via held hold holds holding inside amount sum currently present just ever only once see my into "
    "actually also already by today's both got want pull pulling pulled fetch make made newest-first order sorted recently "
    "container containers object objects happened happen yet resource resources back down most, recent"
)
PRONOUNS = _words("it its they their them he she")
POLITE = _words("please can could would you kindly and also so ok okay hey hi then now but")
ASKING = (
    _words(
        "how what which who whose whom when where why is are was were am do does did has have had list show give get tell count "
        "number top any find display print name describe total breakdown all on in at from under by of for"
    )
    | MOST
    | FEWEST
    | OLDEST
    | NEWEST
)
"""A question starts with one of these, or with a kind. What starts otherwise may be a wish, and is not read as a question."""


BEFORE_A_NAME = _words("of for does do did to under by named called")
SINGULAR = _words(
    "pod deployment statefulset daemonset service node namespace job cronjob configmap secret ingress quota pvc claim pv hpa "
    "serviceaccount workload app application machine worker cronjobs statefulsets daemonsets hpas pvcs pvs"
)
"""Words of a kind that a name may stand before. `JOINED` leaves some of them as plurals."""
MODAL = _words("can could should would will might may must shall")
WINDOW = _words("last past ago than this within")
AGES = _words("older younger newer new age old")
PREVIOUS = _words("before previous previously former formerly")
DEFINED = _words("defined configured set specified")
WHAT_CHANGED = _table("""
rollout: rollout deployed deploys released releases
scaling: scaled
edit: edited
""")
GROUP_BY = _table("""
namespace: namespace namespaces
node: node nodes
status: status state
image: image images
owner: deployment workload owner
phase: phase
type: type
storage class: storageclasses
tag: tag
""")
CLUSTER_SCOPED = _words("nodes namespaces persistentvolumes storageclasses")
SPENT = (
    GLUE | NEGATIONS | GROUPED | WHERE | frozenset(KINDS) | PRONOUNS
) - {"more", "long"}  # fmt: skip
KNOWN = (
    GLUE | NEGATIONS | RESTARTS | IMAGE | VERSION | CHANGES | CREATED | USE | RUN | WHERE | MOST | FEWEST | OLDEST | NEWEST
    | GROUPED | MODAL | WINDOW | AGES | PREVIOUS | PRONOUNS
    | {*KINDS, *STATES, *STATE_SYNONYMS, *RESOURCES, *SETTINGS, *PROBES, *ATTRIBUTES, *UNITS}
    | {"why", "endpoints", "probe", "probes", "long", "more", "less", "fewer", "over", "who", "where", "everything"}
)  # fmt: skip
"""Words that are names only where a name must stand."""


def joined(text: str) -> str:
    """`text` in lower case, each thing in its one spelling."""
    low = re.sub(r"[`\"“”]|(?<=\w)'s\b|’s\b", "", text.lower().replace("’", "'"))
    for pattern, instead in JOINED.items():
        low = re.sub(rf"(?<![\w.=/-])(?:{pattern})(?![\w=/-])", instead, low)
    return low
