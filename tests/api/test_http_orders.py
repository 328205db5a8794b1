"""Reading orders over HTTP."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.runtime import paging
from ..gateway_case import DISPATCHER
from ..order_case import OrderCase
from ..succeeds import succeeds


@tagged("post_install", "-at_install")
class TestReading(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_other_company()

    def listed(self, **filters):
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return self.call(f"orders?{query}", method="GET")

    def references(self, **filters):
        body = self.assertDone(self.listed(**filters))
        return [row["pos_reference"] for row in body["data"]]

    def test_filters_select_orders(self):
        draft, sold = self.create_draft(), self.sell()
        # the references hold slashes
        self.assertEqual(
            self.references(pos_reference=sold["pos_reference"]),
            [sold["pos_reference"]],
        )
        number = sold["fiscal"]["reference"]
        self.assertEqual(self.references(fiscal_number=number), [sold["pos_reference"]])
        self.assertIn(draft["pos_reference"], self.references(state="draft"))
        self.assertNotIn(sold["pos_reference"], self.references(state="draft"))
        self.assertIn(sold["pos_reference"], self.references(state="paid"))
        self.assertNotIn(draft["pos_reference"], self.references(state="paid"))
        self.assertIn(draft["pos_reference"], self.references(config_id=self.config.id))
        self.assertEqual(self.references(config_id=self.other_config.id), [])

    def test_newest_comes_first_page_by_page(self):
        made = [self.create_draft()["pos_reference"] for _order in range(3)]
        pages = [
            self.assertDone(
                self.listed(per_page=1, page=page, config_id=self.config.id)
            )
            for page in (1, 2, 3)
        ]
        self.assertEqual(
            [body["data"][0]["pos_reference"] for body in pages], made[::-1]
        )
        total = self.env["pos.order"].search_count([("config_id", "=", self.config.id)])
        numbered = {**pages[1]["pagination"], "next_cursor": "any"}
        self.assertEqual(
            numbered,
            {
                "page": 2,
                "per_page": 1,
                "total": total,
                "total_pages": total,
                "has_more": True,
                "next_cursor": "any",
            },
        )
        beyond = self.assertDone(self.listed(page=1_000_000))
        self.assertEqual(beyond["data"], [])

    def walk(self, **filters):
        """The references on all pages, each reached by the cursor of the one before."""
        found, cursor = [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            body = self.assertDone(self.listed(per_page=2, **filters, **more))
            found += [order["pos_reference"] for order in body["data"]]
            cursor = body["pagination"]["next_cursor"]
            if not body["pagination"]["has_more"]:
                return found

    @succeeds("GET orders")
    def test_cursors_lead_through_all_orders_once(self):
        made = [self.create_draft()["pos_reference"] for _order in range(5)]
        self.assertEqual(self.walk(config_id=self.config.id)[:5], made[::-1])
        changes = self.walk(updated_since="2026-01-01T00:00:00Z")
        self.assertEqual(len(changes), len(set(changes)))
        self.assertEqual([ref for ref in changes if ref in made], made)

    def test_cursors_tell_changes_of_one_moment_apart(self):
        """What one transaction wrote has one moment; it must not be cut in two."""
        made = [self.create_draft() for _order in range(5)]
        self.env.cr.execute(
            "UPDATE pos_order SET write_date = '2099-03-04 05:06:07.891011'"
            " WHERE pos_reference = ANY(%s)",
            [[order["pos_reference"] for order in made]],
        )
        walked = self.walk(updated_since="2099-03-04T05:06:07Z")
        self.assertEqual(walked, [order["pos_reference"] for order in made])

    def test_a_page_by_cursor_stays_where_it_was(self):
        made = [self.create_draft()["pos_reference"] for _order in range(4)]
        first = self.assertDone(self.listed(per_page=2, config_id=self.config.id))
        self.create_draft()
        cursor = first["pagination"]["next_cursor"]
        second = self.assertDone(
            self.listed(per_page=2, config_id=self.config.id, cursor=cursor)
        )
        self.assertEqual(
            [order["pos_reference"] for order in second["data"]], made[1::-1]
        )
        self.assertIsNone(second["pagination"]["total"])

    def test_what_is_no_cursor_is_refused(self):
        self.create_draft(), self.create_draft()
        plain = self.assertDone(self.listed(per_page=1))["pagination"]["next_cursor"]
        for cursor in (
            "x",
            "ñ",
            "MA==",
            "LTE=",
            "MUB4",
            "MUAyMDI2LTAxLTAxVDAwOjAwWg==",
        ):
            self.assertRefused(
                self.listed(cursor=cursor), 422, "VALIDATION", path="cursor"
            )
        # of a list in another order
        self.assertRefused(
            self.listed(cursor=plain, updated_since="2026-01-01T00:00:00Z"),
            422,
            "VALIDATION",
            path="cursor",
        )

    def moved(self, order, **ago):
        """The order bears the time of a change of so long ago."""
        moment = fields.Datetime.now() - timedelta(**ago)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE pos_order SET write_date = %s WHERE pos_reference = %s",
            (moment, order["pos_reference"]),
        )

    def polled(self, cursor=None):
        since = "2026-01-01T00:00:00Z"
        more = {"cursor": cursor} if cursor else {}
        body = self.assertDone(self.listed(updated_since=since, per_page=200, **more))
        pagination = body["pagination"]
        self.assertFalse(pagination["has_more"])
        references = [order["pos_reference"] for order in body["data"]]
        return references, pagination["next_cursor"]

    def test_polling_goes_on_from_the_last_page(self):
        old = self.create_draft()
        self.moved(old, minutes=20)
        references, cursor = self.polled()
        self.assertIn(old["pos_reference"], references)
        new = self.create_draft()
        references, cursor = self.polled(cursor)
        self.assertIn(new["pos_reference"], references)
        self.assertNotIn(old["pos_reference"], references)
        self.moved(new, minutes=10)
        # nothing new: it may be asked from the same place as often as one likes
        for _poll in range(2):
            references, cursor = self.polled(cursor)
            self.assertNotIn(old["pos_reference"], references)

    def test_change_that_is_stored_late_is_not_missed(self):
        """A sale that waited bears the moment it began at, before the last one."""
        self.create_draft()
        late = self.create_draft()
        self.moved(late, days=400)
        references, cursor = self.polled()
        self.assertNotIn(late["pos_reference"], references)
        self.moved(late, minutes=4)
        references, cursor = self.polled(cursor)
        self.assertIn(late["pos_reference"], references)

    def test_late_change_is_seen_by_who_was_still_turning_pages(self):
        for _order in range(3):
            self.create_draft()
        late = self.create_draft()
        self.moved(late, days=400)
        since = {"updated_since": "2026-01-01T00:00:00Z", "per_page": 1}
        pages = self.assertDone(self.listed(**since))["pagination"]
        self.moved(late, minutes=4)
        later = fields.Datetime.now() + timedelta(hours=1)
        with patch.object(paging, "change_horizon", lambda env: later):
            while pages["has_more"]:
                result = self.listed(**since, cursor=pages["next_cursor"])
                pages = self.assertDone(result)["pagination"]
        references, _cursor = self.polled(pages["next_cursor"])
        self.assertIn(late["pos_reference"], references)

    def test_newest_first_ends_with_its_last_page(self):
        self.create_draft()
        body = self.assertDone(self.listed(per_page=200, state="draft"))
        self.assertEqual(
            (body["pagination"]["has_more"], body["pagination"]["next_cursor"]),
            (False, None),
        )

    def test_status_is_another_name_of_state(self):
        draft, sold = self.create_draft(), self.sell()
        cancelled = self.create_draft()
        self.create_draft(
            {**self.draft(), **{"pos_reference": cancelled["pos_reference"]}}
            | {"step": "cancel", "note": "se fue"},
            status=200,
        )
        made = [order["pos_reference"] for order in (draft, sold, cancelled)]
        for status, reference in zip(("draft", "paid", "cancelled"), made, strict=True):
            with self.subTest(status):
                found = self.references(status=status, per_page=200)
                self.assertEqual([ref for ref in found if ref in made], [reference])
                self.assertEqual(
                    self.references(status=status, state=status, per_page=200), found
                )
        self.assertRefused(
            self.listed(status="paid", state="draft"), 422, "VALIDATION", path="status"
        )

    def test_days_are_days_in_santo_domingo(self):
        orders = [self.create_draft() for _order in range(3)]
        for order, moment in zip(
            orders,
            # 23:59:59 of the 14th, 0:00:00 and 23:59:59 of the 15th
            ("2026-03-15 03:59:59", "2026-03-15 04:00:00", "2026-03-16 03:59:59"),
            strict=True,
        ):
            self.order_of(order).date_order = moment
        self.env.flush_all()
        made = [order["pos_reference"] for order in orders]
        for days, found in (
            ({"date_from": "2026-03-15", "date_to": "2026-03-15"}, made[:0:-1]),
            ({"date_from": "2026-03-14", "date_to": "2026-03-14"}, made[:1]),
            ({"date_from": "2026-03-14", "date_to": "2026-03-15"}, made[::-1]),
            ({"date_from": "2026-03-16", "date_to": "2026-03-17"}, []),
        ):
            with self.subTest(days):
                self.assertEqual(self.references(**days), found)
        until = self.references(date_to="2026-03-14", per_page=200)
        self.assertEqual([ref for ref in until if ref in made], made[:1])

    def test_orders_of_a_customer_and_of_an_employee(self):
        employee = self.ref("employee_cashier")
        plain = self.create_draft()
        of_customer = self.create_draft(partner_id=self.buyer.id)
        of_employee = self.create_draft(employee_id=employee.id)
        made = [order["pos_reference"] for order in (plain, of_customer, of_employee)]
        for filters, reference in (
            ({"partner_id": self.buyer.id}, made[1]),
            ({"employee_id": employee.id}, made[2]),
        ):
            with self.subTest(filters):
                found = self.references(per_page=200, **filters)
                self.assertEqual([ref for ref in found if ref in made], [reference])

    def test_orders_of_an_employee_have_an_index(self):
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM pos_order WHERE employee_id = 7 ORDER BY id DESC"
        )
        plan = "\n".join(row for (row,) in self.env.cr.fetchall())
        self.assertIn("nu_employee_idx", plan)

    def test_page_size_has_a_limit(self):
        body = self.assertDone(self.listed(per_page=100_000))
        self.assertEqual(body["pagination"]["per_page"], 200)

    def test_changes_since_a_moment_come_oldest_first(self):
        first, second = self.create_draft(), self.create_draft()
        before = "2026-01-01T00:00:00-04:00"
        listed = self.references(updated_since=before, per_page=200)
        self.assertLess(
            listed.index(first["pos_reference"]), listed.index(second["pos_reference"])
        )
        self.assertEqual(self.references(updated_since="2099-01-01T00:00:00Z"), [])

    def test_wrong_filters_are_refused_with_their_name(self):
        for name, value in (
            ("colour", "red"),
            ("state", "open"),
            ("page", "0"),
            ("per_page", "x"),
            ("config_id", "-1"),
            ("updated_since", "2026-01-01T00:00:00"),
            ("status", "open"),
            ("partner_id", "x"),
            ("employee_id", "0"),
            ("date_from", "21/11/2026"),
            ("date_to", "2026-02-30"),
        ):
            with self.subTest(name=name):
                self.assertRefused(
                    self.listed(**{name: value}), 422, "VALIDATION", path=name
                )

    def test_absurd_page_is_refused(self):
        with mute_logger(DISPATCHER, "odoo.http", "odoo.sql_db"):
            result = self.listed(page=10**30)
        self.assertRefused(result, 422, "VALIDATION", path="page")

    @succeeds("GET orders/{ref}")
    def test_order_is_read_by_id_and_uuid(self):
        sold = self.sell(self.snapshot(self.line(id="a", note="sin sal")))
        order = self.order_of(sold)
        by_id = self.assertDone(self.call(f"orders/{order.id}", method="GET"))
        by_uuid = self.assertDone(self.call(f"orders/{order.uuid}", method="GET"))
        self.assertEqual(by_id, by_uuid)
        data = by_id["data"]
        self.assertEqual(
            (data["id"], data["uuid"], data["state"], data["amount_total"]),
            (order.id, order.uuid, "paid", 640.0),
        )
        self.assertEqual(data["fiscal"], sold["fiscal"])
        self.assertEqual(data["line_id_map"], sold["line_id_map"])
        [line] = data["lines"]
        self.assertEqual(
            (line["client_id"], line["qty"], line["price_unit"], line["note"]),
            ("a", 1, 500.0, "sin sal"),
        )
        self.assertEqual(line["price_subtotal_incl"], 640.0)
        self.assertEqual(
            [(row["type"], row["amount"]) for row in data["payments"]],
            [("cash", 640.0)],
        )
        # moments carry their offset
        self.assertTrue(data["date_order"].endswith("+00:00"))

    def test_order_of_another_company_is_not_found(self):
        session = self.env["pos.session"].create({"config_id": self.other_config.id})
        foreign = self.env["pos.order"].create(
            {
                "session_id": session.id,
                "company_id": self.other_company.id,
                "pos_reference": self.reference(),
                "amount_tax": 0,
                "amount_total": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        answers = []
        for key in (foreign.id, foreign.uuid, foreign.id + 10_000, "no-uuid"):
            with self.subTest(key=key):
                result = self.call(f"orders/{key}", method="GET")
                body = self.assertRefused(result, 404, "NOT_FOUND")
                del body["request_id"]
                answers.append(body)
        self.assertEqual(answers, answers[:1] * 4)
        self.assertEqual(self.references(pos_reference=foreign.pos_reference), [])

    def test_same_reference_in_another_company_is_another_order(self):
        session = self.env["pos.session"].create({"config_id": self.other_config.id})
        body = self.draft()
        foreign = self.env["pos.order"].create(
            {
                "session_id": session.id,
                "company_id": self.other_company.id,
                "pos_reference": body["pos_reference"],
                "amount_tax": 0,
                "amount_total": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        self.assertNotEqual(self.create_draft(body)["order_id"], foreign.id)
        self.assertFalse(foreign.lines)

    @succeeds("GET payments/methods", "POST payments/methods")
    def test_payment_methods_of_the_register(self):
        expected = {
            "status": "ok",
            "config_id": self.config.id,
            "payment_methods": [
                {"id": self.ref(name).id, "name": label, "type": kind}
                for name, label, kind in (
                    ("pm_cash", "Efectivo", "cash"),
                    ("pm_card", "Tarjeta", "card"),
                    ("pm_transfer", "Transferencia", "transfer"),
                    ("pm_voucher", "Bono de regalo", "voucher"),
                    ("pm_credit", "Crédito", "credit"),
                )
            ],
        }
        config = self.config.id
        for name, result in (
            ("no register named", self.call("payments/methods")),
            ("body", self.call("payments/methods", {"config_id": config})),
            ("camel case", self.call("payments/methods", {"configId": config})),
            (
                "query",
                self.call(f"payments/methods?config_id={config}", method="GET"),
            ),
        ):
            with self.subTest(name):
                self.assertEqual(self.assertDone(result), expected)

    def test_payment_methods_of_an_unknown_register_are_refused(self):
        result = self.call("payments/methods", {"config_id": 999_999})
        self.assertRefused(result, 422, "UNKNOWN_REFERENCE", path="config_id")
