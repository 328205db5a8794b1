"""What the buyers of our documents say of them (ACECF)."""

import base64
from datetime import datetime, timedelta
from decimal import Decimal

from odoo.tests import tagged

from ..fiscal.ecf import messages, signature
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
