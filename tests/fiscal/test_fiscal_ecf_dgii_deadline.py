"""A call ends in time, whatever the other side does, and reaches public places only."""

import datetime as dt
import ipaddress
import socket
import ssl
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from odoo.tests.common import _super_send

from ...fiscal.ecf import dgii_connection, dgii_reading
from ...fiscal.ecf.dgii_connection import (
    AddressError,
    Deadline,
    address_problem,
    is_public,
    public_addresses,
)
from ...fiscal.ecf.dgii_http import (
    BadAnswer,
    Refused,
    Timeouts,
    Transport,
    Unavailable,
    Unknown,
)
from ..ecf_signers import new_key
from ..pure_case import PureCase

#: The whole call may take this long; other limits are far away.
WHOLE = 0.6
TIMEOUTS = Timeouts(connect=5, read=30, whole=WHOLE)
NAME = "fe.example.com"


@contextmanager
def serving(behave, wrap=None):
    """A server of one behaviour a connection: ``behave(connection)``; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def run():
        while not stopped.is_set():
            try:
                connection, _address = listening.accept()
                with connection:
                    behave(wrap(connection) if wrap else connection, stopped)
            except OSError:
                continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        stopped.set()
        # wakes accept
        socket.socket.shutdown(listening, socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def drip(connection, stopped, pieces):
    """Send one piece after the other, slowly, until nobody listens."""
    connection.recv(1 << 16)
    for piece in pieces:
        connection.sendall(piece)
        if stopped.wait(0.05):
            return


def for_ever(piece, begin=b""):
    yield begin or piece
    while True:
        yield piece


def silent(_connection, stopped):
    stopped.wait(30)


class TestDeadline(PureCase):
    def setUp(self):
        super().setUp()
        self.transport = Transport(timeouts=TIMEOUTS)
        self.addCleanup(self.transport.session.close)

    def assertGivenUp(self, behave, kind=Unknown, writes=True, xml=b"<x/>"):
        with serving(behave) as port:
            began = time.monotonic()
            with self.assertRaises(kind) as caught:
                self.transport.post_xml(
                    "x", f"http://127.0.0.1:{port}/", "x.xml", xml, writes=writes
                )
            lasted = time.monotonic() - began
        self.assertIn("too long", str(caught.exception))
        self.assertGreaterEqual(lasted, WHOLE * 0.9)
        # other work on this machine may slow the threads down
        self.assertLess(lasted, WHOLE + 4)
        return caught.exception

    def test_body_that_drips(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
        error = self.assertGivenUp(lambda c, s: drip(c, s, for_ever(b" ", head)))
        self.assertTrue(error.may_be_received)
        self.assertGivenUp(
            lambda c, s: drip(c, s, for_ever(b" ", head)), Unavailable, writes=False
        )

    def test_body_without_length_that_drips(self):
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"
        self.assertGivenUp(lambda c, s: drip(c, s, for_ever(b" ", head)))

    def test_chunks_that_drip(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertGivenUp(lambda c, s: drip(c, s, for_ever(b"1\r\n \r\n", head)))

    def test_headers_that_drip(self):
        head = b"HTTP/1.1 200 OK\r\n"
        self.assertGivenUp(lambda c, s: drip(c, s, for_ever(b"X: y\r\n", head)))

    def test_status_line_that_drips(self):
        self.assertGivenUp(lambda c, s: drip(c, s, for_ever(b"H")))

    def test_one_informational_answer_after_the_other(self):
        again = b"HTTP/1.1 100 Continue\r\n\r\n"
        self.assertGivenUp(lambda c, s: drip(c, s, for_ever(again)))

    def test_server_that_says_nothing(self):
        self.assertGivenUp(silent)

    def test_server_that_does_not_take_the_document(self):
        self.assertGivenUp(silent, xml=b" " * (16 << 20))

    def test_deadline_is_over_with_its_call(self):
        """A connection that is kept open is not closed by the deadline of before."""

        def answer(connection, _stopped):
            for _call in range(2):
                connection.recv(1 << 16)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                time.sleep(0.01)

        with serving(answer) as port:
            url = f"http://127.0.0.1:{port}/"
            self.assertEqual(self.transport.get("x", url).body, b"{}")
            time.sleep(WHOLE + 0.2)
            self.assertEqual(self.transport.get("x", url).body, b"{}")
        self.assertIsNone(Deadline.current())
        timers = [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
        self.assertEqual([t for t in timers if t.function.__name__ == "_expire"], [])


class TestPublicAddresses(PureCase):
    @classmethod
    def _request_handler(cls, session, request, /, **options):
        # by name: a patch of the test, or nothing, answers for the names used here
        return _super_send(session, request, **options)

    def test_texts_that_lead_inside(self):
        for url in (
            "https://127.0.0.1/x", "https://localhost/x", "https://localhost./x",
            "https://192.168.1.1", "https://[::1]/", "https://169.254.169.254/latest",
            "https://db.internal", "https://db.internal.", "https://x.local.",
            "https://127.1", "https://0x7f.0.0.1", "https://0177.0.0.1",
            "https://2130706433", "https://[::127.0.0.1]", "https://[64:ff9b::7f00:1]",
            "https://[::ffff:10.0.0.1]", "https://[2002:7f00:1::]", "https://[fe80::1]",
            "https://[::]", "https://0.0.0.0", "https://224.0.0.1", "https://nombre",
            "https://user:pass@example.com", "https://example.com:x", "file:///etc/x",
            "https://fe.example..com", "https://", "http://fe.example.com", "",
            "https://fe.example.com:22", "https://fe.example.com:8443",
        ):  # fmt: skip
            with self.subTest(url=url):
                self.assertTrue(address_problem(url))

    def test_texts_that_lead_outside(self):
        for url in (
            "https://fe.example.com", "https://fe.example.com.", "https://8.8.8.8/fe",
            "https://fe.example.com:443/x", "https://[2606:4700::1111]/fe",
            "https://3m.com.do", "https://[64:ff9b::808:808]",
        ):  # fmt: skip
            with self.subTest(url=url):
                self.assertIsNone(address_problem(url))
        self.assertIsNone(address_problem("https://fe.example.com:8443", (443, 8443)))

    def test_wrapped_addresses_are_unwrapped(self):
        for inner in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1"):
            number = int(ipaddress.IPv4Address(inner))
            for network, shift in (("64:ff9b::", 0), ("::ffff:0:0", 0), ("2002::", 80)):
                wrapped = int(ipaddress.IPv6Address(network)) | number << shift
                with self.subTest(inner=inner, network=network):
                    self.assertFalse(is_public(str(ipaddress.IPv6Address(wrapped))))

    def test_name_with_one_private_address_is_refused(self):
        for addresses in (["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["fd00::1"], []):
            with self.subTest(addresses=addresses), _resolving(*addresses):
                self.assertRaises(AddressError, public_addresses, NAME, 443)
        with _resolving(*[f"8.8.8.{n}" for n in range(1, 100)]):
            self.assertEqual(len(public_addresses(NAME, 443)), 3)

    def test_private_address_of_a_public_name_is_never_called(self):
        transport = Transport(timeouts=TIMEOUTS, public_only=True)
        self.addCleanup(transport.session.close)
        with serving(silent) as port, _resolving("127.0.0.1"):
            with self.assertRaisesRegex(Refused, "not public"):
                transport.get("x", f"https://{NAME}:{port}/")
            with self.assertRaisesRegex(Refused, "not https"):
                transport.get("x", f"http://{NAME}:{port}/")

    def trusting(self, authority, **options):
        transport = Transport(timeouts=Timeouts(5, 5, 20), **options)
        self.addCleanup(transport.session.close)
        # the environment may name other authorities, or a proxy
        transport.session.trust_env = False
        transport.session.verify = str(authority)
        return transport

    def test_address_that_was_checked_is_the_one_that_is_called(self):
        """And the certificate is still that of the name."""
        with tempfile.TemporaryDirectory() as folder, _tls(folder) as (port, authority):
            for name, right in ((NAME, True), ("otra.example.com", False)):
                transport = self.trusting(authority, public_only=True)
                with _checked("127.0.0.1"), self.subTest(name=name):
                    url = f"https://{name}:{port}/"
                    if right:
                        self.assertEqual(transport.get("x", url).body, b"{}")
                    else:
                        self.assertRaises(Unavailable, transport.get, "x", url)

    def test_line_cut_after_the_document_left_is_no_call_that_never_was(self):
        def cut(connection, _stopped):
            connection.recv(1 << 16)

        with tempfile.TemporaryDirectory() as folder, _tls(folder, cut) as (port, ca):
            transport = self.trusting(ca)
            with (
                patch.object(socket, "getaddrinfo", _answers("127.0.0.1")),
                self.assertRaises(Unknown) as caught,
            ):
                url = f"https://{NAME}:{port}/"
                transport.post_xml("x", url, "x.xml", b"<x/>", writes=True)
            self.assertTrue(caught.exception.may_be_received)

    def test_proxy_of_ours_is_asked_for_public_names_only(self):
        transport = Transport(timeouts=TIMEOUTS, public_only=True)
        self.addCleanup(transport.session.close)
        transport.session.trust_env = False
        with serving(silent) as port, _resolving("10.0.0.1"):
            transport.session.proxies = {"https": f"http://127.0.0.1:{port}"}
            with self.assertRaisesRegex(Refused, "not public"):
                transport.get("x", f"https://{NAME}/")


class TestSeeds(PureCase):
    SPACES = (
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    )

    def seed(self, spaces="", value="abc+/=", moment="2026-11-20T10:00:00Z", more=""):
        return (
            f"<SemillaModel{spaces}><valor>{value}</valor><fecha>{moment}</fecha>{more}"
            "</SemillaModel>"
        ).encode()

    def test_seeds_of_dgii_and_of_receivers_are_read(self):
        for xml in (
            self.seed(),
            self.seed(self.SPACES, "A" * 1000, "2026-11-20T10:00:00.1234567-04:00"),
            self.seed().replace(b"><", b">\n  <"),
            b'<?xml version="1.0" encoding="utf-8"?>' + self.seed(),
        ):
            self.assertTrue(dgii_reading.read_seed(xml))

    def test_what_is_more_than_a_seed_is_not_signed(self):
        for xml in (
            self.seed(value=""),
            self.seed(value="a b"),
            self.seed(value="A" * 5000),
            self.seed(value="<x/>"),
            self.seed(moment="hoy"),
            self.seed(moment="2026-11-20T10:00:00Z and I owe you 1,000"),
            self.seed(more="<debo>1000</debo>"),
            self.seed(more="<!-- x -->"),
            self.seed(' xmlns="http://example.com/contrato"'),
            self.seed(' xmlns:otro="http://example.com/contrato"'),
            self.seed(' id="x"'),
            self.seed().replace(b"<valor>", b'<valor x="1">'),
            self.seed().replace(b"SemillaModel", b"Contrato"),
            b"<SemillaModel/>",
            b"<SemillaModel><fecha>2026-11-20T10:00:00Z</fecha><valor>a</valor>"
            b"</SemillaModel>",
        ):
            with self.subTest(xml=xml[:80]):
                self.assertRaises(BadAnswer, dgii_reading.read_seed, xml)


def _answers(*addresses):
    def look_up(_host, port, *_arguments, **_options):
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in addresses
        ]

    return look_up


@contextmanager
def _resolving(*addresses):
    with patch.object(socket, "getaddrinfo", _answers(*addresses)):
        yield


@contextmanager
def _checked(address):
    """The check passes, as for a public address, and this one is called."""
    with patch.object(
        dgii_connection, "public_addresses", lambda _host, _port: [address]
    ):
        yield


@contextmanager
def _tls(folder, behave=None):
    """A server of https for ``NAME``: ``(port, file with its certificate)``."""

    def answer(connection, _stopped):
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    key, path = new_key(), Path(folder)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (path / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path / "cert.pem", path / "key.pem")
    with serving(
        behave or answer, lambda c: context.wrap_socket(c, server_side=True)
    ) as port:
        yield port, path / "cert.pem"
