"""DIMSE with TLS: DCMTK calls us, and we call ourselves, with certificates of one authority."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from telehealth.images import Images
from tests.support.conference import Conference
from tests.support.dimse import a_peer, dcmtk, dimse_server, know
from viewer.dimse_client import echo
from viewer.dimse_stack import OwnEntity, TlsFiles

_AE = ("-aet", "DCMTK", "-aec", "TELEHEALTH")


def certificate(folder: Path, name: str) -> TlsFiles:
    """A self-signed certificate for localhost, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = folder / f"{name}.key"
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return TlsFiles(pem, secret, pem)


async def test_pa1_tls_is_spoken_and_asked_for(
    hospital: tuple[Conference, Images], tmp_path: Path
) -> None:
    meeting, images = hospital
    ours, strange = certificate(tmp_path, "ours"), certificate(tmp_path, "strange")
    own = OwnEntity("TELEHEALTH", ours)
    await know(meeting, a_peer("DCMTK", tls=True))
    async with dimse_server(meeting, images, tmp_path, own=own, tls=True) as server:
        shown = ("+tls", ours.key, ours.certificate, "+cf", ours.certificate)
        good = await dcmtk("echoscu", *shown, *_AE, "localhost", server.port)
        assert good.code == 0, good.output
        unknown = ("+tls", strange.key, strange.certificate, "+cf", ours.certificate)
        assert (await dcmtk("echoscu", *unknown, *_AE, "localhost", server.port)).code != 0
        assert (await dcmtk("echoscu", *_AE, "-ta", 5, "localhost", server.port)).code != 0
    async with dimse_server(meeting, images, tmp_path) as plain:
        refused = await dcmtk("echoscu", *_AE, "localhost", plain.port)
        assert refused.code != 0
        assert "Rejected" in refused.output


@pytest.mark.parametrize(
    ("trusted", "host", "reason"),
    [
        ("ours", "localhost", ""),
        ("strange", "localhost", "unreachable"),
        ("ours", "127.0.0.1", "unreachable"),
    ],
)
async def test_pa1_we_call_only_whom_the_authority_names(
    hospital: tuple[Conference, Images], tmp_path: Path, trusted: str, host: str, reason: str
) -> None:
    meeting, images = hospital
    known = {name: certificate(tmp_path, name) for name in ("ours", "strange")}
    served = OwnEntity("PACS", TlsFiles(known["ours"].certificate, known["ours"].key))
    await know(meeting, a_peer("TELEHEALTH"))
    async with dimse_server(meeting, images, tmp_path, own=served, tls=True) as server:
        own = OwnEntity("TELEHEALTH", TlsFiles(authorities=known[trusted].authorities))
        peer = a_peer("PACS", server.port, host=host, tls=True)
        assert await asyncio.to_thread(echo, own, peer) == reason
