"""Records out of reach, and what is nobody's fault."""

from unittest.mock import patch

import psycopg2.errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.sale.order_writer import OrderWriter
from ..gateway_case import DISPATCHER, GatewayCase


class DatabaseConflict(psycopg2.errors.SerializationFailure):
    """As the database raises it: with its code."""

    pgcode = "40001"


class TestForeignRecords(GatewayCase):
    """Records of a company the hub does not work in do not exist for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_other_company()

    def assertUnknown(self, path, **values):
        """Refused with this path, in the words used for what does not exist."""
        answers = []
        for choice in (0, 1):
            body = self.snapshot(
                **{name: pair[choice] for name, pair in values.items()}
            )
            refusal = self.assertRefused(
                self.call("hub/finalize", body), 422, "UNKNOWN_REFERENCE", path=path
            )
            for own in ("request_id", "quarantine_id"):
                refusal.pop(own, None)
            [entry] = refusal["errors"]
            del entry["given"]
            answers.append(refusal)
        self.assertEqual(*answers)

    def absent(self, model):
        return self.env[model].search([], order="id desc", limit=1).id + 10_000

    def test_register_of_another_company_does_not_exist(self):
        absent = self.absent("pos.config")
        self.assertUnknown("config_id", config_id=(self.other_config.id, absent))

    def test_session_of_another_company_does_not_exist(self):
        session = self.env["pos.session"].create(
            {"config_id": self.other_config.id, "user_id": self.env.uid}
        )
        absent = self.absent("pos.session")
        self.assertUnknown("session_id", session_id=(session.id, absent))

    def test_product_of_another_company_does_not_exist(self):
        absent = self.absent("product.product")
        self.assertUnknown(
            "lines[0].product_id",
            lines=(
                [{"product_id": self.other_product.id, "qty": 1, "price_unit": 500}],
                [{"product_id": absent, "qty": 1, "price_unit": 500}],
            ),
            total=(640, 640),
        )

    def test_product_code_of_another_company_does_not_exist(self):
        self.assertUnknown(
            "lines[0].product",
            lines=(
                [{"product": "AJENO", "qty": 1, "price_unit": 500}],
                [{"product": "NINGUNO", "qty": 1, "price_unit": 500}],
            ),
            total=(640, 640),
        )

    def test_customer_of_another_company_does_not_exist(self):
        absent = self.absent("res.partner")
        self.assertUnknown("partner_id", partner_id=(self.other_partner.id, absent))

    def test_payment_method_of_another_company_does_not_exist(self):
        absent = self.absent("pos.payment.method")
        self.assertUnknown(
            "payments[0].payment_method_id",
            payments=(
                [{"payment_method_id": self.other_method.id, "amount": 640}],
                [{"payment_method_id": absent, "amount": 640}],
            ),
        )

    def test_tax_of_another_company_does_not_exist(self):
        foreign = self.env["account.tax"].search(
            [
                ("company_id", "=", self.other_company.id),
                ("type_tax_use", "=", "sale"),
            ],
            limit=1,
        )
        absent = self.absent("account.tax")
        self.assertUnknown(
            "lines[0].tax_ids[0]",
            lines=(
                [self.line(id="a", tax_ids=foreign.ids)],
                [self.line(id="a", tax_ids=[absent])],
            ),
            total=(640, 640),
        )

    def test_reservation_for_a_foreign_register_takes_no_number(self):
        ledger = self.Ncf.search_count([])
        result = self.call(
            "orders/reserve-ncf",
            {
                "pos_reference": self.reference(),
                "config_id": self.other_config.id,
                "fiscal_type": "B02",
            },
        )
        self.assertRefused(result, 422, "UNKNOWN_REFERENCE", path="config_id")
        self.assertEqual(self.Ncf.search_count([]), ledger)

    def test_payment_methods_of_a_foreign_register_are_not_told(self):
        result = self.call("payments/methods", {"config_id": self.other_config.id})
        self.assertRefused(result, 422, "UNKNOWN_REFERENCE", path="config_id")


@tagged("post_install", "-at_install")
class TestFailures(GatewayCase):
    """What is nobody's fault, or ours."""

    def failing(self, error, model="nu.pos.sale", method="prepare"):
        return patch.object(type(self.env[model]), method, side_effect=error)

    def test_unexpected_error_tells_nothing_but_its_request(self):
        count = self.order_count()
        with (
            self.failing(RuntimeError("secret")),
            mute_logger("odoo.http"),
            self.assertLogs(DISPATCHER, "ERROR") as log,
        ):
            result = self.call("orders/create", self.draft())
        body = self.assertRefused(result, 500, "INTERNAL")
        self.assertTrue(body["retryable"])
        self.assertNotIn("secret", result[2].text)
        # whoever reads the log finds the request by its id
        self.assertIn(body["request_id"], log.output[0])
        self.assertEqual(self.order_count(), count)

    def test_unexpected_error_of_a_sale_leaves_no_order(self):
        body = self.snapshot()
        with (
            patch.object(OrderWriter, "evidence", side_effect=RuntimeError("secret")),
            mute_logger("odoo.http", DISPATCHER),
        ):
            self.assertRefused(self.call("hub/finalize", body), 500, "INTERNAL")
        orders = self.env["pos.order"].search(
            [("pos_reference", "=", body["pos_reference"])]
        )
        self.assertFalse(orders)
        self.assertInvariant()
        # the same request succeeds once the cause is gone
        answer = self.assertDone(self.call("hub/finalize", body))
        self.assertTrue(answer["created"])

    def test_database_error_tells_no_sql(self):
        def broken(model, *args):
            model.env.cr.execute("SELECT no_such_column FROM res_users")

        name = type(self.env["nu.pos.sale"])
        with (
            patch.object(name, "prepare", broken),
            mute_logger("odoo.http", "odoo.sql_db", DISPATCHER),
        ):
            result = self.call("orders/create", self.draft())
        self.assertRefused(result, 500, "INTERNAL")
        self.assertNotIn("no_such_column", result[2].text)

    def test_database_conflict_asks_to_try_again(self):
        with (
            self.failing(DatabaseConflict()),
            patch("odoo.service.model.time.sleep"),
            mute_logger("odoo.http"),
        ):
            result = self.call("orders/create", self.draft())
        body = self.assertRefused(result, 503, "BUSY")
        self.assertTrue(body["retryable"])

    def test_database_away_asks_to_try_again(self):
        with (
            self.failing(psycopg2.OperationalError("server closed secret")),
            mute_logger("odoo.http"),
        ):
            result = self.call("orders/create", self.draft())
        body = self.assertRefused(result, 503, "UNAVAILABLE")
        self.assertTrue(body["retryable"])
        self.assertNotIn("secret", result[2].text)

    def test_conflict_that_passes_is_not_seen_by_the_caller(self):
        Sale = type(self.env["nu.pos.sale"])
        prepare, calls = Sale.prepare, []

        def once_broken(model, *args):
            calls.append(1)
            if len(calls) == 1:
                raise DatabaseConflict()
            return prepare(model, *args)

        body = self.draft()
        with (
            patch.object(Sale, "prepare", once_broken),
            patch("odoo.service.model.time.sleep"),
        ):
            answer = self.assertDone(self.call("orders/create", body), 201)
        self.assertEqual(answer["pos_reference"], body["pos_reference"])
        self.assertEqual(len(calls), 2)
