"""What a manager does with quarantined sales."""

import json

from odoo.exceptions import UserError
from odoo.tests import Form

from ..common import FiscalCase
from ..quarantine import QuarantineMixin


class TestOffice(QuarantineMixin, FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Quarantine = cls.env["nu.pos.sale.quarantine"]
        cls.manager = cls.ref("user_manager")

    def wizard(self, record):
        action = record.with_user(self.manager).action_correct()
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def test_try_again_tells_what_became_of_each(self):
        mended, wrong = self.without_numbers(), self.snapshot(total=641.0)
        records = self.quarantined("NCF_NO_RANGE", mended)
        records += self.quarantined("TOTALS_MISMATCH", wrong)
        self.authorise()
        action = records.with_user(self.manager).action_try_again()
        self.assertIn("1 sold, 1 refused", action["params"]["message"])
        self.assertIn("641.00", action["params"]["message"])
        self.env.invalidate_all()
        self.assertEqual(records.mapped("state"), ["sold", "open"])
        self.assertInvariant()

    def test_customer_is_named_and_the_sale_goes_through(self):
        record = self.quarantined("RNC_REQUIRED", self.snapshot(fiscal_type="B01"))
        wizard = self.wizard(record)
        wizard.partner_id = self.buyer
        self.assertEqual(wizard.action_check()["res_id"], wizard.id)
        self.assertTrue(wizard.is_fine)
        self.assertFalse(self.Ncf._live(self.company, record.pos_reference))
        self.assertEqual(record.state, "open", "judged only")
        wizard.action_apply()
        self.env.invalidate_all()
        self.assertEqual(record.state, "sold")
        self.assertEqual(record.order_id.partner_id, self.buyer)
        self.assertEqual(json.loads(record.corrected)["partner_id"], self.buyer.id)
        self.assertNotIn("partner_id", json.loads(record.payload))
        self.assertEqual(record.resolver_id, self.manager)

    def test_replay_of_what_was_sent_gets_the_corrected_sale(self):
        body = self.snapshot(fiscal_type="B01")
        record = self.quarantined("RNC_REQUIRED", body)
        wizard = self.wizard(record)
        wizard.document_type_id = self.type("B02")
        wizard.action_apply()
        answer = self.finalize(body)
        self.assertEqual(answer["order_id"], record.order_id.id)
        self.assertEqual(answer["fiscal"]["fiscal_type_code"], "B02")
        self.assertEqual(answer["warnings"][0]["code"], "CORRECTED")
        self.assertFalse(answer["created"])
        self.assertInvariant()

    def test_totals_of_odoo_are_taken(self):
        body = self.snapshot(total=641.0, pay=641.0)
        record = self.quarantined("TOTALS_MISMATCH", body)
        wizard = self.wizard(record)
        wizard.take_totals = True
        wizard.action_apply()
        self.env.invalidate_all()
        order = record.order_id
        self.assertEqual((order.amount_total, order.amount_return), (640.0, 1.0))

    def test_two_sales_of_one_reference_become_two_orders(self):
        body = self.snapshot(self.line(id="a"))
        first = self.finalize(body)
        other = {
            **body,
            "lines": [self.line(id="b", qty=2)],
            "amount_total": 1280.0,
            "payments": [{"payment_method_id": self.cash.id, "amount": 1280.0}],
        }
        record = self.quarantined("IDEMPOTENCY_MISMATCH", other)
        wizard = self.wizard(record)
        wizard.new_reference = self.reference()
        wizard.action_apply()
        self.env.invalidate_all()
        self.assertEqual(record.order_id.pos_reference, wizard.new_reference)
        self.assertEqual(record.order_id.amount_total, 1280.0)
        # each repeat gets its own
        self.assertEqual(self.finalize(body)["order_id"], first["order_id"])
        self.assertEqual(self.finalize(other)["order_id"], record.order_id.id)
        self.assertInvariant()

    def test_unknown_dish_and_method_are_replaced(self):
        body = self.snapshot()
        del body["lines"][0]["product_id"]
        body["lines"][0]["product"] = "GONE"
        body["payments"] = [{"payment_method": "Bitcoin", "amount": 640.0}]
        record = self.quarantined("UNKNOWN_REFERENCE", body)
        wizard = self.wizard(record)
        self.assertEqual(wizard.line_ids.mapped("named"), ["GONE", "Bitcoin"])
        line, payment = wizard.line_ids
        line.product_id = self.dish
        wizard.action_check()
        self.assertIn("payment method", wizard.result)
        payment.payment_method_id = self.card
        wizard.action_apply()
        self.env.invalidate_all()
        order = record.order_id
        self.assertEqual(order.lines.product_id, self.dish)
        self.assertEqual(order.payment_ids.payment_method_id, self.card)

    def test_stale_version_is_passed_over(self):
        body = self.snapshot(self.line(id="a"))
        draft = {key: value for key, value in body.items() if key != "payments"}
        for _index in range(2):
            self.Order._nu_submit(draft, finalize=False)
        record = self.quarantined("CONFLICT", {**body, "base_version": 1})
        wizard = self.wizard(record)
        wizard.take_version = True
        wizard.action_apply()
        self.env.invalidate_all()
        self.assertEqual(record.order_id.state, "paid")

    def test_text_is_edited_freely_and_checked(self):
        record = self.quarantined("TOTALS_MISMATCH", self.snapshot(total=641.0))
        with Form(self.wizard(record)) as form:
            data = json.loads(form.payload)
            form.payload = "{"
        wizard = form.record
        with self.assertRaises(UserError):
            wizard.action_apply()
        wizard.payload = json.dumps({**data, "amount_total": 642.0})
        wizard.action_apply()
        self.assertIn("642.00", wizard.result)
        self.assertEqual(
            json.loads(record.payload)["amount_total"], 641.0, "as it was sent"
        )
        self.assertEqual(record.attempts, 1)
        wizard.payload = json.dumps({**data, "amount_total": 640.0})
        wizard.action_apply()
        self.env.invalidate_all()
        self.assertEqual(record.state, "sold")

    def test_discarded_sale_is_never_sold_from_here(self):
        body = self.without_numbers()
        record = self.quarantined("NCF_NO_RANGE", body)
        discard = (
            self.env["nu.pos.sale.quarantine.discard"]
            .with_user(self.manager)
            .with_context(active_ids=record.ids)
            .create({"reason": "entered a second time"})
        )
        discard.action_apply()
        self.env.invalidate_all()
        self.assertEqual(
            (record.state, record.discard_reason, record.resolver_id),
            ("discarded", "entered a second time", self.manager),
        )
        self.authorise()
        problem = self.refused("NCF_NO_RANGE", self.finalize, body)
        self.assertEqual(problem.extra["quarantine_id"], record.id)
        self.Quarantine._cron_retry()
        with self.assertRaises(UserError):
            record.with_user(self.manager)._try_again()
        self.assertFalse(
            self.Order._nu_by_reference(self.company, record.pos_reference)
        )
        self.assertEqual(
            self.events(body["pos_reference"])[-2:], ["quarantine_discarded", "refusal"]
        )
        self.assertInvariant()

    def test_other_content_after_a_discard_is_judged(self):
        body = self.without_numbers()
        record = self.quarantined("NCF_NO_RANGE", body)
        record.with_user(self.manager)._discard("wrong type")
        answer = self.finalize({**body, "fiscal_type": "B15"})
        self.env.invalidate_all()
        self.assertEqual(
            (record.state, record.order_id), ("sold", self.order_of(answer))
        )

    def test_sale_is_of_the_moment_it_came(self):
        body = self.without_numbers()
        record = self.quarantined("NCF_NO_RANGE", body)
        self.env.cr.execute(
            "UPDATE nu_pos_sale_quarantine SET create_date = create_date -"
            " interval '2 hours' WHERE id = %s",
            [record.id],
        )
        record.invalidate_recordset()
        self.authorise()
        record.with_user(self.manager).action_try_again()
        self.env.invalidate_all()
        self.assertEqual(
            record.order_id.date_order, record.create_date.replace(microsecond=0)
        )

    def test_views_open(self):
        record = self.quarantined("TOTALS_MISMATCH", self.snapshot(total=641.0))
        self.assertIn("641.00", record.error_text)
        action = self.env.ref("nu_restaurant_pos.nu_pos_sale_quarantine_action")
        self.assertEqual(action.res_model, record._name)
        self.assertEqual(record.action_open_order()["res_id"], False)
        Form(record.with_user(self.manager))
