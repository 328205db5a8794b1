"""Documents on their way to buyers who receive electronically."""

from dataclasses import replace

from ...fiscal.ecf import (
    dgii_receivers,
    signature,
)
from ...fiscal.ecf.dgii_answers import Recipient
from ...fiscal.ecf.dgii_http import (
    Refused,
)
from ..dgii_client_case import E31, DgiiClientCase, named
from ..dgii_sim import (
    BUYER,
    ISSUER,
    approval,
    ecf,
)
from ..ecf_signers import signer


class TestReceivers(DgiiClientCase):
    def setUp(self):
        super().setUp()
        self.sim.set(directory=[{"rnc": BUYER}])
        self.receivers = dgii_receivers.ReceiverClient(
            signer(), self.tokens, now=lambda: self.clock, allow_private=True
        )
        self.addCleanup(self.receivers.close)

    def test_the_buyer_acknowledges_with_a_signature(self):
        entry = self.client.recipient(BUYER)
        answer = self.receivers.send(entry, ecf(), named(E31))
        self.assertTrue(answer.received)
        self.assertEqual((answer.issuer, answer.encf), (ISSUER, E31))
        verdict = signature.verify(answer.body)
        self.assertTrue(verdict.ok, verdict.message)
        self.assertEqual(verdict.certificate.name, "RECEPTOR DE PRUEBA")

    def test_why_a_document_is_not_acknowledged(self):
        entry = self.client.recipient(BUYER)
        broken = ecf().replace(b"21:15:03", b"21:15:04")
        stranger = ecf(2, "31", (f">{BUYER}<", ">130000002<"))
        reasons = []
        for xml in (b"<x></x>", broken, stranger, ecf(), ecf()):
            reasons.append(self.receivers.send(entry, xml, named(E31)).reason)
        self.assertEqual(reasons, ["1", "2", "4", "", "3"])

    def test_a_receiver_that_asks_who_we_are(self):
        self.sim.set(directory=[{"rnc": BUYER, "autenticacion": True}])
        entry = self.client.recipient(BUYER)
        self.assertTrue(self.receivers.send(entry, ecf(), named(E31)).received)
        self.assertEqual(len(self.tokens), 2)
        self.sim.expire_tokens()
        self.assertEqual(self.receivers.send(entry, ecf(), named(E31)).reason, "3")
        silent = Recipient("x", BUYER, entry.reception_url)
        with self.assertRaises(Refused):
            self.receivers.send(silent, ecf(), named(E31))

    def test_a_seed_is_asked_for_by_who_was_refused_without_a_token(self):
        """What a stranger gives is signed in our name only where he demands it."""
        entry = self.client.recipient(BUYER)
        named_one = replace(entry, authentication_url=entry.reception_url)
        signed = len(self.tokens)
        self.assertTrue(self.receivers.send(named_one, ecf(), named(E31)).received)
        self.assertEqual(self.calls("receptor"), 1, "the receipt, and nothing else")
        self.assertEqual(len(self.tokens), signed)
        self.sim.set(directory=[{"rnc": BUYER, "autenticacion": True}])
        entry = self.client.recipient(BUYER)
        self.assertEqual(self.receivers.send(entry, ecf(), named(E31)).reason, "3")
        # refused, seed, its token, received
        self.assertEqual(self.calls("receptor"), 1 + 4)

    def test_an_approval_goes_to_the_issuer(self):
        entry = self.client.recipient(BUYER)
        self.receivers.send_approval(entry, approval(E31), named(E31, BUYER))
        with self.assertRaises(Refused):
            self.receivers.send_approval(entry, ecf(), named(E31, BUYER))

    def test_an_address_may_be_given_whole(self):
        base = f"{self.sim.url}/receptor/{BUYER}"
        entry = Recipient("x", BUYER, f"{base}/FE/Recepcion/api/ECF")
        self.assertTrue(self.receivers.send(entry, ecf(), named(E31)).received)

    def test_addresses_that_lead_inside_are_not_called(self):
        careful = dgii_receivers.ReceiverClient(signer(), self.tokens)
        for url in (
            self.sim.url,
            "https://127.0.0.1/x",
            "https://localhost/x",
            "https://192.168.1.1",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://db.internal",
            "https://user:pass@example.com",
            "https://example.com:x",
            "file:///etc/passwd",
            "",
        ):
            with self.subTest(url=url), self.assertRaises(Refused):
                careful.send(Recipient("x", BUYER, url), ecf(), named(E31))
        self.assertEqual(self.calls("receptor"), 0)
