"""`python -m e2e.bed.up [--channel standard] [--plugin FILE]`: a bed to play with by hand, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController
from e2e.bed.errors import BedError


def main() -> int:
    """Reads the arguments and keeps the bed until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bed.up", description=__doc__)
    parser.add_argument("--channel", choices=("standard", "experimental"), default="experimental")
    parser.add_argument(
        "--plugin", type=Path, help="the plugin's executable; without it no traffic is routed"
    )
    parser.add_argument(
        "--rules", type=Path, help="a manifest with the ClusterRole `rollouts-router` to grant"
    )
    parser.add_argument("--audit", action="store_true", help="log each API call")
    try:
        asyncio.run(_keep(parser.parse_args()))
    except BedError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
    return 0


async def _keep(arguments: argparse.Namespace) -> None:
    plugins = [Plugin(executable=arguments.plugin)] if arguments.plugin else []
    async with (
        ControlPlane(channel=arguments.channel, audit=arguments.audit) as plane,
        RolloutsController(plane, *plugins) as controller,
    ):
        if arguments.rules:
            await plane.grant_plugin(rules=arguments.rules)
        print(f"export KUBECONFIG={plane.kubeconfig('admin')}")
        print(f"# logs in {plane.folder}, the controller and its plugin in {controller.log}")
        print("# Ctrl-C stops everything", flush=True)
        # A person ends this wait; it is the one here without a bound.
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
