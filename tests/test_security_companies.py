"""What companies see of each other, and what a browser may say of a sale."""

from odoo.tests import tagged

from .security_case import RANGE, REQUEST, SecurityCase


@tagged("post_install", "-at_install")
class TestCompanies(SecurityCase):
    def test_nobody_reads_what_belongs_to_another_company(self):
        for model, record in self.records().items():
            with self.subTest(model=model):
                foreign = self.as_user(self.other_manager, record)
                foreign.invalidate_recordset()
                found = foreign.search([("id", "=", record.id)])
                self.assertFalse(found)
                self.assertDenied(foreign.read, ["company_id"])

    def test_each_company_sees_its_own_ranges(self):
        mine = self.as_user("manager", self.env[RANGE]).search([])
        self.assertIn(self.range, mine)
        self.assertNotIn(self.other_range, mine)
        theirs = self.as_user(self.other_manager, self.env[RANGE]).search([])
        self.assertEqual(theirs, self.other_range)

    def test_manager_changes_no_range_of_another_company(self):
        foreign = self.as_user("manager", self.other_range)
        self.assertDenied(foreign.write, {"last_number": 1_000})
        self.assertDenied(foreign.unlink)
        self.assertDenied(foreign.action_close)
        self.assertDenied(
            self.as_user("manager", self.env[RANGE]).create,
            {
                "company_id": self.other_company.id,
                "document_type_id": self.type("B16").id,
                "first_number": 1,
                "last_number": 9,
                "date_expiry": "2027-12-31",
            },
        )

    def test_kept_answers_are_of_one_user(self):
        requests = self.env[REQUEST]
        self.assertEqual(requests.with_user(self.hub).recall("k", "f"), (200, {}))
        cashier = self.users["cashier"]
        self.assertIsNone(requests.with_user(cashier).recall("k", "f"))

    def test_hub_of_another_company_finds_no_register(self):
        foreign = self.env["pos.order"].with_user(self.other_manager)
        problem = self.assertProblem(
            "UNKNOWN_REFERENCE", foreign.hub_finalize_snapshot, self.snapshot()
        )
        self.assertEqual([entry["path"] for entry in problem.errors], ["config_id"])
        self.assertNotIn(self.config.name, problem.detail)


@tagged("post_install", "-at_install")
class TestScreen(SecurityCase):
    def sync(self, values):
        orders = self.as_user("cashier", self.env["pos.order"])
        orders.sync_from_ui([dict(values)])
        self.env.invalidate_all()
        return self.env["pos.order"].search([("uuid", "=", values["uuid"])])

    def test_fields_of_ours_that_a_browser_sends_are_dropped(self):
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            stolen, _created, _replaced = self.Ncf.take(
                unit, self.type("B02"), self.config, self.reference()
            )
        for state in ("draft", "paid"):
            with self.subTest(state=state):
                order = self.sync(
                    self.screen_order(
                        state,
                        nu_ncf_id=stolen.id,
                        nu_document_type_id=self.type("B14").id,
                        nu_fingerprint="x",
                        nu_version=99,
                        nu_device="x",
                        nu_metadata={"a": 1},
                        nu_amount_tip=-1.0,
                    )
                )
                self.assertEqual(order.state, state)
                self.assertNotEqual(order.nu_ncf_id, stolen)
                self.assertNotEqual(order.nu_document_type_id, self.type("B14"))
                self.assertFalse(order.nu_fingerprint)
                self.assertFalse(order.nu_device)
                self.assertFalse(order.nu_metadata)
                self.assertEqual(order.nu_version, 0)
                self.assertGreaterEqual(order.nu_amount_tip, 0)
        self.env.invalidate_all()
        self.assertEqual((stolen.state, len(stolen.order_id)), ("reserved", 0))
        self.assertInvariant()

    def test_fields_of_ours_on_lines_are_dropped(self):
        line = {"nu_client_id": "x", "nu_is_voided": True, "nu_item_discount": 100.0}
        values = self.screen_order()
        values["lines"][0][2].update(line)
        order = self.sync(values)
        self.assertFalse(order.lines.nu_client_id)
        self.assertFalse(order.lines.nu_is_voided)
        self.assertFalse(order.lines.nu_item_discount)
