from odoo.exceptions import UserError, ValidationError

from ..common import ApiCase, FiscalCase
from ..succeeds import succeeds


class TestCreditCheck(ApiCase):
    def check(self, partner, amount):
        body = {"partner_id": partner.id, "amount": amount}
        return self.call("customers/credit-check", body)[:2]

    @succeeds("POST customers/credit-check")
    def test_available_is_limit_less_what_is_owed(self):
        customer = self.ref("partner_credit")
        status, body = self.check(customer, 5000)
        self.assertEqual(status, 200, body)
        self.assertEqual(
            (body["credit_limit"], body["current_balance"], body["available_credit"]),
            (5000.0, 0.0, 5000.0),
        )
        self.assertIs(body["eligible"], True)
        self.assertIs(self.check(customer, 5000.01)[1]["eligible"], False)

    def test_a_customer_without_limit_is_not_eligible(self):
        status, body = self.check(self.buyer, 0)
        self.assertEqual((status, body["eligible"]), (200, False))

    def test_a_customer_nobody_knows(self):
        body = {"partner_id": 99999999, "amount": 1}
        status, answer, _response = self.call("customers/credit-check", body)
        self.assertEqual((status, answer["code"]), (422, "UNKNOWN_REFERENCE"))
        self.assertEqual(answer["errors"][0]["path"], "partner_id")


class TestDiscountPresets(FiscalCase):
    def make(self, **values):
        return self.env["nu.pos.discount.preset"].create(
            {"name": "Descuento", "company_id": self.company.id, **values}
        )

    def test_open_presets_are_editable_and_the_default(self):
        preset = self.make()
        self.assertEqual((preset.type, preset.applies_to), ("open_amount", "both"))
        self.assertTrue(preset.editable)
        self.assertFalse(self.make(type="fixed_percent", value=10).editable)

    def test_values_that_make_no_sense_are_refused(self):
        for values in (
            {"type": "fixed_percent", "value": 101},
            {"type": "open_percent", "value": -1},
            {"type": "fixed_amount", "value": 0},
        ):
            with self.assertRaises(ValidationError):
                self.make(**values)


class TestRangeButtons(FiscalCase):
    def test_the_next_range_begins_after_the_last(self):
        context = self.ref("range_b02").action_add_next()["context"]
        self.assertEqual(context["default_first_number"], 100_001)

    def test_the_form_tells_whether_the_ledger_holds(self):
        record = self.ref("range_b02")
        self.finalize()
        record.invalidate_recordset()
        self.assertTrue(record.ledger_ok)
        self.assertIn("1 issued", record.ledger_note)

    def test_a_new_form_needs_no_ledger(self):
        new = self.env["nu.pos.ncf.range"].new({"company_id": self.company.id})
        self.assertTrue(new.ledger_ok)

    def hold(self):
        orders = self.env["pos.order"].with_user(self.hub)
        body = {"pos_reference": self.reference(), "config_id": self.config.id}
        name = orders._nu_reserve(body).body["fiscal"]["reference"]
        return self.Ncf.search([("name", "=", name)])

    def test_void_and_release_by_the_wizard(self):
        held = [self.hold(), self.hold()]
        wizard = self.env["nu.pos.ncf.void"].with_user(self.ref("user_manager"))
        wizard.create({"ncf_ids": held[0].ids, "action": "release"}).action_apply()
        values = {"ncf_ids": held[1].ids, "action": "void", "reason": "08"}
        wizard.create(values).action_apply()
        self.env.invalidate_all()
        self.assertEqual([ncf.state for ncf in held], ["released", "voided"])
        self.assertInvariant()

    def test_a_delivered_number_is_not_annulled(self):
        ncf = self.order_of(self.finalize()).nu_ncf_id
        wizard = self.env["nu.pos.ncf.void"].with_user(self.ref("user_manager"))
        with self.assertRaises(UserError):
            wizard.create({"ncf_ids": ncf.ids, "action": "void"}).action_apply()
        self.assertEqual(ncf.state, "issued")
