"""TLS and client certificates, through real connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from tests.transports.serving import Lines
from tests.transports.standalone import certificates
from tests.transports.standalone.certificates import CN, Issued, O
from tests.transports.standalone.served import QUICK, Served, code_of, method, said, served

from rollouts_router.transports.standalone.tls import TlsError, TlsFiles

Code = grpc.StatusCode


@dataclass
class Site:
    """Files of a server and the two authorities."""

    folder: Path
    servers: Issued
    clients: Issued
    files: TlsFiles

    def renew(self, by: Issued) -> None:
        """Put another certificate in place, as whoever issues them does."""
        certificates.server(by).write(self.folder, "server")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    servers, clients = certificates.authority(), certificates.authority("clients")
    certificate, key = certificates.server(servers).write(tmp_path, "server")
    ca, _ = clients.write(tmp_path, "clients")
    return Site(tmp_path, servers, clients, TlsFiles(certificate=certificate, key=key, client_ca=ca))


@asynccontextmanager
async def serving(files: TlsFiles, log: Lines) -> AsyncIterator[Served]:
    async with served(QUICK, credentials=files.credentials(log)) as server:
        yield server


async def called(server: Served, trusts: Issued, shows: Issued | None = None) -> tuple[Code, str]:
    """How a call over TLS ends."""
    pair = (shows.key_pem, shows.pem) if shows is not None else (None, None)
    credentials = grpc.ssl_channel_credentials(trusts.pem, *pair)
    own = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.secure_channel(str(server.where), credentials, options=own) as channel:
        return await code_of(method(channel, "single")(said()))


async def test_a_client_shows_who_it_is_by_its_certificate(site: Site) -> None:
    alice = certificates.client(site.clients, (CN, "alice,O=masters"), (O, "devs"), (O, "öps"))
    async with serving(site.files, Lines()) as server:
        assert (await called(server, site.servers, alice))[0] is Code.OK

    assert [each.subject for each in server.door.seen] == [r"O=\C3\B6ps,O=devs,CN=alice\,O=masters"]


async def test_nobody_else_gets_in(site: Site) -> None:
    """No certificate, one of another authority, one that is for servers, and no TLS at all."""
    strangers = {
        "without": None,
        "of another authority": certificates.client(certificates.authority("clients"), (CN, "alice")),
        "of the server's own authority": certificates.client(site.servers, (CN, "alice")),
        "for servers": certificates.server(site.clients),
    }
    alice = certificates.client(site.clients, (CN, "alice"))
    async with serving(site.files, Lines()) as server:
        codes = {name: (await called(server, site.servers, shown))[0] for name, shown in strangers.items()}
        async with server.channel() as plain:
            codes["plain text"] = (await code_of(method(plain, "single")(said())))[0]
        assert (await called(server, site.servers, alice))[0] is Code.OK

    assert codes == dict.fromkeys([*strangers, "plain text"], Code.UNAVAILABLE)
    assert len(server.door.seen) == 1


async def test_without_an_authority_for_clients_none_is_asked_for(site: Site) -> None:
    files = TlsFiles(certificate=site.files.certificate, key=site.files.key)
    async with serving(files, Lines()) as server:
        assert (await called(server, site.servers))[0] is Code.OK

    assert [each.subject for each in server.door.seen] == [""]


async def test_a_renewed_certificate_counts_from_the_next_connection(site: Site) -> None:
    log, renewed = Lines(), certificates.authority("renewed")
    files = TlsFiles(certificate=site.files.certificate, key=site.files.key)
    async with serving(files, log) as server:
        before = [(await called(server, by))[0] for by in (site.servers, renewed)]
        site.renew(renewed)
        after = [(await called(server, by))[0] for by in (site.servers, renewed)]

    assert (before, after) == ([Code.OK, Code.UNAVAILABLE], [Code.UNAVAILABLE, Code.OK])
    assert [event for _, event, _ in log.said] == ["the TLS files were read again"]


async def test_a_renewed_file_that_cannot_be_used_leaves_the_former_one_and_is_told_once(site: Site) -> None:
    log = Lines()
    files = TlsFiles(certificate=site.files.certificate, key=site.files.key)
    async with serving(files, log) as server:
        site.files.key.write_text("no key")
        codes = [(await called(server, site.servers))[0] for _ in range(2)]

    assert codes == [Code.OK, Code.OK]
    assert [(level, event) for level, event, _ in log.said] == [
        ("warning", "the TLS files changed and cannot be used; the former ones stay")
    ]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("certificate", r"server\.crt and .*server\.key are no pair"),
        ("key", r"server\.crt and .*server\.key are no pair"),
        ("client_ca", r"clients\.crt holds no certificate"),
    ],
)
@pytest.mark.parametrize("content", ["", "garbage"])
def test_files_that_cannot_be_used_are_named(site: Site, broken: str, reason: str, content: str) -> None:
    getattr(site.files, broken).write_text(content)

    with pytest.raises(TlsError, match=reason):
        site.files.credentials(Lines())


def test_a_file_that_is_not_there_is_named(site: Site) -> None:
    site.files.key.unlink()

    with pytest.raises(TlsError, match=r"server\.key: No such file"):
        site.files.credentials(Lines())


def test_a_key_of_another_certificate_is_refused(site: Site) -> None:
    site.files.key.write_bytes(site.clients.key_pem)

    with pytest.raises(TlsError, match="no pair"):
        site.files.credentials(Lines())


def test_a_locked_key_is_refused_without_asking_for_its_password(site: Site) -> None:
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - only here

    locked = site.servers.key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"hidden")
    )
    site.files.key.write_bytes(locked)

    with pytest.raises(TlsError, match="no pair"):
        site.files.credentials(Lines())
