"""`interlock policy`: check, explain, test, compare and sign the rules of who may do what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import BadInput, InterlockError
from interlock.surfaces.cli.options import config_option, json_option

if TYPE_CHECKING:
    from interlock.core.policy import Act, ResourceKind
    from interlock.core.policy.bundle import Bundle

# Spelled out, for importing the policy to list the commands would cost every start; a test compares them.
ACTS = ("read", "request", "decide", "breakGlass", "send")
KINDS = ("Cluster", "Workspace", "LogIndex", "Source", "Provider", "Record")
BUNDLE = click.argument("bundle", required=False, type=click.Path(path_type=Path), metavar="[DIR]")


@click.group()
def policy() -> None:
    """Check, explain, test, compare and sign the policy bundle. DIR is the configured bundle by default."""


@policy.command(epilog="\b\nExamples:\n  interlock policy check policies/\n  interlock policy check --schema")
@BUNDLE
@click.option("--schema", is_flag=True, help="Print what policies may speak of, and end.")
@config_option
def check(bundle: Path | None, schema: bool, config: Path | None) -> None:
    """Read a bundle, hold its names against the schema, and say where it is wrong."""
    from interlock.approvals.catalogue import all_actions
    from interlock.core.policy.bundle import schema_text
    from interlock.core.policy.changes import check_actions

    if schema:
        click.echo(schema_text(), nl=False)
        return
    loaded = _loaded(bundle, config)
    check_actions(loaded.header.changes, all_actions)
    effects = [str(p["effect"]) for p in loaded.policies.values()]
    click.echo(
        f"ok: {loaded.header.name}, {effects.count('permit')} permits, {effects.count('forbid')} forbids, "
        f"{len(loaded.header.groups)} groups, digest {loaded.digest[:16]}"
    )


@policy.command(
    epilog="\b\nExamples:\n"
    "  interlock policy explain oidc:ana read --tool pod_logs --resource prod-eu -n payments\n"
    "  interlock policy explain oidc:bo decide --tool rollout-undo --resource prod-eu --risk high\n"
    "  interlock policy explain oidc:cy send --tool model --kind Provider --resource anthropic --cluster dev"
)
@click.argument("principal")
@click.argument("act", type=click.Choice(ACTS))
@click.option("--tool", default="", help="The read tool, the change, or the purpose of sending.")
@click.option("--resource", default="*", show_default=True, help="A cluster, workspace, source or provider.")
@click.option("--kind", type=click.Choice(KINDS), default="Cluster", show_default=True)
@click.option("-n", "--namespace", default="")
@click.option("--risk", default="", help="low, medium or high.")
@click.option("--cluster", default="", help="Whose data is sent.")
@click.option("--source", default="", help="Whose pages are sent.")
@click.option("--group", "groups", multiple=True, help="A group of the person's token (repeatable).")
@click.option("--service", is_flag=True, help="The principal is a service, not a person.")
@click.option("--bundle", type=click.Path(path_type=Path), metavar="DIR")
@config_option
@json_option
def explain(
    principal: str,
    act: Act,
    tool: str,
    resource: str,
    kind: ResourceKind,
    namespace: str,
    risk: str,
    cluster: str,
    source: str,
    groups: tuple[str, ...],
    service: bool,
    bundle: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say whether somebody may do something, and which rule says so; exit code 3 when they may not."""
    from interlock.core.identity import Principal
    from interlock.core.policy import Ask, enforce
    from interlock.core.policy.cedar import CedarPolicy

    deciding = CedarPolicy(_loaded(bundle, config))
    who = Principal(principal, kind="service" if service else "person", groups=groups)
    ask = Ask(
        tool or act,
        resource,
        act=act,
        kind=kind,
        namespace=namespace,
        risk=risk,
        cluster=cluster,
        source=source,
    )
    ruling = deciding.rule(who, ask)
    if as_json:
        click.echo(json.dumps(ruling.__dict__))
    elif ruling.allowed:
        click.echo(f"allowed by {ruling.rule}")
    enforce(deciding, who, ask)


@policy.command(epilog="\b\nExample:\n  interlock policy test policies/")
@BUNDLE
@config_option
def test(bundle: Path | None, config: Path | None) -> None:
    """Hold the bundle against its own table of decisions (tests.yaml)."""
    from interlock.core.policy.cedar import CedarPolicy
    from interlock.core.policy.table import cases, judged

    folder = _folder(bundle, config)
    outcomes = list(judged(CedarPolicy(_loaded(folder, config)), cases(folder)))
    if not outcomes:
        raise BadInput(
            f"{folder} has no tests.yaml", hint="one row: {principal, act, tool, resource, allowed}"
        )
    wrong = [outcome for outcome in outcomes if not outcome.holds]
    for outcome in wrong:
        case, ruling = outcome.case, outcome.ruling
        said = "allowed" if ruling.allowed else "refused"
        click.echo(
            f"row {outcome.number}: {case.principal} {case.act} {case.tool} on {case.resource}: "
            f"{said} by {ruling.rule}"
        )
    if wrong:
        raise InterlockError(f"{len(wrong)} of {len(outcomes)} rows do not hold")
    click.echo(f"ok: {len(outcomes)} rows hold")


@policy.command(epilog="\b\nExample:\n  interlock policy diff policies.old/ policies/")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def diff(old: Path, new: Path) -> None:
    """Say what NEW may allow more than OLD, and what less."""
    from interlock.core.policy.bundle import load
    from interlock.core.policy.widening import narrowings, widenings

    before, after = load(old), load(new)
    wider, narrower = widenings(before, after), narrowings(before, after)
    for said in wider:
        click.echo(f"wider: {said}")
    for said in narrower:
        click.echo(f"narrower: {said}")
    if not wider and not narrower:
        click.echo("the two rule alike")
    elif wider:
        click.echo("this change needs a second person's signature")


@policy.command(epilog="\b\nExample:\n  interlock policy sign policies/ --key ana.key --as oidc:ana")
@BUNDLE
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your Ed25519 private key; made when the file does not exist.",
)
@click.option("--as", "person", required=True, metavar="PRINCIPAL", help="Your id in policy.signers.")
@config_option
def sign(bundle: Path | None, key_file: Path, person: str, config: Path | None) -> None:
    """Vouch for the bundle in place of the one in force now."""
    from interlock.core.audit.keys import open_key, public_pem
    from interlock.core.policy import signatures
    from interlock.core.policy.accepted import in_force
    from interlock.core.policy.widening import widenings
    from interlock.surfaces.cli.record import opened_record

    folder = _folder(bundle, config)
    loaded = _loaded(folder, config)
    with opened_record(config) as record:
        last = in_force(record.store)
    for said in widenings(last, loaded):
        click.echo(f"wider: {said}")
    key = open_key(key_file)
    replaces = last.digest if last else signatures.NOTHING
    signatures.add(folder, signatures.sign(key, person, loaded.digest, replaces))
    click.echo(f"{person} signed {loaded.digest[:16]} in place of {replaces[:16]}; public key:")
    click.echo(public_pem(key.public_key()), nl=False)


def _folder(bundle: Path | None, config: Path | None) -> Path:
    from interlock.core.policy.settings import PolicySettings
    from interlock.core.settings import load_settings

    found = bundle or load_settings(config).section(PolicySettings).bundle
    if found is None:
        raise BadInput("no policy bundle is configured", hint="name a folder, or set policy.bundle")
    return found


def _loaded(bundle: Path | None, config: Path | None) -> Bundle:
    from interlock.core.policy.bundle import load

    return load(_folder(bundle, config))
