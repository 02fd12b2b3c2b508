"""A channel to the router: to a server, or to one that is made for this call within the process.

Both ways lead through the same service, so that what is shown here is what any client gets.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import grpc

from rollouts_router.app.assembly import assemble
from rollouts_router.app.registration import traffic_router
from rollouts_router.client.options import Place
from rollouts_router.log import Logger
from rollouts_router.settings import Settings

MAX_REPLY: Final = 16 * 1024 * 1024
"""Bytes of a reply: more than the service sends, so that none is lost."""

_FIRST, _LAST = 0x21, 0x7E  # a token of the cluster is a JSON web token, or made by people of such characters

_OPTIONS: Final = (("grpc.max_receive_message_length", MAX_REPLY),)


class PlaceError(Exception):
    """A file that the channel needs cannot be used; the text says which and why."""


@asynccontextmanager
async def channel_to(place: Place, log: Logger) -> AsyncIterator[grpc.aio.Channel]:
    """A channel, for as long as somebody is inside.

    Raises:
        PlaceError: A file cannot be read.
    """
    if place.address:
        async with _remote(place) as channel:
            yield channel
    else:
        async with (
            _within(place.context, log) as address,
            grpc.aio.insecure_channel(address, _OPTIONS) as channel,
        ):
            yield channel


def metadata_of(place: Place) -> tuple[tuple[str, str], ...]:
    """What goes with a call: the token, where there is one. Raises PlaceError."""
    if place.token is None:
        return ()
    token = _read(place.token).strip()
    if not token or any(not _FIRST <= byte <= _LAST for byte in token):
        raise PlaceError(f"{place.token} holds no token: one line of visible ASCII characters is needed")
    return (("authorization", f"Bearer {token.decode()}"),)


@asynccontextmanager
async def _within(context: str, log: Logger) -> AsyncIterator[str]:
    """Serve the service in a folder that only we can enter, and give its address."""
    assembly = assemble(Settings(), log, context=context)
    with tempfile.TemporaryDirectory(prefix="rollouts-router-") as folder:
        address = f"unix:{folder}/socket"
        server = grpc.aio.server(options=_OPTIONS)
        traffic_router(assembly.desk, log)(server)
        server.add_insecure_port(address)
        await server.start()
        try:
            yield address
        finally:
            await server.stop(None)
            await assembly.aclose()


def _remote(place: Place) -> grpc.aio.Channel:
    if not place.tls:
        return grpc.aio.insecure_channel(place.address, _OPTIONS)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=_pem(place.authorities),
        private_key=_pem(place.key),
        certificate_chain=_pem(place.certificate),
    )
    return grpc.aio.secure_channel(place.address, credentials, _OPTIONS)


def _pem(path: Path | None) -> bytes | None:
    return None if path is None else _read(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PlaceError(f"{path} cannot be read: {error.strerror}") from error
