"""How much is received, and what is kept of it."""

import base64

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...fiscal.ecf import messages
from ...fiscal.ecf.description import Buyer
from ...models.reception import nu_pos_ecf_receiver
from ..ecf_reception import ReceptionCase


@tagged("post_install", "-at_install")
class TestBounds(ReceptionCase):
    def test_refusals_do_not_flood(self):
        self.patch(nu_pos_ecf_receiver, "DAILY_REFUSED", 2)
        buyer = Buyer(rnc="101672919", name="OTRO")
        with mute_logger(
            "odoo.addons.nu_restaurant_pos.models.reception.nu_pos_ecf_receiver"
        ):
            for number in range(1, 5):
                arecf = self.receiver.receive(self.file(number, buyer=buyer))
                self.assertEqual(messages.parse_arecf(arecf).reason, 4)
        self.assertEqual(self.received.search_count([("state", "=", "refused")]), 2)

    def test_same_refused_file_is_one_row(self):
        xml = self.file(buyer=Buyer(rnc="101672919", name="OTRO"))
        for _time in range(3):
            self.receiver.receive(xml)
        record = self.received.search([("state", "=", "refused")])
        self.assertEqual((len(record), record.deliveries), (1, 3))

    def test_large_refused_file_is_not_kept_whole(self):
        self.patch(nu_pos_ecf_receiver, "MAX_REFUSED_BYTES", 100)
        record = self.assertRefused(
            self.file(buyer=Buyer(rnc="101672919", name="OTRO")), 4
        )
        self.assertFalse(record.xml)
        self.assertGreater(record.size, 100)
        self.assertTrue(record.digest)

    def test_more_than_a_day_takes_must_wait(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("nu_pos.ecf_received_per_day", "1")
        self.take(self.file(1))
        problem = self.assertProblem(
            "RATE_LIMITED", self.receiver.receive, self.file(2)
        )
        self.assertTrue(problem.retry_after)

    def test_old_refusals_are_dropped_and_receipts_never(self):
        _receipt, kept = self.take(self.file(1))
        dropped = self.assertRefused(
            self.file(2, buyer=Buyer(rnc="101672919", name="OTRO")), 4
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ecf_received SET date_received = '2020-01-01'"
        )
        self.env.invalidate_all()
        self.received._gc_refused()
        self.assertFalse(dropped.exists())
        self.assertTrue(kept.exists())

    def test_database_holds_one_row_for_a_number_of_an_issuer(self):
        _receipt, kept = self.take(self.file())
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.received.sudo().create(
                {
                    "name": kept.name,
                    "company_id": kept.company_id.id,
                    "issuer_rnc": kept.issuer_rnc,
                    "date_received": kept.date_received,
                    "digest": "x",
                    "state": "received",
                }
            )


@tagged("post_install", "-at_install")
class TestEvidence(ReceptionCase):
    def test_nobody_changes_or_deletes_what_came_in(self):
        _receipt, record = self.take(self.file())
        for name in ("user_accountant", "user_manager"):
            mine = record.with_user(self.ref(name))
            self.assertTrue(mine.read(["amount_total", "xml"]))
            with self.assertRaises(AccessError):
                mine.write({"amount_total": 1})
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.create({"name": "x"})
        with self.assertRaises(AccessError):
            record.sudo().write({"xml": base64.b64encode(b"<ECF/>")})
        with self.assertRaises(AccessError):
            record.sudo().unlink()

    def test_screens_open_for_those_who_read(self):
        _receipt, record = self.take(self.file())
        record._make_bill()
        manager = self.ref("user_manager")
        manager.group_ids -= self.env.ref("account.group_account_invoice")
        for user in (manager, self.ref("user_accountant")):
            records = self.received.with_user(user).with_context(
                allowed_company_ids=self.company.ids
            )
            views = records.get_views([(False, kind) for kind in ("list", "form")])
            shown = views["models"]["nu.pos.ecf.received"]["fields"]
            specification = {
                name: {"fields": {"display_name": {}}} if field.get("relation") else {}
                for name, field in shown.items()
            }
            [values] = records.web_search_read([("id", "=", record.id)], specification)[
                "records"
            ]
            self.assertEqual(values["bill_id"]["id"], record.bill_id.id)
            arch = views["views"]["form"]["arch"]
            self.assertEqual("action_approve" in arch, user != manager)

    def test_cashier_hub_and_waiter_see_nothing(self):
        _receipt, record = self.take(self.file())
        for name in ("user_cashier", "user_waiter", "user_hub"):
            with self.assertRaises(AccessError):
                record.with_user(self.ref(name)).read(["name"])

    def test_other_company_sees_nothing(self):
        _receipt, record = self.take(self.file())
        other = self.env["res.company"].create({"name": "Otra"})
        accountant = self.ref("user_accountant").copy(
            {
                "login": "otra@test",
                "company_id": other.id,
                "company_ids": [(6, 0, other.ids)],
            }
        )
        theirs = self.received.with_user(accountant).with_context(
            allowed_company_ids=other.ids
        )
        self.assertFalse(theirs.search([("id", "=", record.id)]))
        with self.assertRaises(AccessError):
            theirs.browse(record.id).action_approve()
