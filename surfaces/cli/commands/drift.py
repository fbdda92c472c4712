"""`interlock drift`: what differs between code and cluster, without a model."""

from __future__ import annotations

import json
from pathlib import Path

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import config_option, json_option, opened


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock drift ./deploy/prod\n"
    "  interlock drift -f deploy/api.yaml -n shop\n"
    "  interlock drift ./deploy --beside --exit-code"
)
@click.argument("folder", metavar="DIR", required=False, type=click.Path(path_type=Path))
@click.option("-f", "--file", type=click.Path(path_type=Path), metavar="FILE", help="One manifest.")
@click.option(
    "-n",
    "--namespace",
    default="",
    help="Only this namespace; manifests that name none are taken to be in it.",
)
@click.option(
    "--beside", is_flag=True, help="Also objects that carry the code's labels and are not in the code."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 when anything differs.")
@click.option("--replay", metavar="DIR", help="Compare with a recorded cluster.")
@click.option(
    "--cluster", default="", help="A cluster by its name in the settings (default: the default one)."
)
@click.option("--cluster-url", metavar="URL", help="A cluster's API without credentials, as kubectl proxy.")
@config_option
@json_option
def drift(
    folder: Path | None,
    file: Path | None,
    namespace: str,
    beside: bool,
    exit_code: bool,
    replay: str | None,
    cluster: str,
    cluster_url: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Compare manifests, a kustomization or a chart with the cluster: only what the code sets, and what was set by hand."""
    root, path = _place(folder, file)
    click.echo("comparing with the cluster", err=True)
    with opened(config=config, replay=replay, cluster_url=cluster_url, knowledge=(root,)) as runtime:
        found = runtime.call_tool(
            "iac_drift",
            {"path": path, "namespace": namespace, "beside": beside, "cluster": cluster},
        )
    if as_json:
        click.echo(json.dumps({"report": found.data, "limits": list(found.limits), "ref": found.id}))
    else:
        for line in found.text.splitlines():
            click.echo(line)
        for limit in found.limits:
            click.echo(f"not looked at: {limit}")
    data = found.data if isinstance(found.data, dict) else {}
    if exit_code and data.get("objects"):
        raise click.exceptions.Exit(1)


def _place(folder: Path | None, file: Path | None) -> tuple[Path, str]:
    if (folder is None) == (file is None):
        raise BadInput("give a folder, or -f FILE", hint="interlock drift ./deploy")
    named = folder or file or Path()
    if not named.exists() or named.is_dir() != (folder is not None):
        raise BadInput(f"{named} is no {'folder' if folder else 'file'}")
    # A folder's name may come from a link; what it renders from may lie beside it.
    return (named, ".") if folder else (named.resolve().parent, named.name)
