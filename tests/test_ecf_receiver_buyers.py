"""What the buyers of our documents say of them (ACECF)."""

import base64
from ast import literal_eval
from datetime import datetime, timedelta
from decimal import Decimal

from lxml import etree

from odoo.tests import tagged

from ..fiscal.ecf import messages, signature
from ..fiscal.ecf.self_signed import self_signed
from .ecf_reception import SUPPLIER, ReceptionMixin, xmlsec_holds
from .ecf_signers import signer
from .test_ecf_sale import EcfCase


@tagged("post_install", "-at_install")
class TestApprovalsOfOurBuyers(ReceptionMixin, EcfCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_reception()

    def setUp(self):
        super().setUp()
        _answer, self.ecf, _document = self.sell(
            fiscal_type="E31", partner_id=self.buyer.id
        )

    def send(self, *args, by=None, **values):
        xml = self.approval(self.ecf, *args, **values)
        self.receiver.take_approval(signature.sign(xml, by or signer()))
        self.env.invalidate_all()

    def test_approval_is_kept_on_our_document(self):
        self.send()
        self.assertEqual(self.ecf.buyer_answer, "approved")
        self.assertTrue(self.ecf.buyer_answer_date)
        self.assertEqual(self.ecf.buyer_answer_signer, signer().info.name)
        self.assertTrue(xmlsec_holds(base64.b64decode(self.ecf.buyer_answer_xml)))

    def test_rejection_brings_its_reason(self):
        self.send(messages.REFUSED)
        self.assertEqual(self.ecf.buyer_answer, "refused")
        self.assertEqual(self.ecf.buyer_answer_reason, "No fue recibida")

    def test_first_word_stands(self):
        self.send()
        kept = self.ecf.buyer_answer_xml
        self.send(moment=datetime.now() - timedelta(minutes=5))
        self.assertEqual(self.ecf.buyer_answer_xml, kept)
        self.assertProblem("BAD_REQUEST", self.send, messages.REFUSED)
        self.assertEqual(self.ecf.buyer_answer, "approved")

    def test_approval_of_nothing_we_issued_is_refused(self):
        for values in (
            {"encf": "E319999999999"},
            {"issuer": SUPPLIER},
            {"buyer": SUPPLIER},
            {"total": Decimal(1)},
            {"issue_date": self.ecf.date_issue - timedelta(days=1)},
        ):
            with self.subTest(values=values):
                problem = self.assertProblem("BAD_REQUEST", self.send, **values)
                self.assertIn("no such document", problem.detail)
        self.assertFalse(self.ecf.buyer_answer)

    def test_approval_that_is_not_signed_well_is_refused(self):
        xml = self.approval(self.ecf)
        self.assertProblem("BAD_REQUEST", self.receiver.take_approval, xml)
        signed = signature.sign(xml, signer())
        changed = signed.replace(b"<Estado>1", b"<Estado>2")
        self.assertProblem("BAD_REQUEST", self.receiver.take_approval, changed)
        self.assertProblem("BAD_REQUEST", self.receiver.take_approval, self.file())
        self.assertFalse(self.ecf.buyer_answer)

    def test_certificate_of_another_company_answers_for_nobody_else(self):
        other = self_signed("Otra SRL", SUPPLIER, datetime.now())
        self.assertNotEqual(self.ecf.buyer_rnc, SUPPLIER)
        self.assertProblem("BAD_REQUEST", self.send, messages.REFUSED, by=other)
        self.assertFalse(self.ecf.buyer_answer)
        own = self_signed("El cliente", self.ecf.buyer_rnc, datetime.now())
        self.send(messages.REFUSED, by=own)
        self.assertEqual(self.ecf.buyer_answer, "refused")

    def test_what_a_buyer_rejects_is_seen_in_the_back_office(self):
        self.send(messages.REFUSED)
        views = self.env["nu.pos.ecf"].get_views(
            [(False, "list"), (False, "form"), (False, "search")]
        )["views"]
        arch = {kind: etree.fromstring(views[kind]["arch"]) for kind in views}
        self.assertIn("buyer_answer", arch["list"].xpath("//field/@name"))
        shown = set(arch["form"].xpath("//field/@name"))
        for name in ("", "_reason", "_date", "_signer", "_trusted", "_xml"):
            self.assertIn(f"buyer_answer{name}", shown)
        [domain] = arch["search"].xpath("//filter[@name='buyer_rejected']/@domain")
        found = self.env["nu.pos.ecf"].search(literal_eval(domain))
        self.assertEqual(found, self.ecf)
        self.assertFalse(self.ecf.buyer_answer_trusted)
        self.assertEqual(
            self.ecf.buyer_answer_name, f"{self.ecf.buyer_rnc}{self.ecf.name}.xml"
        )
