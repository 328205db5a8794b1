"""What the audit records, and that nobody changes it afterwards."""

import json
from datetime import datetime
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ...fiscal.ecf.self_signed import self_signed
from ...models.evidence.audit_chain import AuditChain
from ...models.evidence.audit_secrets import without_secrets
from ...models.runtime.call import Call
from ...models.runtime.problem import ApiProblem
from ..common import FiscalCase
from ..sale import test_core_hooks

AUDIT = "nu_restaurant_pos.order_audit"
TABLE = "nu_restaurant_pos_order_audit"

LOG = "odoo.addons.nu_restaurant_pos.models.evidence.nu_restaurant_pos_order_audit"


class AuditCase(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Audit = cls.env[AUDIT]
        # a chain of its own, that no other row is part of
        cls.house = cls.env["res.company"].create({"name": "La prueba"})

    def record(self, count=1, company=None, **values):
        return self.Audit.concat(
            *(
                self.Audit._record(
                    "create",
                    company=company or self.house,
                    pos_reference=f"T/{index}",
                    payload={"index": index},
                    **values,
                )
                for index in range(count)
            )
        )

    def seal(self):
        self.env.flush_all()
        sealed = self.env["nu.pos.audit.seal"].seal()
        self.env.invalidate_all()
        return sealed

    def last(self, event, **domain):
        return self.Audit.search(
            [("event", "=", event), *((k, "=", v) for k, v in domain.items())], limit=1
        )

    def assertRefused(self, query, *args):
        with (
            self.assertRaises(psycopg2.errors.InsufficientPrivilege),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(query, args)


class TestAppendOnly(AuditCase):
    def test_the_orm_refuses_everybody(self):
        row = self.record()
        for user in (self.env.user, self.ref("user_manager")):
            mine = row.with_user(user).sudo()
            for change in (
                lambda mine=mine: mine.write({"ncf": "x"}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.create({"event": "create"}),
            ):
                with self.assertRaises(AccessError):
                    change()

    def test_the_database_refuses_to_change_a_row(self):
        row = self.record()
        self.seal()
        for column in ("payload", "ncf", "device", "pos_reference", "event"):
            self.assertRefused(
                f"UPDATE {TABLE} SET {column} = 'x' WHERE id = %s",
                row.id,
            )

    def test_the_database_refuses_to_delete_rows_sealed_or_not(self):
        self.record()
        self.seal()
        self.record()
        self.assertRefused("DELETE FROM nu_restaurant_pos_order_audit")

    def test_the_database_refuses_to_empty_the_tables(self):
        for table in (
            "nu_restaurant_pos_order_audit",
            "nu_pos_audit_seal",
            "nu_pos_audit_anchor",
        ):
            self.assertRefused(f"TRUNCATE {table} CASCADE")

    def test_the_database_refuses_to_change_or_delete_a_seal_or_an_anchor(self):
        self.record()
        self.seal()
        AuditChain(self.env, self.house).check()
        for table in ("nu_pos_audit_seal", "nu_pos_audit_anchor"):
            self.assertRefused(f"UPDATE {table} SET hash = 'x'")
            self.assertRefused(f"DELETE FROM {table}")

    def test_the_orm_refuses_to_touch_a_seal_or_an_anchor(self):
        self.record()
        self.seal()
        anchor = AuditChain(self.env, self.house).check()
        with self.assertRaises(AccessError):
            anchor.write({"seq": 9})
        with self.assertRaises(AccessError):
            anchor.unlink()

    def test_who_acted_cannot_be_deleted_from_under_the_audit(self):
        user = self.hub.copy({"login": "gone", "name": "Gone"})
        self.Audit.with_user(user)._record("login", company=self.house)
        with (
            self.assertRaises(psycopg2.errors.IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM res_users WHERE id = %s", [user.id])


class TestRecord(AuditCase):
    def test_a_row_says_who_from_where_and_what(self):
        row = (
            self.Audit.with_user(self.hub)
            .with_context(nu_call=Call("d1", "1.2.3", "r1"))
            ._record(
                "void",
                company=self.company,
                pos_reference="T/1",
                ncf="B0200000001",
                payload={"b": 1, "a": "ñ"},
            )
        )
        self.assertEqual(row.event, "void")
        self.assertEqual(row.user_id, self.hub)
        self.assertEqual(row.company_id, self.company)
        self.assertEqual((row.device, row.app_version), ("d1", "1.2.3"))
        self.assertEqual((row.request_id, row.ncf), ("r1", "B0200000001"))
        self.assertEqual(row.payload, '{"a":"ñ","b":1}')
        self.assertTrue(row.create_date)

    def test_a_context_sent_over_rpc_writes_nothing_into_the_evidence(self):
        forged = {
            "nu_device": "forged-till",
            "nu_app_version": "9.9",
            "nu_request_id": "forged-request",
            "nu_call": {"device": "forged-till", "request_id": "forged-request"},
        }
        row = self.Audit.with_user(self.hub).with_context(**forged)._record("login")
        self.assertEqual(
            (row.device, row.app_version, row.request_id), (False, False, False)
        )

    def test_an_origin_is_cut_to_what_a_header_may_hold(self):
        row = self.Audit.with_context(nu_call=Call("x" * 5000))._record("login")
        self.assertEqual(row.device, "x" * 128)

    def test_an_unknown_event_is_refused(self):
        with self.assertRaises(ValueError):
            self.Audit._record("nonsense")

    def test_a_row_costs_one_query(self):
        self.record()
        with self.assertQueryCount(1):
            self.record()

    def test_a_row_apart_stays_when_the_request_rolls_back(self):
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr)
            env[AUDIT]._record("create", pos_reference="T/undone")
            env[AUDIT]._record_apart("refusal", pos_reference="T/stays")
            cr.rollback()
        found = self.Audit.search([("pos_reference", "in", ["T/undone", "T/stays"])])
        self.assertEqual(found.mapped("pos_reference"), ["T/stays"])

    def test_a_row_apart_is_there_once_when_the_request_commits(self):
        with self.env.registry.cursor() as cr:
            self.env(cr=cr)[AUDIT]._record_apart("refusal", pos_reference="T/once")
        self.assertEqual(self.Audit.search_count([("pos_reference", "=", "T/once")]), 1)

    def test_a_refusal_tells_code_permission_and_place(self):
        problem = ApiProblem("FORBIDDEN", "No refunds", permission="refund")
        hub = self.Audit.with_user(self.hub)
        hub.with_context(nu_call=Call("d9"))._record_refusal(
            problem,
            {"company": self.company, "path": "/orders", "pos_reference": "T/9"},
        )
        row = self.last("refusal", pos_reference="T/9")
        self.assertEqual((row.user_id, row.company_id), (self.hub, self.company))
        self.assertEqual(row.device, "d9")
        self.assertEqual(
            json.loads(row.payload),
            {
                "code": "FORBIDDEN",
                "permission": "refund",
                "path": "/orders",
                "detail": "No refunds",
            },
        )

    def test_a_refusal_holds_no_secret(self):
        secret = "s3cr3t-value"
        problem = ApiProblem(
            "VALIDATION",
            errors=[{"path": "pin", "message": f"not {secret}", "given": secret}],
        )
        self.Audit._record_refusal(
            problem,
            {
                "pos_reference": "T/secret",
                "login": "ana",
                "password": secret,
                "body": {"pin": secret, "deep": [{"refresh_token": secret}]},
                "headers": {"Authorization": secret, "X-Api-Key": secret},
                "userPin": secret,
                "badge": secret,
            },
        )
        row = self.last("refusal", pos_reference="T/secret")
        self.assertNotIn(secret, row.payload)
        self.assertEqual(json.loads(row.payload)["login"], "ana")
        self.assertEqual(json.loads(row.payload)["paths"], ["pin"])

    def test_words_that_only_look_like_secrets_are_kept(self):
        kept = {"shipping": "a", "pos_reference": "b", "spin": "c", "passenger": "d"}
        self.assertEqual(without_secrets(kept), kept)

    def test_any_exception_can_be_recorded_as_a_refusal(self):
        self.Audit._record_refusal(AccessError("no"), {"pos_reference": "T/any"})
        row = self.last("refusal", pos_reference="T/any")
        self.assertEqual(json.loads(row.payload)["code"], "AccessError")

    def test_a_refusal_stands_when_its_trace_cannot_be_written(self):
        with (
            patch.object(
                type(self.Audit), "_record", side_effect=psycopg2.OperationalError
            ),
            self.assertLogs(LOG, "ERROR"),
        ):
            self.Audit._record_refusal(ApiProblem("FORBIDDEN"))


class TestAuditedChanges(AuditCase):
    def setUp(self):
        super().setUp()
        self.manager = self.ref("user_manager")
        self.Range = (
            self.env["nu.pos.ncf.range"]
            .with_user(self.manager)
            .with_context(allowed_company_ids=self.company.ids)
        )

    def change(self, row):
        payload = json.loads(row.payload)
        return payload["act"], payload["changes"]

    def make_range(self):
        return self.Range.create(
            {
                "company_id": self.company.id,
                "document_type_id": self.type("B16").id,
                "first_number": 1,
                "last_number": 50,
                "date_expiry": "2099-12-31",
            }
        )

    def test_a_new_range_is_recorded_with_its_bounds(self):
        made = self.make_range()
        row = self.last("range")
        act, changes = self.change(row)
        self.assertEqual((act, row.user_id), ("create", self.manager))
        self.assertEqual(row.company_id, self.company)
        self.assertEqual(changes["last_number"], [None, 50])
        self.assertEqual(changes["date_expiry"], [None, "2099-12-31"])
        self.assertEqual(changes["document_type_id"][1][0], self.type("B16").id)
        self.assertEqual(json.loads(row.payload)["id"], made.id)

    def test_a_changed_range_is_recorded_from_what_to_what(self):
        made = self.make_range()
        made.last_number = 80
        act, changes = self.change(self.last("range"))
        self.assertEqual((act, changes), ("write", {"last_number": [50, 80]}))
        made.action_close()
        _act, changes = self.change(self.last("range"))
        self.assertEqual(changes, {"state": ["queued", "closed"]})

    def test_a_deleted_range_is_recorded_with_what_it_was(self):
        made = self.make_range()
        made.unlink()
        row = self.last("range")
        act, changes = self.change(row)
        self.assertEqual(act, "unlink")
        self.assertEqual(changes["last_number"], [50, None])
        self.assertEqual(row.company_id, self.company)

    def test_a_write_that_changes_nothing_leaves_no_row(self):
        made = self.make_range()
        before = self.last("range")
        made.write({"last_number": 50, "warning_days": 3})
        self.assertEqual(self.last("range"), before)

    def test_a_refused_change_leaves_no_row(self):
        made = self.make_range()
        before = self.last("range")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            made.with_user(self.ref("user_cashier")).last_number = 99
        self.assertEqual(self.last("range"), before)

    def test_a_setting_of_a_register_is_recorded(self):
        self.config.with_user(self.manager).sudo().nu_invoice_policy = "always"
        self.config.with_user(self.manager).sudo().nu_invoice_policy = "identified"
        row = self.last("config")
        self.assertEqual(row.user_id, self.manager)
        self.assertEqual(row.company_id, self.company)
        _act, changes = self.change(row)
        self.assertEqual(changes, {"nu_invoice_policy": ["always", "identified"]})

    def test_a_secret_setting_is_told_without_its_value(self):
        Config = type(self.env["pos.config"])
        values = [[{"nu_hub_token": "old"}], [{"nu_hub_token": "new"}]]
        with (
            patch.object(Config, "_nu_audit_values", side_effect=values),
            patch.object(Config, "_nu_audited_fields", return_value=["nu_hub_token"]),
        ):
            self.config._nu_audit_record("write", {"nu_hub_token": ["old", "new"]})
        _act, changes = self.change(self.last("config"))
        self.assertEqual(changes, {"nu_hub_token": ["***", "***"]})

    def test_a_parameter_of_ours_is_recorded_and_others_are_not(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("nu_pos.test_hours", "1")
        parameters.set_param("nu_pos.test_hours", "2")
        row = self.last("config")
        act, changes = self.change(row)
        self.assertEqual((act, changes), ("write", {"value": ["1", "2"]}))
        self.assertEqual(json.loads(row.payload)["name"], "nu_pos.test_hours")
        parameters.set_param("other.test_hours", "3")
        self.assertEqual(self.last("config"), row)
        parameters.set_param("nu_pos.test_hours", False)
        self.assertEqual(self.change(self.last("config"))[0], "unlink")

    def test_a_secret_parameter_is_told_without_its_value(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("nu_pos.test_secret", "hidden-1")
        parameters.set_param("nu_pos.test_secret", "hidden-2")
        rows = self.Audit.search([("event", "=", "config")], limit=2)
        for row in rows:
            self.assertNotIn("hidden", row.payload)
        self.assertEqual(self.change(rows[0])[1], {"value": ["***", "***"]})

    def test_settings_of_the_company_and_of_masters_are_recorded(self):
        admin = self.env.ref("base.user_admin")
        tip = self.env["account.tax"].search(
            [("nu_is_tip", "=", True), ("company_id", "=", self.company.id)], limit=1
        )
        # core lets nobody change the methods of an open session
        unused = self.cash.copy({"journal_id": False, "config_ids": False})
        for record, name, value in (
            (self.company, "nu_ecf_credit_days", 45),
            (self.company, "nu_ecf_environment", "certecf"),
            (unused, "nu_kind", "other"),
            (tip, "nu_is_tip", False),
            (self.type("B02"), "nu_buyer_rule", "required"),
        ):
            with self.subTest(field=name):
                before = record[name] or None
                record.with_user(admin).sudo()[name] = value
                row = self.last("config")
                act, changes = self.change(row)
                self.assertEqual((act, changes[name]), ("write", [before, value]))
                self.assertEqual(row.user_id, admin)

    def test_leaving_production_of_ecf_is_told_to_a_manager(self):
        # made outside of the frozen time: cryptography keeps the datetime it sees first
        signer = self_signed("Prueba", self.company.vat, datetime(2026, 8, 1), 3650)
        with freeze_time("2026-08-01"):
            self.env["nu.pos.ecf.certificate"]._keep(self.company, signer)
        self.company.write({"nu_ecf_environment": "ecf", "nu_ecf_send": True})
        current = self.env["nu.pos.ecf.certificate"]._of(self.company)

        def told():
            summaries = current.activity_ids.mapped("summary")
            return summaries.count("e-CF: production was left")

        self.company.nu_ecf_credit_days = 15
        self.assertEqual(told(), 0)
        self.company.nu_ecf_send = False
        self.assertEqual(told(), 1)
        self.company.nu_ecf_environment = "testecf"
        self.assertEqual(told(), 1, "once while it stands")

    def test_other_settings_of_core_are_not_ours_to_record(self):
        before = self.last("config")
        self.config.receipt_header = "Bienvenidos"
        self.assertEqual(self.last("config"), before)


class TestScreenSales(AuditCase):
    # names of the module: importing the class would run its tests here again
    screen_order = test_core_hooks.TestCoreHooks.screen_order
    sync = test_core_hooks.TestCoreHooks.sync

    def test_a_sale_of_odoos_screen_is_recorded(self):
        order = self.sync(self.screen_order())
        row = self.last("pos_finalize", order_res_id=order.id)
        self.assertEqual(row.pos_reference, order.pos_reference)
        self.assertEqual(row.ncf, order.nu_ncf)
        self.assertEqual(row.company_id, self.company)
        self.assertEqual(json.loads(row.payload)["amount_total"], "640.00")

    def test_a_draft_of_odoos_screen_is_not(self):
        order = self.sync(self.screen_order("draft"))
        self.assertFalse(self.last("pos_finalize", order_res_id=order.id))

    def test_a_sale_of_a_hub_is_recorded_once_and_not_as_one_of_the_screen(self):
        order = self.order_of(self.finalize())
        rows = self.Audit.search([("order_res_id", "=", order.id)])
        self.assertEqual(
            [event for event in rows.mapped("event") if event.endswith("finalize")],
            ["hub_finalize"],
        )
