"""Certificates are verified unless a source says otherwise, and that source alone."""

import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawler.models import FetchFailure, Page
from tests.sources.conftest import Crawl, make_source
from tests.website import Website

DAY = timedelta(days=1)


class Authority:
    """Signs certificates for 127.0.0.1; `trust` makes this process believe in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.certificate = self._sign(self.name, self.key, authority=True)

    def trust(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bundle = self.folder / "authority.pem"
        bundle.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    def make_context(
        self, host: str = "127.0.0.1", ends: timedelta = DAY, *, self_signed: bool = False
    ) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = self._sign(name, key, host, ends, self_signed=self_signed)
        pem = self.folder / f"{certificate.serial_number}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def _sign(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        host: str = "",
        ends: timedelta = DAY,
        *,
        self_signed: bool = False,
        authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if self_signed else self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3 * DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(key if self_signed else self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def test_a_certificate_that_is_in_order_is_accepted(
    make_crawl: Callable[..., Crawl], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.trust(monkeypatch)
    with Website(tls=authority.make_context()) as site:
        site.page("/rss.xml", "<rss/>")
        answer = make_crawl(make_source(site)).poll(make_source(site))
        assert isinstance(answer, Page), answer


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"self_signed": True}, "certificate verify failed"),
        ({"ends": -DAY}, "certificate verify failed"),
        ({"host": "127.0.0.9"}, ""),
    ],
    ids=["self-signed", "expired", "another host's"],
)
def test_a_bad_certificate_is_refused_unless_its_own_source_says_otherwise(
    make_crawl: Callable[..., Crawl],
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    certificate: dict[str, object],
    reason: str,
) -> None:
    authority.trust(monkeypatch)
    with Website(tls=authority.make_context(**certificate)) as site:  # type: ignore[arg-type]  # see the parameters
        site.page("/rss.xml", "<rss/>")
        strict, lenient = make_source(site), make_source(site, name="lenient", verify_tls=False)
        lenient_answer = make_crawl(lenient).poll(lenient)
        assert isinstance(lenient_answer, Page), lenient_answer
        answer = make_crawl(strict, lenient).poll(strict)
        assert isinstance(answer, FetchFailure)
        assert answer.kind == "tls", answer
        assert reason in answer.detail
        assert len(site.seen("/rss.xml")) == 1


def test_a_good_certificate_vouches_for_no_other_host(
    make_crawl: Callable[..., Crawl], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All connections share what is trusted, none of them what was proved."""
    authority.trust(monkeypatch)
    with Website(tls=authority.make_context()) as good, Website(tls=authority.make_context("127.0.0.9")) as bad:
        good.page("/rss.xml", "<rss/>")
        bad.page("/rss.xml", "<rss/>")
        sources = make_source(good), make_source(bad, name="bad")
        crawl = make_crawl(*sources)
        answers = [crawl.poll(sources[number]) for number in (0, 1, 0)]
        assert [isinstance(answer, Page) for answer in answers] == [True, False, True]


def test_a_server_that_speaks_no_tls_is_a_failure(make_crawl: Callable[..., Crawl], site: Website) -> None:
    plain = make_source(site, timeout=timedelta(milliseconds=300))
    source = plain.model_copy(update={"url": plain.url.replace("http:", "https:")})
    answer = make_crawl(source).poll(source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind in ("tls", "connect", "timeout"), answer


def test_old_protocols_are_refused(make_crawl: Callable[..., Crawl], authority: Authority) -> None:
    context = authority.make_context()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with Website(tls=context) as site:
        source = make_source(site, verify_tls=False)
        answer = make_crawl(source).poll(source)
        assert isinstance(answer, FetchFailure)
        assert answer.kind in ("tls", "connect"), answer
