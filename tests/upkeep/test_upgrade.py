"""A house that has lived: its database of an older version, upgraded.

``files/upgrade`` has one file for each version (``tools/old-database`` makes them):
sales over the API and on Odoo's screen, returns, invoices, purchases, numbers in every
state, documents that DGII accepted, rejected and has not seen, a sealed audit and a
month. Each is loaded into a database with Odoo's modules, upgraded by Odoo's command
and looked at.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from psycopg2 import IntegrityError

from odoo.tests import BaseCase, tagged
from odoo.tools import config

ADDON = Path(__file__).resolve().parents[2]
for folder in (ADDON / "tools", ADDON / "tools" / "_lib"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

import old_database  # noqa: E402, needs the path above
from old_database import load  # noqa: E402

from _lib import database, fetch, logs, postgres, setup, templates, tree  # noqa: E402

# Tables whose rows stand whatever a later version adds: the evidence of a house.
KEPT = (
    "account_move",
    "account_move_line",
    "nu_pos_api_request",
    "nu_pos_audit_anchor",
    "nu_pos_audit_seal",
    "nu_pos_device",
    "nu_pos_dgii_month",
    "nu_pos_dgii_report",
    "nu_pos_dgii_report_figure",
    "nu_pos_dgii_report_line",
    "nu_pos_dgii_report_problem",
    "nu_pos_ecf",
    "nu_pos_ecf_certificate",
    "nu_pos_ecf_received",
    "nu_pos_ncf",
    "nu_pos_ncf_range",
    "nu_pos_permission_config",
    "nu_restaurant_pos_order_audit",
    "pos_order",
    "pos_order_line",
    "pos_payment",
    "pos_session",
)
# Columns that a later version may write in old rows, and why.
CONVERTED = {
    # by whoever upgrades
    "write_date",
    "write_uid",
}
LOOK = """
import json

from odoo.addons.nu_restaurant_pos.tests.upgraded_house import look
print("LOOKED " + json.dumps(look(env), default=str))
"""


@tagged("post_install", "-at_install")
class UpgradeCase(BaseCase):
    """One old database for the class, upgraded once."""

    version = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stack = ExitStack()
        cls.addClassCleanup(cls.stack.close)
        made = load.read(
            ADDON / "tests" / "files" / "upgrade" / f"{cls.version}.json.xz"
        )
        cls.made_of = made["odoo"]
        env = _environment()

        def with_modules_of_odoo(env):
            return templates.ensure_base(env, made["modules"])

        cls.db = cls.stack.enter_context(
            database.fresh(env, "upgrade", with_modules_of_odoo)
        )
        connection = cls.db.server.connect(cls.db.name)
        with connection as raw:
            load.load(made, raw)
        cls.before = {table: cls.rows(table) for table in KEPT}
        cls.log = logs.new(cls.db.name)
        cls.run_odoo(env, "-u", tree.ADDON, "--stop-after-init")
        cls.problems = logs.problems(cls.log)
        cls.after = {table: cls.rows(table) for table in KEPT}
        said = cls.run_odoo(env, "shell", script=LOOK)
        cls.looked = json.loads(said.split("LOOKED ", 1)[1].splitlines()[0])

    @classmethod
    def run_odoo(cls, env, *arguments, script=""):
        settings = env.write_config(
            cls.db.folder / "odoo.conf",
            cls.db.name,
            cls.db.folder / "data",
            logfile=cls.log,
        )
        variables = env.environ(settings)
        variables["NU_POS_ECF_SECRET"] = old_database.SECRET
        done = subprocess.run(
            env.command(*arguments, "--no-http"),
            env=variables,
            input=script,
            capture_output=True,
            text=True,
            cwd=cls.db.folder,
            check=False,
        )
        if done.returncode or "Traceback" in done.stderr:
            raise AssertionError(f"{logs.tail(cls.log)}\n{done.stderr[-3000:]}")
        return done.stdout

    @classmethod
    def rows(cls, table):
        """``{id: {column: value}}`` of a table."""
        return dict(cls.db.query(f"SELECT id, to_jsonb(t) FROM {table} t"))


def _environment():
    """The environment of the tools, for the copy of the addon that is under test."""
    server = postgres.Server(
        config["db_host"],
        int(config["db_port"]),
        config["db_user"],
        config["db_password"] or "",
    )
    snapshot = tree.Snapshot(ADDON, ADDON.parent, "", "")
    return setup.Environment(Path(sys.executable), fetch.ensure(), server, snapshot)


class TestUpgradeFrom1(UpgradeCase):
    version = "19.0.1.0.0"

    def test_upgrade_says_nothing(self):
        self.assertEqual(self.problems, [])

    def test_no_row_of_the_evidence_is_lost_or_changed(self):
        for table, rows in self.before.items():
            self.assertTrue(rows, f"the old house has no {table}")
            after = self.after[table]
            changed = {
                number: {
                    name: (value, after[number][name])
                    for name, value in row.items()
                    if name in after.get(number, {})
                    and name not in CONVERTED
                    and after[number][name] != value
                }
                for number, row in rows.items()
                if number in after
            }
            with self.subTest(table):
                self.assertEqual(set(rows) - set(after), set())
                self.assertEqual({n: c for n, c in changed.items() if c}, {})

    def test_no_column_of_the_evidence_is_lost(self):
        for table, rows in self.before.items():
            with self.subTest(table):
                lost = set(next(iter(rows.values()))) - set(
                    next(iter(self.after[table].values()))
                )
                self.assertEqual(lost, set())

    def test_what_was_written_by_the_old_version_is_there_in_every_state(self):
        states = {
            table: {row["state"] for row in self.after[table].values()}
            for table in ("nu_pos_ncf", "nu_pos_ncf_range", "nu_pos_ecf", "pos_order")
        }
        self.assertEqual(
            states,
            {
                "nu_pos_ncf": {"issued", "reserved", "released", "voided"},
                "nu_pos_ncf_range": {
                    "active", "closed", "exhausted", "queued",
                },
                "nu_pos_ecf": {"accepted", "queued", "rejected"},
                "pos_order": {"cancel", "done", "draft", "paid"},
            },
        )  # fmt: skip

    def test_guarantees_stand_in_the_upgraded_database(self):
        self.assertEqual(self.looked["missing"], [])
        self.assertEqual(self.looked["broken_ranges"], [])

    def test_documents_issued_before_name_their_buyers(self):
        """By what was signed, else by the contact of the day of the upgrade."""
        orders = self.after["pos_order"]
        signed = {
            row["ncf_id"]: row
            for _id, row in sorted(self.after["nu_pos_ecf"].items())
            if row["buyer_rnc"]
        }
        named = [row for row in orders.values() if row["nu_buyer_name"]]
        self.assertTrue(named)
        for row in named:
            self.assertTrue(row["nu_ncf_id"] and row["partner_id"])
            if document := signed.get(row["nu_ncf_id"]):
                self.assertEqual(row["nu_buyer_vat"], document["buyer_rnc"])
        invoices = self.after["account_move"]
        for row in orders.values():
            if row["account_move"] and row["nu_ncf_id"]:
                invoice = invoices[row["account_move"]]
                self.assertEqual(invoice["nu_buyer_vat"], row["nu_buyer_vat"])

    def test_sales_of_before_are_sealed(self):
        before = self.rows("pos_payment")
        for statement in (
            "UPDATE pos_order SET amount_total = amount_total + 1"
            " WHERE state IN ('paid', 'done') AND nu_ncf_id IS NOT NULL",
            "UPDATE pos_order_line SET qty = qty + 1",
            "DELETE FROM pos_payment",
            "UPDATE nu_pos_ncf SET state = 'released' WHERE state = 'issued'",
        ):
            with self.subTest(statement), self.assertRaises(IntegrityError) as caught:
                self.db.query(statement)
            self.assertIn("is issued", str(caught.exception))
        self.assertEqual(self.rows("pos_payment"), before)

    def test_audit_written_before_verifies_after(self):
        chains = self.looked["chains"]
        sealed = len(self.before["nu_pos_audit_seal"])
        self.assertEqual(sum(chain["count"] for chain in chains), sealed)
        self.assertEqual([chain["broken"] for chain in chains], [None] * len(chains))

    def test_audit_is_verified_daily_by_its_anchors(self):
        self.assertEqual(self.looked["audit_cron"], "nu.pos.audit.anchor")

    def test_month_that_was_filed_reads_as_it_was_filed(self):
        self.assertEqual(self.looked["filed"], ["608", "filed"])

    def test_a_sale_goes_on_where_the_old_version_stopped(self):
        last = max(
            row["name"]
            for row in self.before["nu_pos_ncf"].values()
            if row["name"].startswith("B02") and row["state"] == "issued"
        )
        self.assertGreater(self.looked["next"], last)

    def test_an_old_sale_of_the_screen_is_given_back_to_the_cent(self):
        """One of two dishes went back on the screen; the API gives back the rest."""
        self.assertEqual(self.looked["rest"], [1164.8, -230.4, -934.4])
