"""A sale that is already paid is never dropped."""

import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from odoo.addons.point_of_sale.models.pos_order import PosOrder as CoreOrder

from ...models.runtime.call import Call
from ...models.sale import nu_pos_sale_quarantine
from ..common import FiscalCase
from ..quarantine import QuarantineMixin


class TestQuarantine(QuarantineMixin, FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Quarantine = cls.env["nu.pos.sale.quarantine"]
        cls.manager = cls.ref("user_manager")

    # -- What is kept -----------------------------------------------------------------

    def test_quarantined_sale_goes_through_once_range_is_authorised(self):
        body = self.without_numbers()
        record = self.quarantined("NCF_NO_RANGE", body)
        self.assertEqual(
            (record.state, record.config_id, record.user_id, record.amount_total),
            ("open", self.config, self.hub, body["amount_total"]),
        )
        self.assertEqual(json.loads(record.payload), body)
        self.authorise()
        answer = self.finalize(body)
        self.assertTrue(answer["created"])
        self.assertEqual(answer["fiscal"]["reference"], "B1600000001")
        record.invalidate_recordset()
        self.assertEqual(
            (record.state, record.order_id), ("sold", self.order_of(answer))
        )
        self.assertFalse(record.corrected)
        self.assertEqual(
            self.events(body["pos_reference"]),
            # the refusals of RPC are rows of their own connection
            ["quarantine", "refusal", "hub_finalize", "quarantine_sold"],
        )
        self.assertEqual(self.finalize(body), {**answer, "created": False})
        self.assertInvariant()

    def test_the_same_snapshot_again_answers_the_same(self):
        body = self.without_numbers()
        first = self.refused("NCF_NO_RANGE", self.finalize, body)
        second = self.refused("NCF_NO_RANGE", self.finalize, body)
        self.assertEqual(first.body(), second.body())
        record = self.Quarantine.browse(first.extra["quarantine_id"])
        self.assertEqual(record.attempts, 2)
        self.assertEqual(self.events(body["pos_reference"]).count("quarantine"), 1)

    def test_job_sells_what_may_be_sold_by_now(self):
        mended, waiting = self.without_numbers(), self.snapshot(total=700.0)
        mended_row = self.quarantined("NCF_NO_RANGE", mended)
        waiting_row = self.quarantined("TOTALS_MISMATCH", waiting)
        self.authorise()
        self.Quarantine._cron_retry()
        self.env.invalidate_all()
        self.assertEqual((mended_row.state, waiting_row.state), ("sold", "open"))
        order = mended_row.order_id
        self.assertEqual((order._nu_state(), order.user_id), ("paid", self.hub))
        self.assertEqual(order.nu_ncf, "B1600000001")
        self.assertEqual(waiting_row.attempts, 1, "it waits for its next turn")
        self.assertInvariant()

    def test_every_kind_of_refusal_is_kept(self):
        credit = [{"payment_method_id": self.credit.id, "amount": 640.0}]
        for code, body in (
            ("TOTALS_MISMATCH", self.snapshot(total=641.0)),
            ("PAYMENT_INCOMPLETE", self.snapshot(pay=100.0)),
            ("RNC_REQUIRED", self.snapshot(fiscal_type="B01")),
            ("UNKNOWN_REFERENCE", self.snapshot(partner_id=2**31 - 1)),
            ("VALIDATION", self.snapshot(mode="return")),
            ("VALIDATION", self.snapshot(self.line(qty=-1), total=-640.0, pay=1)),
            ("VALIDATION", self.snapshot(fiscal_type="B04")),
            ("VALIDATION", self.snapshot(payments=credit)),
            ("VALIDATION", self.snapshot(self.line(tax_ids=["x"]))),
        ):
            with self.subTest(code=code, body=body):
                self.quarantined(code, body)

    def test_rule_of_core_is_kept_in_its_own_words(self):
        with patch.object(
            CoreOrder, "_create_order_picking", side_effect=UserError("closed month")
        ):
            record = self.quarantined("VALIDATION", self.snapshot())
        self.assertEqual(record.detail, "closed month")
        record.with_user(self.manager).action_try_again()
        self.env.invalidate_all()
        self.assertEqual(record.state, "sold")
        self.assertInvariant()

    def test_number_it_holds_is_the_number_it_takes(self):
        """Reserved, refused twice, sold at the third try: one number."""
        body = self.snapshot(fiscal_type="E32")
        reserved = self.Order._nu_reserve(
            {
                "pos_reference": body["pos_reference"],
                "config_id": self.config.id,
                "fiscal_type": "E32",
            }
        ).body["fiscal"]["reference"]
        with patch.object(
            CoreOrder, "_create_order_picking", side_effect=UserError("x")
        ):
            record = self.quarantined("VALIDATION", body)
            self.quarantined("VALIDATION", body)
        record.with_user(self.manager).action_try_again()
        self.env.invalidate_all()
        self.assertEqual(record.order_id.nu_ncf, reserved)
        held = self.Ncf.search([("pos_reference", "=", body["pos_reference"])])
        self.assertEqual(held.mapped("name"), [reserved])
        self.assertInvariant()

    def test_receipt_dgii_would_reject_is_kept(self):
        Ecf = type(self.env["nu.pos.ecf"])
        body = self.snapshot(fiscal_type="E32")
        problem = self.env["nu.pos.sale.quarantine"]
        refusal = nu_pos_sale_quarantine.ApiProblem("ECF_INVALID", "no")
        with patch.object(Ecf, "_sign_order", side_effect=refusal):
            record = self.quarantined("ECF_INVALID", body)
        self.assertEqual(record, problem.search([("code", "=", "ECF_INVALID")]))
        self.assertTrue(self.finalize(body)["created"])
        self.assertInvariant()

    def test_one_bad_receipt_of_a_batch_is_kept_and_the_others_are_sold(self):
        orders = [self.snapshot(fiscal_type="E32") for _index in range(4)]
        Ecf = type(self.env["nu.pos.ecf"])
        sign = Ecf._sign_order

        def signing(records, order):
            if order.pos_reference == orders[2]["pos_reference"]:
                raise nu_pos_sale_quarantine.ApiProblem("ECF_INVALID", "no")
            return sign(records, order)

        batch = self.env["nu.pos.batch"].with_user(self.hub)
        with patch.object(Ecf, "_sign_order", signing):
            results = batch.sync({"orders": orders}).body["results"]
        self.assertEqual(
            [result.get("code") for result in results],
            [None, None, "ECF_INVALID", None],
        )
        self.assertIs(results[2]["quarantined"], True)
        row = self.Quarantine.browse(results[2]["quarantine_id"])
        self.assertEqual(row.pos_reference, orders[2]["pos_reference"])
        self.assertInvariant()

    def test_repeated_message_sells_what_was_kept(self):
        body = self.without_numbers()
        batch = self.env["nu.pos.batch"].with_user(self.hub)
        message = {"orders": [self.snapshot(), body], "message_id": "m"}
        first = batch.sync(message)
        self.assertEqual(first.body["results"][1]["code"], "NCF_NO_RANGE")
        self.assertFalse(first.keep, "a repeat must really try again")
        self.authorise()
        second = batch.sync(message)
        self.assertEqual(
            [result["created"] for result in second.body["results"]], [False, True]
        )
        self.assertInvariant()

    def test_sale_of_a_paid_reference_is_kept_beside_it(self):
        body = self.snapshot(self.line(id="a"))
        self.finalize(body)
        other = {**body, "lines": [self.line(id="a", qty=2)], "amount_total": 1280.0}
        other["payments"] = [{"payment_method_id": self.cash.id, "amount": 1280.0}]
        record = self.quarantined("IDEMPOTENCY_MISMATCH", other)
        self.Quarantine._cron_retry()
        self.assertEqual(record.attempts, 1, "time alone does not mend it")
        self.assertFalse(self.finalize(body)["created"])

    def test_sale_of_a_cancelled_draft_is_kept(self):
        body = self.snapshot()
        draft = {key: value for key, value in body.items() if key != "payments"}
        self.Order._nu_submit(draft, finalize=False)
        self.Order._nu_submit({**draft, "step": "cancel"})
        self.quarantined("ORDER_CANCELLED", body)

    # -- What is not -------------------------------------------------------------------

    def test_drafts_and_unpaid_calls_are_not_kept(self):
        nothing = [{"payment_method_id": self.cash.id, "amount": 0}]
        for payments in ([], nothing):
            unpaid = self.snapshot(payments=payments)
            problem = self.refused("PAYMENT_MISSING", self.finalize, unpaid)
            self.assertNotIn("quarantined", problem.extra)
        problem = self.refused(
            "TOTALS_MISMATCH",
            self.Order._nu_submit,
            self.draft(total=641.0),
            finalize=False,
        )
        self.assertNotIn("quarantined", problem.extra)
        strict = self.draft(tipp=1)
        self.refused("VALIDATION", self.Order._nu_submit, strict, finalize=False)
        self.assertFalse(self.Quarantine.search_count([]))

    def test_closed_session_is_retryable_for_a_paid_sale_only(self):
        self.config.current_session_id.state = "closed"
        problem = self.refused("SESSION_CLOSED", self.finalize, self.snapshot())
        self.assertTrue(problem.retryable)
        self.assertTrue(problem.body()["retryable"])
        problem = self.refused(
            "SESSION_CLOSED", self.Order._nu_submit, self.draft(), finalize=False
        )
        self.assertFalse(problem.retryable)
        self.assertFalse(self.Quarantine.search_count([]))

    def test_who_may_not_sell_leaves_nothing_here(self):
        waiter = self.Order.with_user(self.ref("user_waiter"))
        for body in (self.snapshot(), self.snapshot(self.line(qty="x"), total=1)):
            problem = self.assertRaisesAny(waiter._nu_submit, body, finalize=True)
            self.assertNotIn("quarantined", problem.extra)
        self.assertFalse(self.Quarantine.search_count([]))

    def assertRaisesAny(self, function, *args, **kwargs):
        try:
            function(*args, **kwargs)
        except nu_pos_sale_quarantine.ApiProblem as problem:
            return problem
        self.fail("not refused")

    def test_room_is_bounded_for_each_device(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("nu_pos.quarantine_per_device", "2")
        for _index in range(2):
            self.quarantined("TOTALS_MISMATCH", self.snapshot(total=641.0))
        body = self.snapshot(total=641.0)
        problem = self.refused("TOTALS_MISMATCH", self.finalize, body)
        self.assertIs(problem.extra["quarantined"], False)
        self.assertNotIn("quarantine_id", problem.extra)
        other = self.Order.with_context(nu_call=Call(device="another"))
        problem = self.refused("TOTALS_MISMATCH", other._nu_submit, body, finalize=True)
        self.assertTrue(problem.extra["quarantined"])
        # what a caller calls its device is its own word
        parameters.set_param("nu_pos.quarantine_per_device", "0")
        fresh = self.Order.with_context(nu_call=Call(device="yet another"))
        problem = self.refused(
            "TOTALS_MISMATCH", fresh._nu_submit, self.snapshot(total=1), finalize=True
        )
        self.assertIs(problem.extra["quarantined"], False)

    def test_great_payloads_are_not_kept(self):
        self.patch(nu_pos_sale_quarantine, "MAX_PAYLOAD", 500)
        body = self.snapshot(total=641.0, metadata={"a": "x" * 600})
        problem = self.refused("TOTALS_MISMATCH", self.finalize, body)
        self.assertIs(problem.extra["quarantined"], False)

    def test_card_numbers_are_not_kept(self):
        body = self.snapshot(total=641.0)
        body["payments"][0]["card_no"] = "4111111111111234"
        record = self.quarantined("TOTALS_MISMATCH", body)
        self.assertNotIn("411111", record.payload)
        self.assertIn('"1234"', record.payload)

    def test_sale_without_a_usable_reference_is_kept_once(self):
        body = self.snapshot(pos_reference="a b")
        record = self.quarantined("VALIDATION", body)
        self.assertTrue(record.pos_reference.startswith("(no reference) "))
        self.assertEqual(self.quarantined("VALIDATION", body), record)

    def test_other_content_of_one_reference_keeps_both(self):
        body = self.snapshot(total=641.0)
        record = self.quarantined("TOTALS_MISMATCH", body)
        other = {**body, "amount_total": 642.0}
        self.assertEqual(self.quarantined("TOTALS_MISMATCH", other), record)
        self.assertEqual(json.loads(record.payload)["amount_total"], 642.0)
        [earlier] = record.previous
        self.assertEqual(json.loads(earlier)["amount_total"], 641.0)

    # -- Rights ------------------------------------------------------------------------

    def test_quarantine_is_written_by_nobody(self):
        record = self.quarantined("TOTALS_MISMATCH", self.snapshot(total=641.0))
        for user in (self.manager, self.env.ref("base.user_admin")):
            mine = record.with_user(user)
            for attempt in (
                lambda mine=mine: mine.write({"payload": "{}"}),
                lambda mine=mine: mine.write({"state": "discarded"}),
                lambda mine=mine: mine.create({"pos_reference": "x"}),
                lambda mine=mine: mine.unlink(),
            ):
                with self.assertRaises(AccessError):
                    attempt()
        with self.assertRaises(AccessError):
            record.unlink()

    def test_managers_of_its_company_see_it(self):
        record = self.quarantined("TOTALS_MISMATCH", self.snapshot(total=641.0))
        self.assertEqual(
            record.with_user(self.manager).read(["code"])[0]["id"], record.id
        )
        cashier = record.with_user(self.ref("user_cashier"))
        with self.assertRaises(AccessError):
            cashier.read(["code"])
        for action in ("action_try_again", "action_correct"):
            with self.assertRaises(AccessError):
                getattr(cashier, action)()
        stranger = self.user(
            "ajeno",
            "point_of_sale.group_pos_manager",
            company=self.env.ref("base.main_company"),
        )
        with self.assertRaises(AccessError):
            record.with_user(stranger).read(["code"])
        with self.assertRaises(AccessError):
            record.with_user(stranger).action_try_again()

    def test_manager_has_one_activity_a_register(self):
        first = self.quarantined("TOTALS_MISMATCH", self.snapshot(total=641.0))
        second = self.quarantined("TOTALS_MISMATCH", self.snapshot(total=641.0))
        self.assertEqual(len(first.activity_ids), 1)
        self.assertIn(first.pos_reference, first.activity_ids.note)
        self.assertFalse(second.activity_ids)
        first.with_user(self.manager)._discard("entered twice")
        self.env.invalidate_all()
        self.assertFalse(first.activity_ids)
        self.assertEqual(len(second.activity_ids), 1, "the rest is still to be done")

    def test_cashiers_price_is_refused_and_the_job_does_not_allow_it(self):
        """What a terminal may not do alone needs somebody, not time."""
        self.config.restrict_price_control = True
        cashier = self.Order.with_user(self.ref("user_cashier"))
        body = self.snapshot(self.line(price=1.0), total=1.28)
        problem = self.refused("APPROVAL_REQUIRED", cashier._nu_submit, body, True)
        record = self.Quarantine.browse(problem.extra["quarantine_id"])
        record.sudo().date_next = "2020-01-01"
        self.Quarantine._cron_retry()
        self.env.invalidate_all()
        self.assertEqual(record.state, "open")
        record.with_user(self.manager).action_try_again()
        self.env.invalidate_all()
        self.assertEqual(record.state, "sold")
        self.assertEqual(record.order_id.user_id, self.ref("user_cashier"))
        row = self.env["nu_restaurant_pos.order_audit"].search(
            [("order_res_id", "=", record.order_id.id), ("event", "=", "hub_finalize")]
        )
        self.assertEqual(row.user_id, self.manager, "who let it through")
