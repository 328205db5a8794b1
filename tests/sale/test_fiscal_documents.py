"""Documents over the API: told, changed for another type, annulled."""

from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.description import Change
from ..common import FiscalCase
from ..gateway_case import GatewayCase
from ..succeeds import succeeds


class DocumentCase(FiscalCase):
    def setUp(self):
        super().setUp()
        manager = self.ref("user_manager")
        self.documents = self.env["nu.pos.fiscal.document"].with_user(manager)
        self.reissue = self.env["nu.pos.reissue"].with_user(manager)

    def issue(self, order_ref, **wire):
        body = self.reissue.submit({"order_ref": str(order_ref), **wire}).body
        self.env.invalidate_all()
        return body


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase):
    def test_list_is_narrowed_by_type_day_and_state(self):
        paper = self.finalize()["fiscal"]["reference"]
        electronic = self.finalize(self.snapshot(fiscal_type="E32"))["fiscal"][
            "reference"
        ]
        issued = self.documents.listing({"type": "B02", "state": "issued"})["data"]
        self.assertIn(paper, [row["reference"] for row in issued])
        pending = self.documents.listing({"state": "pending"})["data"]
        self.assertIn(electronic, [row["reference"] for row in pending])
        self.assertNotIn(paper, [row["reference"] for row in pending])
        self.assertFalse(self.documents.listing({"date_to": "2020-01-01"})["data"])

    def test_detail_by_number_tells_of_the_signature(self):
        answer = self.finalize(self.snapshot(fiscal_type="E32"))
        found = self.documents.detail(answer["fiscal"]["reference"])["data"]
        self.assertEqual(found["security_code"], answer["fiscal"]["security_code"])
        self.assertEqual(found["order_id"], answer["order_id"])
        self.assertTrue(found["signed_at"])

    def test_document_of_another_company_does_not_exist(self):
        self.assertProblem("NOT_FOUND", self.documents.detail, "B0299999999")

    def test_annulling_an_issued_number_gives_the_sale_back(self):
        answer = self.finalize()
        number, wire = answer["fiscal"]["reference"], {"reason_code": "02"}
        body = self.documents.annul(number, {**wire, "reason": "torn"})
        found = body["data"]
        self.assertEqual((found["state"], found["void_reason"]), ("annulled", "02"))
        order = self.order_of(answer)
        self.assertEqual(order.refund_orders_count, 1)
        back = order.lines.refund_orderline_ids.order_id
        refund = body["refund"]
        self.assertEqual((refund["refund_id"], refund["created"]), (back.id, True))
        self.assertEqual(refund["amount_total"], -answer["amount_total"])
        self.assertEqual(
            [row["amount"] for row in refund["payments"]], [-answer["amount_total"]]
        )
        self.assertIsNone(refund["fiscal"], "the number is annulled: there is no note")
        self.assertEqual(refund["original"]["fiscal"]["state"], "voided")
        again = self.documents.annul(number, wire)
        self.assertEqual(again, {**body, "refund": {**refund, "created": False}})
        self.assertInvariant()

    def test_annulling_a_reserved_number(self):
        reference = self.reference()
        told = (
            self.env["pos.order"]
            .with_user(self.hub)
            ._nu_reserve(
                {
                    "pos_reference": reference,
                    "config_id": self.config.id,
                    "fiscal_type": "B02",
                }
            )
        )
        number = told.body["fiscal"]["reference"]
        body = self.documents.annul(number, {"reason_code": "05"})
        self.assertEqual(body["data"]["number_state"], "voided")
        self.assertIsNone(body["refund"], "nothing was sold")

    def test_electronic_receipt_is_not_annulled_here(self):
        answer = self.finalize(self.snapshot(fiscal_type="E32"))
        self.assertProblem(
            "CONFLICT", self.documents.annul, answer["fiscal"]["reference"], {}
        )


@tagged("post_install", "-at_install")
class TestReissue(DocumentCase):
    def test_consumer_receipt_becomes_fiscal_credit_by_a_note(self):
        sale = self.finalize()
        body = self.issue(sale["order_id"], fiscal_type="B01", partner_id=self.buyer.id)
        self.assertTrue(body["created"])
        self.assertRegex(body["fiscal"]["reference"], r"^B01")
        self.assertRegex(body["note"], r"^B04")
        self.assertEqual(body["amount_total"], sale["amount_total"])
        new = self.order_of(body)
        self.assertEqual(new.state, "done", "invoiced")
        self.assertEqual(new.account_move.nu_ncf, body["fiscal"]["reference"])
        old = self.order_of(sale)
        self.assertEqual(old.refund_orders_count, 1)
        self.assertInvariant()

    def document(self, number):
        """The e-CF of a number, as DGII reads it."""
        ecf = self.env["nu.pos.ecf"].search([("name", "=", number)])
        return build.parse_ecf(ecf._xml_bytes())

    def test_electronic_change_says_what_each_document_does(self):
        """The note annuls the E32 wholly (1), the E31 refers to it (5)."""
        sale = self.finalize(self.snapshot(fiscal_type="E32"))
        first = sale["fiscal"]["reference"]
        body = self.issue(sale["order_id"], fiscal_type="E31", partner_id=self.buyer.id)
        note = self.document(body["note"])
        self.assertEqual(
            (note.kind, note.reference.code, note.reference.ncf),
            ("34", Change.ANNULS, first),
        )
        self.assertEqual(float(note.totals.total), sale["amount_total"])
        invoice = self.document(body["fiscal"]["reference"])
        self.assertEqual(
            (invoice.kind, invoice.reference.code, invoice.reference.ncf),
            ("31", Change.FOLLOWS_CONSUMER_INVOICE, first),
        )
        self.assertIsNone(invoice.reference.reason, "a reason has place in notes only")
        self.assertEqual(self.order_of(body).nu_reissue_of_id, self.order_of(sale))

    def test_other_changes_refer_to_nothing(self):
        """Code 5 is of an E31 after an E32: neither an E45 nor a paper receipt."""
        sale = self.finalize(self.snapshot(fiscal_type="E32"))
        body = self.issue(
            sale["order_id"],
            fiscal_type="E45",
            partner_id=self.ref("partner_state").id,
        )
        self.assertIsNone(self.document(body["fiscal"]["reference"]).reference)
        self.assertEqual(self.document(body["note"]).reference.code, Change.ANNULS)
        paper = self.finalize()
        body = self.issue(
            paper["order_id"], fiscal_type="E31", partner_id=self.buyer.id
        )
        self.assertIsNone(self.document(body["fiscal"]["reference"]).reference)

    def test_repeat_tells_the_same_documents(self):
        sale = self.finalize()
        wire = {"fiscal_type": "B01", "partner_id": self.buyer.id}
        first = self.issue(sale["order_id"], **wire)
        again = self.issue(sale["pos_reference"], **wire)
        self.assertFalse(again["created"])
        self.assertEqual(
            (first["fiscal"], first["note"]), (again["fiscal"], again["note"])
        )

    def test_sale_without_number_gets_its_first_one(self):
        self.allow_unnumbered()
        order = self.sync(self.screen_order())
        self.assertFalse(order.nu_ncf_id)
        body = self.issue(order.id, fiscal_type="B02")
        self.assertIsNone(body["note"])
        self.assertEqual(order.nu_ncf, body["fiscal"]["reference"])
        self.assertEqual(order.nu_ncf_id.state, "issued")
        self.assertEqual((order.nu_amount_itbis, order.nu_amount_tip), (90.0, 50.0))

    def test_sale_without_number_can_be_invoiced_later(self):
        self.allow_unnumbered()
        order = self.sync(self.screen_order())
        body = self.issue(order.id, fiscal_type="E31", partner_id=self.buyer.id)
        self.assertTrue(body["fiscal"]["security_code"])
        self.assertEqual(order.account_move.nu_ncf, body["fiscal"]["reference"])

    def test_buyer_of_a_fiscal_credit_is_identified(self):
        sale = self.finalize()
        self.assertProblem(
            "RNC_REQUIRED", self.issue, sale["order_id"], fiscal_type="B01"
        )
        self.assertFalse(self.order_of(sale).refund_orders_count)

    def test_same_type_twice_is_refused(self):
        sale = self.finalize()
        self.assertProblem("CONFLICT", self.issue, sale["order_id"], fiscal_type="B02")

    def test_sale_with_returns_is_left_alone(self):
        sale = self.finalize(self.snapshot(self.line(id="a", qty=2)))
        self.env["nu.pos.refund"].with_user(self.ref("user_manager")).submit(
            str(sale["order_id"]), {"lines": [{"id": "a", "qty": 1}]}
        )
        self.env.invalidate_all()
        self.assertProblem(
            "CONFLICT",
            self.issue,
            sale["order_id"],
            fiscal_type="B01",
            partner_id=self.buyer.id,
        )


@tagged("post_install", "-at_install")
class TestOneLiveNumber(DocumentCase):
    """A sale has one live number at a time, whoever asks for another and how often."""

    def live(self, *orders):
        """Numbers of the sale that stand: issued, and taken back by no note."""
        chain = self.env["pos.order"].browse([order.id for order in orders])
        chain |= self.env["pos.order"].search([("nu_reissue_of_id", "in", chain.ids)])
        numbers = self.env["nu.pos.ncf"].search(
            [
                ("order_id", "in", chain.ids),
                ("state", "in", ("reserved", "issued")),
                ("kind", "!=", "credit_note"),
            ]
        )
        invoices = chain.account_move.nu_ncf_id
        self.assertLessEqual(invoices, numbers, "an invoice has no number of its own")
        return numbers.filtered(
            lambda ncf: (
                ncf.order_id.lines.refund_orderline_ids.order_id.nu_ncf_id.state
                != "issued"
            )
        )

    def test_invoiced_later_keeps_its_consumer_number(self):
        """Policy ``identified``: the invoice takes over the number of the order."""
        guest = self.env["res.partner"].create({"name": "Ana Pérez"})
        order = self.order_of(self.finalize(partner_id=guest.id))
        self.assertFalse(order.account_move)
        number = order.nu_ncf_id
        order.action_pos_order_invoice()
        self.assertEqual(order.account_move.nu_ncf_id, number)
        self.assertEqual(self.live(order), number)
        self.assertInvariant()

    def test_invoiced_later_with_fiscal_credit_leaves_one_number(self):
        sale = self.finalize()
        body = self.issue(sale["order_id"], fiscal_type="B01", partner_id=self.buyer.id)
        order = self.order_of(sale)
        self.assertEqual(self.live(order).mapped("name"), [body["fiscal"]["reference"]])

    def test_two_changes_of_one_sale_leave_one_number(self):
        """A second type is asked of the document that lives, not of the first."""
        sale = self.finalize()
        first = self.issue(
            sale["order_id"], fiscal_type="B01", partner_id=self.buyer.id
        )
        taken = self.ref("range_b15").next_number
        self.assertProblem(
            "CONFLICT",
            self.issue,
            sale["order_id"],
            fiscal_type="B15",
            partner_id=self.buyer.id,
        )
        self.assertEqual(self.ref("range_b15").next_number, taken)
        order = self.order_of(sale)
        self.assertEqual(
            self.live(order).mapped("name"), [first["fiscal"]["reference"]]
        )

    def test_what_was_changed_is_given_back_once(self):
        sale = self.finalize()
        self.issue(sale["order_id"], fiscal_type="B01", partner_id=self.buyer.id)
        refund = self.env["nu.pos.refund"].with_user(self.ref("user_manager"))
        self.assertProblem("CONFLICT", refund.submit, str(sale["order_id"]), {})
        wire = {"reason": "x", "delivered": False}
        self.assertProblem("CONFLICT", refund.cancel, str(sale["order_id"]), wire)

    def test_sale_invoiced_without_number_gets_one_for_both(self):
        """The order and its invoice were made without; the first number is of both."""
        self.allow_unnumbered()
        order = self.sync(self.screen_order())
        order.partner_id = self.buyer
        order.action_pos_order_invoice()
        self.assertFalse(order.account_move.nu_ncf_id)
        body = self.issue(order.id, fiscal_type="B01", partner_id=self.buyer.id)
        number = body["fiscal"]["reference"]
        self.assertEqual((order.nu_ncf, order.account_move.nu_ncf), (number, number))
        self.assertEqual(self.live(order).mapped("name"), [number])
        self.assertProblem(
            "CONFLICT", self.issue, order.id, fiscal_type="B01",
            partner_id=self.buyer.id,
        )  # fmt: skip
        self.assertInvariant()

    def test_sale_invoiced_to_one_buyer_is_not_numbered_for_another(self):
        self.allow_unnumbered()
        order = self.sync(self.screen_order())
        order.partner_id = self.ref("partner_person")
        order.action_pos_order_invoice()
        self.assertProblem(
            "CONFLICT", self.issue, order.id, fiscal_type="B01",
            partner_id=self.buyer.id,
        )  # fmt: skip
        self.assertFalse(order.nu_ncf_id)

    def test_first_number_is_taken_once(self):
        self.allow_unnumbered()
        order = self.sync(self.screen_order())
        first = self.issue(order.id, fiscal_type="B02")
        again = order.id
        self.assertProblem("CONFLICT", self.issue, again, fiscal_type="B02")
        self.assertEqual(
            self.live(order).mapped("name"), [first["fiscal"]["reference"]]
        )


@tagged("post_install", "-at_install")
class TestDocumentsOverHttp(GatewayCase):
    @succeeds(
        "GET fiscal-documents", "GET fiscal-documents/{ref}", "POST fiscal-documents"
    )
    def test_document_is_listed_told_and_changed(self):
        sale = self.assertDone(self.call("hub/finalize", self.snapshot()))
        number = sale["fiscal"]["reference"]
        status, page, _response = self.call("fiscal-documents", method="GET")
        self.assertEqual(status, 200, page)
        self.assertEqual(page["data"][0]["reference"], number)
        status, one, _response = self.call(f"fiscal-documents/{number}", method="GET")
        self.assertEqual(one["data"]["state"], "issued")
        body = {
            "order_ref": sale["pos_reference"],
            "fiscal_type": "B01",
            "partner_id": self.buyer.id,
        }
        issued = self.assertDone(self.call("fiscal-documents", body), 201)
        self.assertRegex(issued["note"], r"^B04")

    @succeeds("POST fiscal-documents/{ref}/submit", "GET fiscal-documents/{ref}/xml")
    def test_electronic_receipt_is_queued_and_given_out(self):
        sale = self.assertDone(
            self.call("hub/finalize", self.snapshot(fiscal_type="E32"))
        )
        number = sale["fiscal"]["reference"]
        ecf = self.env["nu.pos.ecf"].search([("name", "=", number)])
        queued = self.assertDone(self.call(f"fiscal-documents/{number}/submit", {}))
        self.assertEqual(queued["data"]["transmission_state"], "queued")
        status, _body, response = self.call(
            f"fiscal-documents/{number}/xml", method="GET"
        )
        self.assertEqual((status, response.content), (200, ecf._xml_bytes()))
        paper = self.assertDone(self.call("hub/finalize", self.snapshot()))
        status, body, _response = self.call(
            f"fiscal-documents/{paper['fiscal']['reference']}/xml", method="GET"
        )
        self.assertEqual((status, body["code"]), (404, "NOT_FOUND"))

    @succeeds("POST fiscal-documents/{ref}/annul")
    def test_reserved_number_is_annulled(self):
        reserved = self.assertDone(
            self.call(
                "orders/reserve-ncf",
                {
                    "pos_reference": "HUB/ANNUL/1",
                    "config_id": self.config.id,
                    "fiscal_type": "B02",
                },
            )
        )
        number = reserved["fiscal"]["reference"]
        body = self.assertDone(
            self.call(
                f"fiscal-documents/{number}/annul",
                {"reason": "Impresora rota", "reason_code": "02"},
                token=self.login("gerente@demo.do", "gerente-Demo-2026"),
            )
        )
        self.assertEqual(body["data"]["number_state"], "voided")
        ncf = self.env["nu.pos.ncf"].search([("name", "=", number)])
        self.assertEqual((ncf.state, ncf.void_reason), ("voided", "02"))

    def test_annulled_sale_is_answered_with_its_return(self):
        sale = self.assertDone(self.call("hub/finalize", self.snapshot()))
        body = self.assertDone(
            self.call(
                f"fiscal-documents/{sale['fiscal']['reference']}/annul",
                {"reason": "torn", "reason_code": "02"},
                token=self.login("gerente@demo.do", "gerente-Demo-2026"),
            )
        )
        self.assertEqual(body["data"]["state"], "annulled")
        self.assertEqual(body["refund"]["original"]["order_id"], sale["order_id"])

    @succeeds(
        "POST hub/finalize",
        "GET fiscal-documents/{ref}/pdf",
        "POST fiscal-documents/{ref}/pdf",
    )
    def test_receipt_is_printed(self):
        sale = self.assertDone(self.call("hub/finalize", self.snapshot()))
        number = sale["fiscal"]["reference"]
        for form in ("ticket", "a4"):
            status, _body, response = self.call(
                f"fiscal-documents/{number}/pdf?format={form}", method="GET"
            )
            self.assertEqual(status, 200)
            # in tests Odoo stops at the page that would be printed
            self.assertIn(number.encode(), response.content)
        status, _body, response = self.call(f"fiscal-documents/{number}/pdf", {})
        self.assertEqual(status, 200)
        self.assertIn(number.encode(), response.content)
