"""Makes the Kubernetes client out of its parts. Nothing is read or connected before its first use."""

import asyncio
import os
import time
from functools import partial
from importlib.metadata import version

from rollouts_router.kube.client import Client
from rollouts_router.kube.connect import connect
from rollouts_router.kube.sources import Sources
from rollouts_router.kube.throttle import Throttle
from rollouts_router.settings import Settings


def make_client(throttle: Throttle, *, context: str = "", sources: Sources | None = None) -> Client:
    """Make a client with the credentials of this machine, which are loaded when it is used first.

    `context` is that of the kubeconfig which is used; empty means its current one. `sources` say where else to look for
    credentials than the environment does.
    """
    return Client(
        partial(
            connect,
            sources or Sources(dict(os.environ), context=context),
            clock=time.monotonic,
            user_agent=f"rollouts-router/{version('rollouts-router')}",
        ),
        throttle=throttle,
    )


def make_throttle(settings: Settings) -> Throttle:
    """A rate of 0 is no limit, which is what no flag asks for."""
    wanted = settings.throttle
    qps, burst = (wanted.qps, wanted.burst) if wanted is not None else (0, 0)
    return Throttle(qps=qps, burst=burst, clock=time.monotonic, sleep=asyncio.sleep)
