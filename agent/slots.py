"""Reads an exact question about the cluster into one tool call: kind, place, conditions, order, attribute.

Every word has to be accounted for: a kind, a state, a setting, a place, a name in the place of a name, or a word that
only holds these together. One word left over, and nothing is understood, which is better than half of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pydantic import JsonValue

from interlock.agent import lexicon as words
from interlock.agent.turn import Use

QUERY, FACTS, USES, CHANGES = "kubernetes_query", "kubernetes_facts", "kubernetes_uses", "recent_changes"
_TOKEN = re.compile(r"[a-z0-9](?:[\w./:=-]*[a-z0-9_])?")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+\S*")
_NAME_LIKE = re.compile(r"(?=.*[a-z])[a-z0-9.]+(?:-[a-z0-9.]+)+|[a-z]+\d+")
_BEFORE_A_NAME = frozenset(
    "of for does do did is has was by to under named called on are were with named".split()
)
_SINGULAR = frozenset(
    "pod deployment statefulset daemonset service node namespace job cronjob configmap secret ingress quota pvc claim "
    "pv hpa serviceaccount workload app application machine worker cronjobs statefulsets daemonsets hpas pvcs pvs".split()
)
Cond = dict[str, JsonValue]


@dataclass(frozen=True)
class Plan:
    """One call, what of its result is asked for, and what is named, to be looked for when it is not there.

    `wanted` are the attributes to say, () for the whole result. `headline`: the number comes first.
    """

    use: Use
    wanted: tuple[str, ...] = ()
    name: str = ""
    kind: str = ""
    namespace: str = ""
    headline: bool = True
    why: bool = False
    node: str = ""
    sure: bool = True


@dataclass
class _Reading:
    """The words of a question, and what has been read of them so far."""

    tokens: list[str]
    taken: set[int] = field(default_factory=set)
    namespace: str = ""
    node: str = ""
    labels: list[str] = field(default_factory=list)
    minutes: int | None = None
    older: bool = False
    named_kind: str = ""
    name: str = ""
    weak: bool = False
    image: str = ""
    version: str = ""

    def has(self, among: frozenset[str] | set[str]) -> bool:
        """Whether one of these words stands in the question."""
        return any(token in among for token in self.tokens)

    def take(self, *places: int) -> None:
        """These are accounted for."""
        self.taken.update(places)

    def word(self, place: int) -> str:
        """The word there, '' beyond the ends."""
        return self.tokens[place] if 0 <= place < len(self.tokens) else ""

    def before(self, place: int) -> str:
        """The word before, articles apart."""
        place -= 1
        while self.word(place) in ("the", "a", "an", "my", "our", "this", "that"):
            place -= 1
        return self.word(place)


def known(word: str) -> bool:
    """Whether a word has a meaning of its own, so that it is a name only where a name must stand."""
    tables = (words.KINDS, words.STATES, words.STATE_SYNONYMS, words.RESOURCES, words.SETTINGS, words.PROBES,
              words.ATTRIBUTES, words.UNITS)  # fmt: skip
    sets = (words.NEGATIONS, words.RESTARTS, words.IMAGE, words.VERSION, words.CHANGES, words.CREATED, words.USE,
            words.RUN, words.WHERE, words.MOST, words.FEWEST, words.OLDEST, words.NEWEST, words.GROUPED, words.GLUE)  # fmt: skip
    extra = (
        "why",
        "endpoints",
        "past",
        "ago",
        "older",
        "younger",
        "newer",
        "probe",
        "probes",
        "long",
        "running",
    )
    return (
        any(word in table for table in tables)
        or any(word in one for one in sets)
        or word in extra
        or word.isdigit()
    )


def plan(text: str) -> Plan | None:
    """What to call for a question, or None when it is not wholly understood."""
    read = _Reading(_TOKEN.findall(words.joined(text)))
    if not _asks(read) or _speaks_of_earlier(read):
        return None
    _labels(read)
    _window(read)
    _namespace(read)
    _named(read)
    _images(read)
    _node(read)
    if not _candidate(read):
        return None
    return _why(read) or _uses(read) or _changed(read) or _facts(read) or _query(read)


def _asks(read: _Reading) -> bool:
    first = next((token for token in read.tokens if token not in words.POLITE), "")
    return first in words.ASKING or first in words.KINDS


def _speaks_of_earlier(read: _Reading) -> bool:
    """`it` before anything that it could stand for."""
    first = next((n for n, token in enumerate(read.tokens) if token in words.PRONOUNS), None)
    return first is not None and all(known(t) and t not in words.KINDS for t in read.tokens[:first])


def _labels(read: _Reading) -> None:
    for n, token in enumerate(read.tokens):
        if "=" in token:
            read.labels.append(token)
            read.take(n)


def _window(read: _Reading) -> None:
    for n, token in enumerate(read.tokens):
        size = words.UNITS.get(token) or next(
            (words.UNITS[u] for u in words.UNITS if re.fullmatch(rf"\d+{u}", token)), None
        )
        glued = re.fullmatch(r"(\d+)[a-z]+", token) if size else None
        if size is None:
            continue
        before = read.word(n - 1)
        amount = int(glued[1]) if glued else int(before) if before.isdigit() else 1
        marks = {read.word(n - 1), read.word(n - 2), read.word(n - 3), read.word(n + 1)}
        if marks & {"last", "past", "ago", "than", "this", "within"}:
            read.minutes = amount * size
            read.older = bool(marks & {"older"}) or (read.word(n - 3) == "more" or read.word(n - 4) == "more")
            read.take(n, *((n - 1,) if before.isdigit() and not glued else ()))


def _namespace(read: _Reading) -> None:
    for n, token in enumerate(read.tokens):
        after = read.word(n + 1)
        if "/" in token and not _is_image(token) and token.count("/") == 1:
            read.namespace, read.name = token.split("/")
            read.take(n)
        elif (
            token in ("namespace", "ns")
            and after
            and read.before(n) not in words.GROUPED
            and _could_be(read, n + 1)
        ):
            read.namespace = after
            read.take(n, n + 1)
        elif (
            token in ("namespace", "ns")
            and n
            and read.before(n) not in words.GROUPED
            and _could_be(read, n - 1)
        ):
            read.namespace = read.word(n - 1)
            read.take(n, n - 1)
        elif token in ("in", "from", "inside", "within") and not read.namespace:
            at = n + 2 if after in ("the", "our") else n + 1
            place = read.word(at)
            if place and (not known(place) or place == "default") and read.word(at + 1) not in words.KINDS:
                read.namespace = place
                read.take(at)


def _could_be(read: _Reading, place: int) -> bool:
    word = read.word(place)
    return bool(word) and place not in read.taken and (not known(word) or word == "default")


def _named(read: _Reading) -> None:
    """`deployment X`, `X cronjob`: a name beside the word of its kind."""
    for n, token in enumerate(read.tokens):
        kind = words.KINDS.get(token)
        if kind is None or n in read.taken or token in ("namespaces", "ns"):
            continue
        for place in (n + 1, n - 1):
            word = read.word(place)
            free = place >= 0 and word and place not in read.taken and not known(word)
            if not free or read.name or not (token in _SINGULAR or token in words.KINDS):
                continue
            if _is_image(word) or _VERSION.fullmatch(word) or (place < n and token not in _SINGULAR):
                continue
            read.name, read.named_kind = word, kind
            read.take(n, place)
            break


def _images(read: _Reading) -> None:
    for n, token in enumerate(read.tokens):
        if n in read.taken:
            continue
        if _VERSION.fullmatch(token):
            read.version = token
            read.take(n)
        elif _is_image(token):
            read.image = token
            read.take(n)
        elif (
            not known(token)
            and "image" in (read.word(n + 1), read.word(n - 1))
            and read.has(words.USE | words.RUN)
        ):
            if read.word(n - 1) != "image" or read.before(n - 1) not in ("what", "which"):
                read.image = token
                read.take(n)


def _is_image(token: str) -> bool:
    return bool(re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*:[\w.-]+", token)) or token.count("/") > 1


def _node(read: _Reading) -> None:
    if read.named_kind == "nodes" and _other_kinds(read):
        read.node, read.name, read.named_kind = read.name, "", ""
    for n, token in enumerate(read.tokens):
        if token == "on":
            at = n + 2 if read.word(n + 1) in ("the", "node") else n + 1
            if at not in read.taken and read.word(at) and not known(read.word(at)):
                read.node = read.word(at)
                read.take(at, *((n + 1,) if read.word(n + 1) == "node" else ()))
    if read.named_kind == "nodes" and read.name and "on" in read.tokens and read.has(words.RUN | words.WHERE):
        read.node, read.name, read.named_kind = read.name, "", ""


def _other_kinds(read: _Reading) -> list[str]:
    return [words.KINDS[t] for n, t in enumerate(read.tokens) if t in words.KINDS and n not in read.taken]


def _candidate(read: _Reading) -> bool:
    """The one word left that can be a name; False when more are left, or one that stands where no name stands."""
    left = [n for n, token in enumerate(read.tokens) if n not in read.taken and not known(token)]
    if not left:
        return True
    if len(left) > 1 or read.name:
        return False
    place = left[0]
    read.weak = not _NAME_LIKE.fullmatch(read.tokens[place])
    if read.weak and read.before(place) not in _BEFORE_A_NAME:
        return False
    read.name = read.tokens[place]
    read.take(place)
    return True


def _kinds(read: _Reading) -> list[str]:
    found = []
    for n, token in enumerate(read.tokens):
        grouped = read.before(n) in words.GROUPED
        if token in words.KINDS and n not in read.taken and not grouped:
            found.append(words.KINDS[token])
    return list(dict.fromkeys(found))


def _why(read: _Reading) -> Plan | None:
    if "why" not in read.tokens:
        return None
    name = read.name
    use = Use.of(FACTS, name=name, kind=read.named_kind, namespace=read.namespace, parts=["pods"])
    return Plan(use, name=name, kind=read.named_kind, namespace=read.namespace, why=True, sure=bool(name))


def _uses(read: _Reading) -> Plan | None:
    kind = words.USABLE.get(read.named_kind)
    asks_for_user = read.has(words.USE | words.RUN) or "depends" in read.tokens
    if kind is None or not asks_for_user or not read.name:
        return None
    by = "pods" if "pods" in _kinds(read) else "workloads"
    use = Use.of(USES, kind=kind, name=read.name, namespace=read.namespace, by=by)
    return Plan(use, name=read.name, kind=kind, namespace=read.namespace)


_WHAT_CHANGED = {
    "rollout": "rollout", "deployed": "rollout", "deploys": "rollout", "released": "rollout", "releases": "rollout",
    "scaled": "scaling", "edited": "edit",
}  # fmt: skip


def _changed(read: _Reading) -> Plan | None:
    if not read.has(words.CHANGES) or read.name or read.minutes is None or read.older:
        return None
    kinds = [k for k in _kinds(read) if k not in words.ROLLED_OUT]
    if kinds or _conditions(read, "workloads"):
        return None
    what = sorted({_WHAT_CHANGED[t] for t in read.tokens if t in _WHAT_CHANGED})
    args: dict[str, JsonValue] = {"minutes": read.minutes, **({"what": list(what)} if what else {})}
    use = Use.of(CHANGES, **args, namespace=read.namespace)
    return Plan(use, namespace=read.namespace)


def _facts(read: _Reading) -> Plan | None:
    wanted = _wanted(read)
    if not read.name or not wanted:
        return None
    parts = [part for part, among in (("pods", ("restarts", "status", "node")), ("rollouts", ("rollout", "image before")))
             if any(w in among for w in wanted)]  # fmt: skip
    use = Use.of(FACTS, name=read.name, kind=read.named_kind, namespace=read.namespace)
    use = Use(FACTS, {**use.args, **({"parts": list(parts)} if parts else {})})
    return Plan(
        use,
        tuple(wanted),
        name=read.name,
        kind=read.named_kind,
        namespace=read.namespace,
        headline=False,
        sure=not read.weak,
    )


_KIND_ATTRIBUTES = {"nodes": "node", "serviceaccounts": "service account", "storageclasses": "storage class"}
_SOMEWHERE_ELSE = frozenset(["defined", "configured", "set", "specified"])
"""Where something is defined is a question about code."""


def _wanted(read: _Reading) -> list[str]:
    """The attributes of the named object that are asked for; none when its pods are, or what belongs to it."""
    kinds = [k for k in _kinds(read) if k not in _KIND_ATTRIBUTES]
    told = set(read.tokens)
    restarts = read.has(words.RESTARTS) and bool(told & {"times", "often", "count", "number", "many"})
    if restarts:
        return ["restarts"]
    asks_backend = any(words.ATTRIBUTES.get(t) == "backend" for t in read.tokens)
    if "pods" in kinds or (kinds and not asks_backend and read.named_kind != kinds[0]):
        return []
    feature = _features(read)
    if feature:
        return feature
    if "last" in told and told & (words.RUN | {"schedule", "scheduled"}) and "when" in told:
        return ["last run"]
    if told & words.IMAGE and told & {"before", "previous", "previously", "former"}:
        return ["image before"]
    if told & words.IMAGE:
        return ["image"]
    if told & (words.VERSION - {"kubelet"}):
        return ["tag", "version"]
    told_kinds = [_KIND_ATTRIBUTES[k] for k in _kinds(read) if k in _KIND_ATTRIBUTES]
    if told_kinds and not kinds:
        return told_kinds[:1]
    if "where" in told:
        return [] if told & _SOMEWHERE_ELSE else ["node"]
    if told & words.CREATED or told & {"old", "age"}:
        return ["age"]
    named = [words.ATTRIBUTES[t] for t in read.tokens if t in words.ATTRIBUTES]
    if not named and told & words.CHANGES and "when" in told:
        return ["rollout"]
    if not named and told & {"ready", "up", "running", "healthy"} and not kinds:
        return ["replicas", "status"]
    return list(dict.fromkeys(named))


def _features(read: _Reading) -> list[str]:
    resource = next((words.RESOURCES[t] for t in read.tokens if t in words.RESOURCES), "")
    setting = next((words.SETTINGS[t] for t in read.tokens if t in words.SETTINGS), "")
    probe = next((words.PROBES[t] for t in read.tokens if t in words.PROBES), "")
    if probe:
        return [probe]
    if setting:
        return [f"{resource} {setting}"] if resource else [f"memory {setting}", f"cpu {setting}"]
    return ["readiness probe", "liveness probe"] if read.has({"probe", "probes"}) else []


def _conditions(read: _Reading, kind: str) -> list[Cond]:
    """The conditions that the words of the question mean."""
    found: list[Cond] = []
    negated = read.has(words.NEGATIONS)
    for n, token in enumerate(read.tokens):
        word = words.STATE_SYNONYMS.get(token, token)
        if n in read.taken or word not in words.STATES:
            continue
        name, operator, value = words.STATES[word]
        if (name, word) == ("phase", "failed") and kind == "jobs":
            name, value = "status", "Failed"
        if name == "phase" and kind == "pods":
            value = "Failed"
        if negated:
            value, operator = (not value, operator) if isinstance(value, bool) else (value, "is not")
        found.append({"attribute": name, "operator": operator, "value": value})
    return [*found, *_settings(read, kind, negated=negated), *_placed(read, kind)]


def _settings(read: _Reading, kind: str, *, negated: bool) -> list[Cond]:
    found: list[Cond] = []
    features = _features(read) if kind not in ("resourcequotas", "horizontalpodautoscalers") else []
    if features:
        operator = ("any of" if len(features) > 1 else "has") if negated else "lacks"
        found += [{"attribute": "missing", "operator": operator, "value": ",".join(features)}]
    if "endpoints" in read.tokens:
        found += [
            {
                "attribute": "endpoints",
                "operator": "is" if negated else "at least",
                "value": 0 if negated else 1,
            }
        ]
    if read.has({"pull", "pulled", "pulling"}) and negated:
        found += [{"attribute": "status", "operator": "any of", "value": "ImagePullBackOff,ErrImagePull"}]
    if "latest" in read.tokens and read.has(words.IMAGE):
        found += [{"attribute": "tag", "operator": "is not" if negated else "has", "value": "latest"}]
    if read.has(words.RESTARTS) and not _ordered(read):
        found += [
            {
                "attribute": "restarts",
                "operator": "at most" if negated else "at least",
                "value": 0 if negated else 1,
            }
        ]
    return found


def _placed(read: _Reading, kind: str) -> list[Cond]:
    found: list[Cond] = []
    running = read.has({"running", "run", "runs"})
    if read.node:
        found += [{"attribute": "node", "operator": "is", "value": read.node}]
        found += [{"attribute": "finished", "operator": "is", "value": False}] if running else []
    elif "running" in read.tokens and kind in ("pods", "jobs") and not (read.image or read.has(words.IMAGE)):
        negated = read.has(words.NEGATIONS)
        found += [{"attribute": "status", "operator": "is not" if negated else "is", "value": "Running"}]
    if read.image:
        found += [{"attribute": "image", "operator": "has", "value": read.image}]
    if read.version:
        found += [
            {"attribute": "version" if kind == "nodes" else "tag", "operator": "is", "value": read.version}
        ]
    if read.minutes is not None and read.has(
        words.CREATED | {"older", "younger", "newer", "new", "age", "old"}
    ):
        operator = "at least" if read.older or "older" in read.tokens else "at most"
        found += [{"attribute": "minutes", "operator": operator, "value": read.minutes}]
    if read.name:
        found += [{"attribute": "owner", "operator": "is", "value": read.name}]
    return found


def _ordered(read: _Reading) -> tuple[str, bool] | None:
    """The attribute to order by, and whether the largest comes first."""
    told = set(read.tokens)
    if told & words.OLDEST:
        return "minutes", True
    if told & words.NEWEST and not (told & words.IMAGE):
        return "minutes", False
    if not told & (words.MOST | words.FEWEST):
        return None
    descending = not told & words.FEWEST
    if told & words.RESTARTS:
        return "restarts", descending
    if told & {"replicas", "replica"}:
        return "replicas", descending
    return "count", descending


def _group(read: _Reading) -> str:
    by = {"namespace": "namespace", "namespaces": "namespace", "node": "node", "nodes": "node", "status": "status",
          "state": "status", "image": "image", "images": "image", "deployment": "owner", "workload": "owner",
          "owner": "owner", "phase": "phase", "type": "type", "storageclasses": "storage class", "tag": "tag"}  # fmt: skip
    for n, token in enumerate(read.tokens):
        if token in by and read.before(n) in ("per", "each", "every", "by"):
            return by[token]
    return ""


def _query(read: _Reading) -> Plan | None:
    kinds = _kinds(read)
    order, group = _ordered(read), _group(read)
    if order and order[0] == "count":
        return _fullest(read, kinds, descending=order[1])
    kind = next((k for k in kinds if k != "namespaces" or len(kinds) == 1), "") or _default_kind(
        read, order, group
    )
    if not kind or len([k for k in kinds if k != "namespaces"]) > 1:
        return None
    where = _conditions(read, kind)
    if read.named_kind and (kind not in ("pods", "jobs") or not read.name):
        return None
    if any(kind not in words.STATE_KINDS.get(str(c["attribute"]), frozenset((kind,))) for c in where):
        return None
    if not _all_used(read, kind, where, order, group):
        return None
    top = next((int(t) for n, t in enumerate(read.tokens) if t.isdigit() and n not in read.taken), 1)
    args: dict[str, JsonValue] = {"kind": kind, "namespace": read.namespace, "labels": ",".join(read.labels)}
    args |= {"where": list(where)} if where else {}
    args |= {"order_by": order[0], "descending": order[1], "limit": top} if order else {}
    args |= {"group_by": group} if group else {}
    resource = (
        tuple(words.RESOURCES[t] for t in read.tokens if t in words.RESOURCES)
        if kind == "resourcequotas"
        else ()
    )
    use = Use(QUERY, {key: value for key, value in args.items() if value != ""})
    return Plan(
        use,
        resource,
        name=read.name,
        kind=read.named_kind,
        namespace=read.namespace,
        headline=kind != "resourcequotas" or "many" in read.tokens,
        node=read.node,
        sure=not read.weak,
    )


def _fullest(read: _Reading, kinds: list[str], *, descending: bool) -> Plan | None:
    """`which node has the most pods`: one kind counted by another."""
    by = {"nodes": "node", "namespaces": "namespace"}
    holder = next((k for k in kinds if k in by), "")
    counted = next((k for k in kinds if k != holder), "")
    if not holder or not counted or (holder == "nodes" and counted != "pods") or read.name:
        return None
    where = _conditions(read, counted)
    args: dict[str, JsonValue] = {
        "kind": counted,
        "namespace": read.namespace,
        "group_by": by[holder],
        "order_by": "count",
    }
    args |= {"descending": descending, "limit": 1, **({"where": list(where)} if where else {})}
    return Plan(Use(QUERY, {k: v for k, v in args.items() if v != ""}), namespace=read.namespace)


def _default_kind(read: _Reading, order: tuple[str, bool] | None, group: str) -> str:
    if "namespaces" in _other_kinds(read) and not group:
        return ""
    where = _conditions(read, "pods")
    attributes = {str(c["attribute"]) for c in where}
    special = next((words.STATE_DEFAULT_KIND[a] for a in attributes if a in words.STATE_DEFAULT_KIND), "")
    if special:
        return special
    if attributes & {"status", "phase", "restarts", "ended by", "node"} or (order and order[0] == "restarts"):
        return "pods"
    if attributes & {"missing", "image", "tag"} or (read.namespace and "deployed" in read.tokens):
        return "workloads"
    return "pods" if read.namespace and read.has(words.RUN) else ""


_SPENT = (
    words.GLUE | words.NEGATIONS | words.GROUPED | words.WHERE | frozenset(words.UNITS) | frozenset(words.KINDS)
    | {"past", "ago", "older", "younger", "newer", "new", "probe", "probes"}
)  # fmt: skip


def _all_used(
    read: _Reading, kind: str, where: list[Cond], order: tuple[str, bool] | None, group: str
) -> bool:
    """No word with a meaning of its own was left out of the call."""
    used = {str(c["attribute"]) for c in where}
    means: dict[str, bool] = {}
    for n, token in enumerate(read.tokens):
        if n in read.taken or token in _SPENT or token.isdigit():
            continue
        word = words.STATE_SYNONYMS.get(token, token)
        means[token] = (
            word in words.STATES
            or (token in words.RUN)
            or (token in words.RESTARTS and ("restarts" in used or bool(order)))
            or (token in words.IMAGE and bool(used & {"image", "tag", "status"}))
            or (token in words.VERSION and bool(used & {"version", "tag"}))
            or (token in words.USE and bool(used & {"image", "tag", "missing"} or kind == "resourcequotas"))
            or (token in words.CREATED and ("minutes" in used or bool(order and order[0] == "minutes")))
            or (
                token in words.MOST | words.FEWEST | words.OLDEST | words.NEWEST
                and (bool(order) or "tag" in used)
            )
            or (token in words.RESOURCES and ("missing" in used or kind == "resourcequotas"))
            or ((token in words.SETTINGS or token in words.PROBES) and "missing" in used)
            or (token in ("labels", "label") and bool(read.labels))
            or (token in ("status", "state") and kind in words.STATE_KINDS["status"])
            or (token == "deployed" and kind in words.ROLLED_OUT)
            or (token == "endpoints" and "endpoints" in used)
            or (
                group != ""
                and token in ("status", "state", "image", "images", "owner", "phase", "type", "tag")
            )
            or (token in ("replicas", "replica") and bool(order and order[0] == "replicas"))
        )
    return all(means.values())
