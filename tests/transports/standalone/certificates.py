"""Certificates made at test time. No assertion lives here."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Attributes: TypeAlias = Sequence[tuple[x509.ObjectIdentifier, str]]
CN, O = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME  # noqa: E741 - its name in every subject
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Both as files."""
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_bytes(self.pem)
        key.write_bytes(self.key_pem)
        return certificate, key


def authority(name: str = "tests") -> Issued:
    """Somebody who vouches for others."""
    return _issued([(CN, name)], None, None)


def server(by: Issued) -> Issued:
    """For a server on loopback."""
    return _issued([(CN, "server")], by, SERVER)


def client(by: Issued, *attributes: tuple[x509.ObjectIdentifier, str]) -> Issued:
    """For a client with these attributes, each of them on its own."""
    return _issued(attributes, by, CLIENT)


def name_of(attributes: Attributes) -> x509.Name:
    """A subject."""
    return x509.Name([x509.RelativeDistinguishedName([x509.NameAttribute(*each)]) for each in attributes])


def _issued(attributes: Attributes, by: Issued | None, usage: x509.ObjectIdentifier | None) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    name = name_of(attributes)
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by.certificate.subject if by is not None else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if usage is SERVER:
        here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([here]), critical=False)
    return Issued(builder.sign(by.key if by is not None else key, hashes.SHA256()), key)
