"""What is received, and what is refused and why."""

import base64
from datetime import datetime, timedelta

from lxml import etree

from odoo.tests import tagged

from ...fiscal.ecf import messages, signature
from ...fiscal.ecf.description import Buyer
from ...fiscal.ecf.self_signed import self_signed
from ...fiscal.ecf.signature_parts import ENVELOPED, EXC_C14N
from ..ecf_reception import SUPPLIER, ReceptionCase, line
from ..ecf_signers import OtherSoftware


@tagged("post_install", "-at_install")
class TestReception(ReceptionCase):
    def test_invoice_is_received_and_its_acknowledgement_signed_by_us(self):
        xml = self.file()
        receipt, record = self.take(xml)
        self.assertEqual(receipt.status, messages.RECEIVED)
        self.assertIsNone(receipt.reason)
        self.assertEqual((receipt.issuer, receipt.encf), (SUPPLIER, record.name))
        self.assertEqual(receipt.buyer, self.company.vat)
        verdict = signature.verify(record.arecf.encode())
        ours = self.certificates._of(self.company)
        self.assertEqual(verdict.certificate.serial, ours.serial)
        self.assertEqual(record.state, "received")
        self.assertEqual(record.company_id, self.company)
        self.assertEqual(record.issuer_name, "DISTRIBUIDORA EJEMPLO SRL")
        self.assertEqual(record.document_type_id, self.type("E31"))
        self.assertEqual((record.amount_total, record.amount_itbis), (236.0, 36.0))
        self.assertEqual(str(record.date_issue), "2026-11-20")
        self.assertEqual(record.signer_number, "00113918205")
        self.assertEqual(record.source, "203.0.113.7")
        self.assertEqual(base64.b64decode(record.xml), xml)

    def test_same_bytes_again_get_the_same_acknowledgement(self):
        xml = self.file()
        first = self.receiver.receive(xml)
        again = self.receiver.receive(xml)
        self.assertEqual(first, again)
        record = self.received.search([("issuer_rnc", "=", SUPPLIER)])
        self.assertEqual((len(record), record.deliveries), (1, 2))

    def test_another_content_under_a_received_number_is_sent_twice(self):
        _receipt, kept = self.take(self.file())
        self.assertRefused(self.file(lines=[line(price="999.00")]), 3)
        self.assertEqual(kept.amount_total, 236.0)

    def test_same_number_of_another_issuer_is_another_document(self):
        self.take(self.file())
        other = self.document().issuer
        issuer = type(other)(rnc="101672919", name="OTRA", address="CALLE 2")
        receipt, _record = self.take(self.file(issuer=issuer))
        self.assertEqual(receipt.status, messages.RECEIVED)

    def test_document_of_another_buyer_is_not_ours(self):
        buyer = Buyer(rnc="101672919", name="OTRO")
        record = self.assertRefused(self.file(buyer=buyer), 4)
        receipt = messages.parse_arecf(record.arecf.encode())
        self.assertEqual(receipt.buyer, "101672919")

    def test_document_without_buyer_is_not_ours(self):
        self.assertRefused(self.file(kind="32", buyer=None), 4)

    def test_changed_document_is_a_signature_error(self):
        xml = self.file().replace(b"<NombreItem>Arroz", b"<NombreItem>Arena")
        self.assertRefused(xml, 2, "changed after it was signed")

    def test_unsigned_document_is_a_signature_error(self):
        xml = self.file()
        start, end = xml.index(b"<Signature"), xml.index(b"</Signature>")
        self.assertRefused(xml[:start] + xml[end + 12 :], 2, "no signature")

    def test_refused_document_may_come_again_well_signed(self):
        good = self.file()
        self.assertRefused(good.replace(b"Arroz", b"Arena"), 2)
        receipt, _record = self.take(good)
        self.assertEqual(receipt.status, messages.RECEIVED)

    def test_certificate_expired_at_the_signature_is_refused(self):
        moment = datetime(2026, 11, 20)
        old = self_signed("Vieja", SUPPLIER, moment - timedelta(days=800), days=30)
        by = OtherSoftware(key=old._key, certificates=[old.certificate])
        self.assertRefused(self.file(by=by), 2, "expired")

    def test_certificate_expired_since_the_signature_still_holds(self):
        moment = datetime(2026, 11, 20)
        old = self_signed("Vieja", SUPPLIER, moment - timedelta(days=29), days=30)
        by = OtherSoftware(key=old._key, certificates=[old.certificate])
        receipt, _record = self.take(self.file(by=by))
        self.assertEqual(receipt.status, messages.RECEIVED)

    def test_signature_in_the_future_is_refused(self):
        later = datetime.now() + timedelta(days=2)
        self.assertRefused(self.file(signed_at=later), 1, "future")

    def test_certificate_of_another_company_signs_for_nobody_else(self):
        moment = datetime(2026, 11, 20)
        other = self_signed("Otra SRL", "RNC 1-01-67291-9", moment)
        by = OtherSoftware(key=other._key, certificates=[other.certificate])
        self.assertRefused(self.file(by=by), 2, "another taxpayer")
        own = self_signed("Distribuidora", SUPPLIER, moment)
        by = OtherSoftware(key=own._key, certificates=[own.certificate])
        receipt, _record = self.take(self.file(2, by=by))
        self.assertEqual(receipt.status, messages.RECEIVED)

    def test_missing_element_is_an_error_of_specification(self):
        def without_total(xml):
            return xml.replace(b"<MontoTotal>236.00</MontoTotal>", b"")

        record = self.assertRefused(self.file(edit=without_total), 1)
        self.assertIn("total", record.reason_detail.lower())

    def test_number_of_another_type_is_an_error_of_specification(self):
        def as_44(xml):
            return xml.replace(b"E310000000001", b"E440000000001")

        self.assertRefused(self.file(edit=as_44), 1, "TipoeCF")

    def test_forms_of_others_that_mean_the_same_are_received(self):
        """As DGII's simulator of the certification writes, among others (step 9)."""

        def version(xml):
            return xml.replace(b"<Version>1.0<", b"<Version>1<")

        def clock(xml):
            return xml.replace(
                b"<FechaHoraFirma>20-11-2026 10:00:00",
                b"<FechaHoraFirma>20-11-2026 9:05:03",
            )

        def figures(xml):
            return xml.replace(b"<TipoPago>1<", b"<TipoPago>01<").replace(
                b"<MontoTotal>236.00<", b"<MontoTotal>236<"
            )

        def empties(xml):
            return xml.replace(b"<Totales>", b"<Transporte/><Totales>")

        def letters(xml):
            return xml.replace(b"<eNCF>E31", b"<eNCF> e31")

        for number, edit in enumerate((version, clock, figures, empties, letters), 1):
            with self.subTest(edit.__name__):
                receipt, record = self.take(self.file(number, edit=edit))
                self.assertEqual(
                    receipt.status, messages.RECEIVED, record.reason_detail
                )
                self.assertEqual(record.name, f"E31{number:010d}")
                self.assertEqual(record.amount_total, 236.0)
                record._make_bill()
                self.assertEqual(record.bill_id.amount_total, 236.0)

    def test_document_indented_on_its_way_is_received(self):
        for number, by in ((1, None), (2, OtherSoftware(fold=76))):
            root = etree.fromstring(self.file(number, by=by))
            etree.indent(root)
            xml = etree.tostring(root, encoding="utf-8")
            receipt, record = self.take(xml)
            self.assertEqual(receipt.status, messages.RECEIVED, record.reason_detail)
            self.assertEqual(base64.b64decode(record.xml), xml)

    def test_software_of_others_is_understood(self):
        space = b'<ECF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        habits = [
            {"prefix": "ds"},
            {"fold": 76},
            {"indent": "  "},
            {"transforms": (ENVELOPED, EXC_C14N)},
        ]
        for number, habit in enumerate(habits, 1):
            with self.subTest(habit=habit):
                xml = self.file(
                    number,
                    by=OtherSoftware(**habit),
                    edit=lambda x: x.replace(b"<ECF>", space),
                )
                receipt, record = self.take(xml)
                self.assertEqual(
                    receipt.status, messages.RECEIVED, record.reason_detail
                )
                self.assertEqual(base64.b64decode(record.xml), xml)

    def test_every_type_a_receiver_gets_is_received(self):
        for number, kind in enumerate(("31", "44", "45"), 1):
            billing = 4 if kind == "44" else 1
            xml = self.file(number, kind=kind, lines=[line(billing=billing)])
            receipt, record = self.take(xml)
            self.assertEqual(receipt.status, messages.RECEIVED, record.reason_detail)
            self.assertEqual(record.kind, kind)

    def test_two_companies_share_the_server(self):
        other = self.env["res.company"].create({"name": "Otra", "vat": "1-01-67291-9"})
        buyer = Buyer(rnc="101672919", name="OTRA")
        self.assertRefused(self.file(buyer=buyer), 4)
        self.certificates._make_demo(other.id)
        receipt, record = self.take(self.file(buyer=buyer))
        self.assertEqual(receipt.status, messages.RECEIVED)
        self.assertEqual(record.company_id, other)
        verdict = signature.verify(record.arecf.encode())
        self.assertEqual(
            verdict.certificate.serial, self.certificates._of(other).serial
        )

    def test_server_without_certificate_receives_nothing(self):
        self.certificates.search([]).active = False
        self.assertProblem("UNAVAILABLE", self.receiver.receive, self.file())


@tagged("post_install", "-at_install")
class TestHostileDocuments(ReceptionCase):
    def assertUnreadable(self, xml):
        self.assertProblem("BAD_REQUEST", self.receiver.receive, xml)

    def test_external_entities_are_not_read(self):
        xml = self.file().replace(
            b"<ECF>",
            b'<!DOCTYPE ECF [<!ENTITY x SYSTEM "file:///etc/passwd">]><ECF>',
        )
        self.assertUnreadable(xml.replace(b"Arroz", b"&x;"))

    def test_entity_bomb_is_refused(self):
        bomb = b"".join(
            b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 9)
        )
        doctype = b'<!DOCTYPE ECF [<!ENTITY a0 "ha">' + bomb + b"]><ECF>"
        self.assertUnreadable(
            self.file().replace(b"<ECF>", doctype).replace(b"Arroz", b"&a8;")
        )

    def test_depth_without_end_is_refused(self):
        self.assertUnreadable(b"<ECF>" + b"<a>" * 100_000)

    def test_what_is_no_ecf_is_refused(self):
        for xml in (b"", b"hola", b"<html/>", b"\x00\xff", b"<ECF/>"):
            with self.subTest(xml=xml):
                self.assertUnreadable(xml)

    def test_number_that_could_not_be_acknowledged_is_refused(self):
        for old, new in (
            (b"<eNCF>E310000000001", b"<eNCF>E31<b/>"),
            (b"<RNCEmisor>131246796", b"<RNCEmisor>1&#38;2"),
        ):
            self.assertUnreadable(self.file().replace(old, new))

    def test_wrapped_signature_does_not_vouch_for_its_wrapper(self):
        """The signed document is hidden inside another one that it never saw."""
        root = etree.fromstring(self.file())
        made = root[-1]
        wrapper = etree.fromstring(self.file(lines=[line(price="1.00")]))
        wrapper.remove(wrapper[-1])
        hidden = etree.SubElement(wrapper, "Extra")
        root.remove(made)
        hidden.append(root)
        wrapper.append(made)
        self.assertRefused(etree.tostring(wrapper), 2)

    def test_comment_inside_a_value_does_not_change_what_is_read(self):
        """C14N drops comments: text after one is signed, and easily overlooked."""
        signed = self.file(lines=[line(name="Arroz blanco")])
        xml = signed.replace(b"<MontoTotal>236", b"<MontoTotal>2<!-- -->36")
        _receipt, record = self.take(xml)
        self.assertEqual(record.amount_total, 236.0)
        record._make_bill()
        self.assertEqual(record.bill_id.amount_total, 236.0)

    def test_comment_inside_the_number_is_refused(self):
        xml = self.file().replace(b"<RNCComprador>", b"<RNCComprador><!-- -->")
        self.assertRefused(xml, 4)
