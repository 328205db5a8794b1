"""What the buyers of our documents say of them (ACECF)."""

import base64
import json
from ast import literal_eval
from datetime import date, datetime, timedelta
from decimal import Decimal

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...fiscal.ecf import messages, signature
from ...fiscal.ecf.self_signed import self_signed
from ..ecf_case import EcfCase
from ..ecf_reception import SUPPLIER, ReceptionMixin, xmlsec_holds
from ..ecf_signers import signer


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
        self.confirm(self.ecf.buyer_rnc)

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
        self.send(messages.REFUSED)
        self.assertEqual(self.ecf.buyer_answer, "refused")

    def stranger(self):
        """A certificate that anybody can make, in the buyer's own name."""
        return self_signed("El cliente", self.ecf.buyer_rnc, datetime.now())

    def test_word_of_a_stranger_is_shown_and_gives_way_to_the_buyers(self):
        self.send(messages.REFUSED, by=self.stranger())
        self.assertEqual(self.ecf.buyer_answer, "refused")
        self.assertFalse(self.ecf.buyer_answer_trusted)
        self.send()
        self.assertEqual(self.ecf.buyer_answer, "approved")
        self.assertTrue(self.ecf.buyer_answer_trusted)
        self.assertEqual(self.ecf.buyer_answer_signer, signer().info.name)
        # and afterwards no stranger changes it
        self.assertProblem(
            "BAD_REQUEST", self.send, messages.REFUSED, by=self.stranger()
        )
        self.send(by=self.stranger())
        self.assertEqual(self.ecf.buyer_answer_signer, signer().info.name)

    def test_strangers_who_contradict_each_other_leave_a_dispute(self):
        self.send(messages.REFUSED, by=self.stranger())
        kept = self.ecf.buyer_answer_xml
        self.send(by=self.stranger())
        self.assertEqual(self.ecf.buyer_answer, "refused")
        self.assertEqual(self.ecf.buyer_answer_xml, kept)
        self.assertTrue(self.ecf.buyer_answer_disputed)
        self.send()
        self.assertFalse(self.ecf.buyer_answer_disputed)

    def test_person_confirms_or_drops_the_word_of_a_stranger(self):
        accountant = self.ecf.with_user(self.ref("user_accountant")).sudo(False)
        self.assertRaises(UserError, accountant.action_drop_buyer_answer)
        stranger = self.stranger()
        self.send(messages.REFUSED, by=stranger)
        cashier = self.ecf.with_user(self.ref("user_cashier")).sudo(False)
        for name in ("action_confirm_buyer_signer", "action_drop_buyer_answer"):
            self.assertRaises(AccessError, getattr(cashier, name))
        accountant.action_drop_buyer_answer()
        self.assertFalse(self.ecf.buyer_answer)
        self.send(messages.REFUSED, by=stranger)
        accountant.action_confirm_buyer_signer()
        self.assertTrue(self.ecf.buyer_answer_trusted)
        self.assertRaises(UserError, accountant.action_drop_buyer_answer)
        self.assertProblem("BAD_REQUEST", self.send)
        # what was confirmed counts for the buyer's next documents
        _answer, other, _document = self.sell(
            fiscal_type="E31", partner_id=self.buyer.id
        )
        self.ecf = other
        self.send(messages.REFUSED, by=stranger)
        self.assertTrue(other.buyer_answer_trusted)

    def test_amount_without_decimals_and_version_1_are_read_by_value(self):
        """As DGII writes in steps 10 and 11 of the certification."""
        xml = self.approval(self.ecf)
        total = f"{self.ecf.amount_total:.2f}"
        self.assertTrue(total.endswith("0"), total)
        xml = xml.replace(
            f">{total}<".encode(), f">{total.rstrip('0').rstrip('.')}<".encode()
        )
        xml = xml.replace(b"<Version>1.0<", b"<Version>1<")
        xml = xml.replace(b"<FechaHora", b"<DetalleMotivoRechazo/><FechaHora")
        self.receiver.take_approval(signature.sign(xml, signer()))
        self.assertEqual(self.ecf.buyer_answer, "approved")

    def test_approval_of_the_certification_set_finds_its_document(self):
        """Also where a document of the simulation (step 4) has the same number."""
        row = {
            "Version": "1.0",
            "TipoeCF": "31",
            "ENCF": self.ecf.name,
            "FechaVencimientoSecuencia": "31-12-2027",
            "TipoIngresos": "01",
            "TipoPago": "1",
            "RNCEmisor": self.company.vat,
            "RazonSocialEmisor": "EL CONUCO",
            "DireccionEmisor": "CALLE 1",
            "FechaEmision": "01-04-2020",
            "RNCComprador": "131880681",
            "RazonSocialComprador": "DOCUMENTOS ELECTRONICOS DE PRUEBA",
            "MontoExento": "35400.00",
            "MontoTotal": "35400.00",
            "NumeroLinea[1]": "1",
            "IndicadorFacturacion[1]": "4",
            "NombreItem[1]": "Servicio",
            "IndicadorBienoServicio[1]": "2",
            "CantidadItem[1]": "1",
            "PrecioUnitarioItem[1]": "35400.00",
            "MontoItem[1]": "35400.00",
        }
        data_set = self.env["nu.pos.ecf.certification"].create(
            {
                "company_id": self.company.id,
                "file": base64.b64encode(json.dumps({"ECF": [row]}).encode()),
            }
        )
        data_set.action_load()
        told = {
            "issue_date": date(2020, 4, 1),
            "total": Decimal("35400.00"),
            "buyer": "131880657",
        }
        stranger = self_signed("DGII PRUEBAS", "00100000017", datetime.now())
        xml = self.approval(self.ecf, **told)
        self.receiver.take_approval(signature.sign(xml, stranger))
        line = data_set.line_ids
        self.assertEqual(line.buyer_answer, "approved")
        self.assertEqual(
            line.buyer_answer_note,
            "RNCComprador is 131880657, in the set 131880681",
            "told, and no reason to refuse",
        )
        self.assertFalse(self.ecf.buyer_answer)
        # whoever answers for our own document is heard as ever
        self.send(messages.REFUSED)
        self.assertEqual(
            (self.ecf.buyer_answer, line.buyer_answer), ("refused", "approved")
        )
        self.company.nu_ecf_environment = "ecf"
        self.assertProblem(
            "BAD_REQUEST",
            self.receiver.take_approval,
            signature.sign(xml, stranger),
        )

    def test_document_signed_anew_under_its_number_is_found(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ecf SET state = 'rejected', number_lives = true"
            " WHERE id = %s",
            [self.ecf.id],
        )
        self.env.invalidate_all()
        self.ecf.with_user(self.ref("user_manager")).sudo(False).action_correct()
        self.env.invalidate_all()
        self.ecf = self.env["nu.pos.ecf"].search([("corrects_id", "=", self.ecf.id)])
        self.send()
        self.assertEqual(self.ecf.buyer_answer, "approved")

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
        self.assertTrue(self.ecf.buyer_answer_trusted)
        self.assertEqual(
            self.ecf.buyer_answer_name, f"{self.ecf.buyer_rnc}{self.ecf.name}.xml"
        )
