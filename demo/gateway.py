"""Traefik as the gateway: where its executable is, and its command line. It is pinned in requirements/demo.lock."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from demo.errors import DemoError
from demo.objects import LOOPBACK, Ports

TRAEFIK_VARIABLE: Final = "TRAEFIK"  # in the environment: another executable

GATHERS: Final = "200ms"
"""How long it gathers changes. By default it is 2 s, which changes nothing but how long the demo takes."""

_FOREIGN: Final = ("KUBE", "TRAEFIK")  # a user's own cluster is none of the demo's business


def executable() -> Path:
    """The program that the wheel put beside this interpreter. Raises DemoError when there is none."""
    found = os.environ.get(TRAEFIK_VARIABLE) or shutil.which("traefik", path=str(Path(sys.executable).parent))
    if not found or not os.access(found, os.X_OK):
        raise DemoError(
            "there is no Traefik beside this Python: start the demo with `make demo`, "
            f"or set {TRAEFIK_VARIABLE} to an executable"
        )
    return Path(found)


def command(program: Path, api: str, listeners: Ports) -> tuple[str, ...]:
    """Its command line: the Kubernetes API at `api`, one entry point for each listener, and nothing else open."""
    provider = "--providers.kubernetesgateway"
    return (
        str(program),
        provider,
        f"{provider}.endpoint={api}",
        f"{provider}.experimentalchannel=true",  # TCPRoute
        f"--providers.providersthrottleduration={GATHERS}",
        *(f"--entrypoints.{name}.address={LOOPBACK}:{port}" for name, port in listeners.items()),
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    )


def environment() -> dict[str, str]:
    """This process' own, without anything that names a cluster or sets an option."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
