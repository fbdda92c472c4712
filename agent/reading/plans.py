"""The last pass: one tool call for the question, what of its result is asked for, and what it names."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from interlock.agent.reading import lexicon as words
from interlock.agent.reading.conditions import all_used, conditions, features, grouped, ordered
from interlock.agent.reading.places import Reading, read
from interlock.agent.turn import Use

QUERY, FACTS, USES, CHANGES = "kubernetes_query", "kubernetes_facts", "kubernetes_uses", "recent_changes"
_PARTS = {"pods": ("restarts", "status", "node"), "rollouts": ("rollout", "image before")}
_KIND_ATTRIBUTES = {"nodes": "node", "serviceaccounts": "service account", "storageclasses": "storage class"}


@dataclass(frozen=True)
class Plan:
    """One call. `wanted` are the attributes to say, () for the whole result; `headline`: its number comes first.

    What is named is kept to be looked for when nothing is found; `sure` is False when the name could be any word.
    """

    use: Use
    wanted: tuple[str, ...] = ()
    name: str = ""
    kind: str = ""
    namespace: str = ""
    node: str = ""
    headline: bool = True
    why: bool = False
    sure: bool = True


def plan(text: str) -> Plan | None:
    """What to call for a question, or None when it is not wholly understood."""
    found = read(text)
    if found is None:
        return None
    return _why(found) or _uses(found) or _changed(found) or _facts(found) or _query(found)


def _made(found: Reading, use: Use, wanted: tuple[str, ...] = (), *, headline: bool = True) -> Plan:
    return Plan(
        use,
        wanted,
        name=found.name,
        kind=found.named_kind,
        namespace=found.namespace,
        node=found.node,
        headline=headline,
        why="why" in found.tokens,
        sure=not found.weak,
    )


def _why(found: Reading) -> Plan | None:
    if "why" not in found.tokens:
        return None
    use = Use.of(FACTS, name=found.name, kind=found.named_kind, namespace=found.namespace, parts=["pods"])
    return _made(found, use)


def _uses(found: Reading) -> Plan | None:
    kind = words.USABLE.get(found.named_kind)
    if kind is None or not found.has(words.USE | words.RUN) or found.has(words.NEGATIONS):
        return None
    by = "pods" if "pods" in found.kinds() else "workloads"
    return _made(found, Use.of(USES, kind=kind, name=found.name, namespace=found.namespace, by=by))


def _changed(found: Reading) -> Plan | None:
    odd = found.name or found.node or found.labels or found.older or found.has(words.NEGATIONS | {"who"})
    if not found.has(words.CHANGES) or found.minutes is None or odd:
        return None
    if set(found.kinds()) - words.ROLLED_OUT or conditions(found, "workloads"):
        return None
    what = sorted({words.WHAT_CHANGED[t] for t in found.tokens if t in words.WHAT_CHANGED})
    if found.kinds() and not what:
        what = ["rollout", "scaling"]
    args: dict[str, JsonValue] = {"minutes": found.minutes, **({"what": list(what)} if what else {})}
    return _made(found, Use.of(CHANGES, **args, namespace=found.namespace))


def _facts(found: Reading) -> Plan | None:
    wanted = _wanted(found) if found.name and not _too_much_for_facts(found) else []
    if not wanted:
        return None
    parts = [part for part, among in _PARTS.items() if set(wanted) & set(among)]
    args: dict[str, JsonValue] = {"parts": list(parts)} if parts else {}
    kind = found.named_kind or words.STATE_DEFAULT_KIND.get(wanted[0], "")
    # The attributes tell which kinds the name can be of, where none is said.
    args |= {} if kind else {"saying": list(wanted)}
    use = Use.of(FACTS, name=found.name, kind=kind, namespace=found.namespace, **args)
    return _made(found, use, tuple(wanted), headline=False)


def _too_much_for_facts(found: Reading) -> bool:
    """A comparison, a window, a denial or `who` asks for more than what an object says of itself."""
    superlative = words.MOST | words.FEWEST | words.OLDEST | words.NEWEST - {"latest"}
    odd = superlative | words.AGES - {"old", "age"} | {"who", "more", "less", "fewer", "long"}
    latest = "latest" in found.tokens
    told = bool(found.labels or found.node or found.version or found.image or found.minutes is not None)
    return latest or told or found.has(words.NEGATIONS) or (found.has(odd) and "maximum" not in found.tokens)


def _wanted(found: Reading) -> list[str]:
    """The attributes of the named object that are asked for; none when its pods are, or what belongs to it."""
    told = {token for _, token in found.open()}
    kinds = [kind for kind in found.kinds() if kind not in _KIND_ATTRIBUTES]
    states = told & (words.STATES.keys() - {"ready", "default"})
    if states:
        return _flag(states)
    if told & words.RESTARTS and told & {"times", "often", "count", "number", "many"}:
        return ["restarts"] if not kinds or kinds == ["pods"] else []
    backend = any(words.ATTRIBUTES.get(token) == "backend" for token in told)
    if kinds and not (backend and found.named_kind == "ingresses"):
        return _nodes_of(found, kinds)
    return _template(found, told) or _elsewhere(found, told) or _plain(found, told)


_FLAGS = frozenset(["cordoned", "suspended", "bound", "at maximum"])


def _flag(states: set[str]) -> list[str]:
    """`is X suspended?` asks for a yes or no that the object holds; other states are those of its pods."""
    names = [words.STATES[word][0] for word in states]
    return names if len(names) == 1 and names[0] in _FLAGS else []


def _nodes_of(found: Reading, kinds: list[str]) -> list[str]:
    """`on which nodes do the pods of X run` asks for X's nodes."""
    asks = "nodes" in found.kinds() or "where" in found.tokens
    return ["node"] if asks and kinds == ["pods"] else []


def _template(found: Reading, told: set[str]) -> list[str]:
    named = features(found)
    if named:
        return named
    if told & words.IMAGE:
        return ["image before" if told & words.PREVIOUS else "image"]
    return ["tag", "version"] if told & words.VERSION else []


def _elsewhere(found: Reading, told: set[str]) -> list[str]:
    """What the words ask for beside a field's own name: the last run, a node, an age."""
    if {"last", "when"} <= told and told & (words.RUN | {"scheduled"}):
        return ["last run"]
    asked = [_KIND_ATTRIBUTES[kind] for kind in found.kinds() if kind in _KIND_ATTRIBUTES]
    if asked:
        return asked[:1]
    if "where" in told:
        return [] if told & words.DEFINED else ["node"]
    return ["age"] if told & (words.CREATED | {"old", "age"}) else []


def _plain(found: Reading, told: set[str]) -> list[str]:
    named = [words.ATTRIBUTES[token] for token in found.tokens if token in told and token in words.ATTRIBUTES]
    if not named and "when" in told and told & words.CHANGES:
        return ["rollout"]
    if not named and told & {"ready", "running"}:
        return ["replicas", "status"]
    return list(dict.fromkeys(named)) if "when" in told or "rollout" not in named else []


def _query(found: Reading) -> Plan | None:
    order, group = ordered(found), grouped(found)
    kinds = found.kinds()
    if order and order[0] == "count":
        return _fullest(found, kinds, descending=order[1])
    kind = kinds[0] if kinds else _default_kind(found, order, group)
    where = conditions(found, kind) if kind else None
    if where is None or len(kinds) > 1 or not _fits(found, kind, where, order):
        return None
    if not all_used(found, kind, where, order, group):
        return None
    top = next((int(token) for _, token in found.open() if token.isdigit()), 1)
    args: dict[str, JsonValue] = {
        "kind": kind,
        "namespace": found.namespace,
        "labels": ",".join(found.labels),
    }
    args |= {"where": list(where)} if where else {}
    args |= {"order_by": order[0], "descending": order[1], "limit": top} if order else {}
    args["group_by"] = group
    if found.has({"many", "number", "count"}) and not order and not group:
        args["only_count"] = True
    quota = kind == "resourcequotas"
    resources = tuple(words.RESOURCES[t] for t in found.tokens if quota and t in words.RESOURCES)
    return _made(found, _query_use(args), resources, headline=not quota or "many" in found.tokens)


def _query_use(args: dict[str, JsonValue]) -> Use:
    return Use(QUERY, {key: value for key, value in args.items() if value != ""})


def _fits(
    found: Reading, kind: str, where: list[dict[str, JsonValue]], order: tuple[str, bool] | None
) -> bool:
    """Whether the kind has what the conditions and the order speak of, and lies where it is looked for."""
    attributes = [str(c["attribute"]) for c in where] + ([order[0]] if order else [])
    if found.namespace and kind in words.CLUSTER_SCOPED:
        return False
    if found.name and not (kind in ("pods", "jobs") and found.kinds()):
        return False
    if found.has({"who", "where", "when", "replicas"}) and "replicas" not in attributes:
        return False
    digits = any(token.isdigit() for _, token in found.open())
    if digits and not order:
        return False
    counted = found.has({"many", "number", "count", "often", "times", "total"})
    if counted and found.has({"restarts", "restart"}) and not order:
        return False
    return all(kind in words.STATE_KINDS.get(name, frozenset((kind,))) for name in attributes)


def _fullest(found: Reading, kinds: list[str], *, descending: bool) -> Plan | None:
    """`which node has the most pods`: one kind counted by another."""
    by = {"nodes": "node", "namespaces": "namespace"}
    holder = next((kind for kind in kinds if kind in by), "")
    counted = next((kind for kind in kinds if kind != holder), "")
    if not descending or not holder or not counted or found.name or len(kinds) != 2:
        return None
    where = conditions(found, counted)
    cluster_wide = counted in words.CLUSTER_SCOPED or (holder == "nodes" and counted != "pods")
    if where is None or cluster_wide or not all_used(found, counted, where, ("count", True), ""):
        return None
    args: dict[str, JsonValue] = {"kind": counted, "namespace": found.namespace, "group_by": by[holder]}
    args |= {"order_by": "count", "limit": 1, **({"where": list(where)} if where else {})}
    return _made(found, _query_use(args))


def _default_kind(found: Reading, order: tuple[str, bool] | None, group: str) -> str:
    """The kind that is meant where none is said, by what is asked of it."""
    where = conditions(found, "pods") or []
    attributes = {str(c["attribute"]) for c in where}
    special = next((words.STATE_DEFAULT_KIND[a] for a in attributes if a in words.STATE_DEFAULT_KIND), "")
    if special or found.name:
        return special
    if attributes & {"status", "phase", "restarts", "ended by", "node"} or (order and order[0] == "restarts"):
        return "pods"
    if attributes & {"missing", "image", "tag"} or (found.namespace and "deployed" in found.tokens):
        return "workloads"
    return "pods" if found.namespace and found.has(words.RUN) else ""
