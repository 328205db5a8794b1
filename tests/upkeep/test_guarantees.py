"""What guarantees rest on in the database: compared, exported, never dropped unseen."""

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tools import file_open, mute_logger

from ... import hooks
from ...models.upkeep.evidence_export import EvidenceExport, unexported
from ...models.upkeep.guarantees import Guarantees, function_bodies, triggers
from ..common import FiscalCase


class TestGuarantees(FiscalCase):
    def missing(self):
        return Guarantees(self.env).missing()

    def test_a_fresh_database_has_every_guarantee(self):
        self.assertEqual(self.missing(), [])
        self.assertEqual(Guarantees(self.env).broken_ranges(), [])
        # the search for declarations is not empty itself
        self.assertIn("nu_pos_ncf_take", function_bodies())
        self.assertIn(
            ("nu_pos_audit_guard", "nu_restaurant_pos_order_audit"), triggers()
        )

    def test_an_index_that_was_dropped_is_named(self):
        self.env.cr.execute("DROP INDEX pos_order_nu_reference_uniq")
        self.assertEqual(self.missing(), ["index pos_order_nu_reference_uniq"])

    def test_an_index_of_another_definition_is_named(self):
        self.env.cr.execute(
            "DROP INDEX nu_pos_ncf_name_uniq;"
            "CREATE INDEX nu_pos_ncf_name_uniq ON nu_pos_ncf (name)"
        )
        self.assertEqual(self.missing(), ["index nu_pos_ncf_name_uniq"])

    def test_a_constraint_that_was_dropped_is_named(self):
        self.env.cr.execute(
            "ALTER TABLE nu_pos_ncf_range DROP CONSTRAINT nu_pos_ncf_range_no_overlap"
        )
        self.assertEqual(self.missing(), ["constraint nu_pos_ncf_range_no_overlap"])

    def test_a_trigger_that_was_switched_off_is_named(self):
        self.env.cr.execute(
            "ALTER TABLE nu_pos_audit_seal DISABLE TRIGGER nu_pos_audit_guard"
        )
        self.assertEqual(
            self.missing(), ["trigger nu_pos_audit_guard on nu_pos_audit_seal"]
        )

    def test_a_function_that_was_replaced_is_named(self):
        self.env.cr.execute(
            "CREATE OR REPLACE FUNCTION nu_pos_audit_refuse(p_operation text,"
            " p_table text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$"
        )
        self.assertEqual(self.missing(), ["function nu_pos_audit_refuse"])

    def test_each_start_of_a_server_logs_what_is_missing(self):
        modules = self.env["ir.module.module"]
        with self.assertNoLogs(
            "odoo.addons.nu_restaurant_pos.models.upkeep.ir_module_module", "ERROR"
        ):
            modules._register_hook()
        self.env.cr.execute("DROP INDEX pos_order_nu_reference_uniq")
        with self.assertLogs(
            "odoo.addons.nu_restaurant_pos.models.upkeep.ir_module_module", "ERROR"
        ) as log:
            modules._register_hook()
        self.assertIn("pos_order_nu_reference_uniq", log.output[0])

    def test_an_administrator_checks_by_button_and_nobody_else(self):
        settings = self.env["res.config.settings"]
        told = settings.action_nu_check_guarantees()["params"]
        self.assertEqual(told["type"], "success")
        self.env.cr.execute("DROP INDEX pos_order_nu_reference_uniq")
        told = settings.action_nu_check_guarantees()["params"]
        self.assertEqual(
            (told["type"], told["message"]),
            ("danger", "index pos_order_nu_reference_uniq"),
        )
        with self.assertRaises(AccessError):
            settings.with_user(self.ref("user_manager")).action_nu_check_guarantees()

    def test_an_installation_without_its_guarantees_is_refused(self):
        hooks.post_init_hook(self.env)
        self.env.cr.execute("DROP INDEX pos_order_nu_reference_uniq")
        with self.assertRaisesRegex(UserError, "pos_order_nu_reference_uniq"):
            hooks.post_init_hook(self.env)


class TestLivedHouse(FiscalCase):
    def old_order(self, reference):
        return self.env["pos.order"].create(
            {
                "company_id": self.company.id,
                "session_id": self.config.current_session_id.id,
                "pos_reference": reference,
                "amount_total": 0,
                "amount_tax": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )

    def test_old_orders_of_one_reference_do_not_stop_the_installation(self):
        first, second, single = (
            self.old_order(name) for name in ("Old/1", "Old/2", "Old/3")
        )
        self.env.flush_all()
        self.env.cr.execute("DROP INDEX pos_order_nu_reference_uniq")
        self.env.cr.execute(
            "UPDATE pos_order SET pos_reference = 'Old/1' WHERE id = %s", [second.id]
        )
        hooks.pre_init_hook(self.env)
        self.env.invalidate_all()
        orders = first | second | single
        self.assertEqual(
            orders.mapped("nu_reference_twin"), [first.id, 0, 0], "the newest is free"
        )
        self.assertEqual(orders.mapped("pos_reference"), ["Old/1", "Old/1", "Old/3"])
        index = type(self.env["pos.order"])._nu_reference_uniq
        index.apply_to_database(self.env["pos.order"])
        self.assertEqual(Guarantees(self.env).missing(), [])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.old_order("Old/1")

    def test_nobody_makes_a_twin_afterwards(self):
        self.old_order("New/1")
        other = self.old_order("New/2")
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE pos_order SET pos_reference = 'New/1', nu_reference_twin = 7"
                " WHERE id = %s",
                [other.id],
            )


class TestLeaving(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(TemporaryDirectory()))
        cls.module = cls.env.ref("base.module_nu_restaurant_pos")

    def sell(self):
        return self.Order._nu_submit(self.snapshot(), finalize=True).body

    def test_uninstalling_is_refused_while_there_is_evidence(self):
        self.sell()
        for module in (self.module, self.env.ref("base.module_pos_restaurant")):
            with self.subTest(module=module.name):
                with self.assertRaisesRegex(UserError, "nu_audit evidence"):
                    module.button_uninstall()
                self.assertEqual(self.module.state, "installed")
        with self.assertRaisesRegex(UserError, "nu_pos_ncf"):
            hooks.uninstall_hook(self.env)

    def test_exported_evidence_may_go_until_something_is_sold_again(self):
        self.sell()
        folder = self.folder / "first"
        EvidenceExport(self.env, folder).export()
        self.assertEqual(unexported(self.env), {})
        self.sell()
        self.assertEqual(
            set(unexported(self.env)), {"nu_pos_ncf", "nu_restaurant_pos_order_audit"}
        )

    def test_an_export_holds_every_number_and_digests_of_its_files(self):
        number = self.sell()["fiscal"]["reference"]
        folder = self.folder / "second"
        EvidenceExport(self.env, folder).export()
        manifest = json.loads((folder / "manifest.json").read_text())
        self.assertIn(number, (folder / "nu_pos_ncf.csv").read_text())
        self.assertIn(f"audit-{self.company.id}.jsonl", manifest["files"])
        for name, digest in manifest["files"].items():
            content = (folder / name).read_bytes()
            self.assertEqual(hashlib.sha256(content).hexdigest(), digest, name)

    def test_leaving_takes_functions_triggers_staging_and_secrets_along(self):
        self.sell()
        EvidenceExport(self.env, self.folder / "third").export()
        hooks.uninstall_hook(self.env)
        self.env.cr.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE 'nu\\_pos%'"
        )
        self.assertEqual(self.env.cr.fetchall(), [])
        self.env.cr.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'nu\\_pos%'"
        )
        self.assertEqual(self.env.cr.fetchall(), [])
        self.env.cr.execute(
            "SELECT to_regclass('nu_pos_rnc_staging'),"
            " to_regclass('nu_pos_order_tracking_seq')"
        )
        self.assertEqual(self.env.cr.fetchone(), (None, None))
        parameters = self.env["ir.config_parameter"].search([("key", "like", "nu_")])
        self.assertEqual(
            [p.key for p in parameters if p.key.startswith("nu_")], [], parameters
        )


class TestNeutralized(FiscalCase):
    def test_a_copy_holds_no_secret_of_the_house(self):
        self.env["nu.pos.token"]._ensure_secret()
        parameters = self.env["ir.config_parameter"].sudo()
        secret = parameters.get_param("nu_pos.jwt_secret")
        device = self.env["nu.pos.device"].search([], limit=1)
        self.env.cr.execute(
            "UPDATE nu_pos_device SET secret_hash = 'x' WHERE id = %s", [device.id]
        )
        self.company.nu_ecf_send = True
        self.env.flush_all()
        with file_open("nu_restaurant_pos/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
        self.assertNotIn(parameters.get_param("nu_pos.jwt_secret"), (secret, False))
        self.assertFalse(self.company.nu_ecf_send)
        for table, column in (
            ("nu_pos_device", "secret_hash"),
            ("nu_pos_ecf_certificate", "sealed_key"),
            ("nu_pos_ecf_link", "tokens"),
        ):
            self.env.cr.execute(
                f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL"
            )
            self.assertEqual(self.env.cr.fetchone(), (0,), table)
        self.env.cr.execute(
            "SELECT count(*) FROM nu_pos_refresh_token WHERE date_revoked IS NULL"
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))
