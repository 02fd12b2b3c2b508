"""The real command with `--protocol grpc` around a service whose one call never ends; run as a child process."""

import asyncio
from collections.abc import Callable, Iterable

import grpc

from rollouts_router import cli
from rollouts_router.app import registration
from rollouts_router.log import Logger
from rollouts_router.router.desk import Desk

SERVICE = "test.Stubborn"


def traffic_router(_desk: Desk, log: Logger) -> Callable[[grpc.aio.Server], Iterable[str]]:
    """Stands in for the real service."""

    async def wait(_request: bytes, _context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        """Waits for ever, whoever cancels it."""
        print("a library's print", flush=True)  # noqa: T201 - that is the noise
        log.info("stubborn")
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    def register(server: grpc.aio.Server) -> Iterable[str]:
        handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(wait)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"Wait": handler}),))
        return (SERVICE,)

    return register


registration.traffic_router = traffic_router
raise SystemExit(cli.main())
