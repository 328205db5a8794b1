"""``odoo nu_audit``: what it prints and, for scripts, its exit status."""

from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from odoo.cli.command import find_command
from odoo.tools import mute_logger

from .test_audit_chain import ANCHOR_LOGGER, TABLE, ChainCase


class TestAuditCommand(ChainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.enterClassContext(TemporaryDirectory())

    def run_command(self, *words):
        """``(status, what it printed)``, in the transaction of the test."""
        Command = find_command("nu_audit")
        self.assertTrue(Command, "Odoo finds the command in the addon")

        @contextmanager
        def environment(_command, _options):
            yield self.env

        out = StringIO()
        with (
            patch.object(Command, "_environment", environment),
            redirect_stdout(out),
            redirect_stderr(out),
            mute_logger(ANCHOR_LOGGER),
        ):
            # no assertRaises: it would roll back what the command did
            try:
                Command().run([str(word) for word in words])
            except SystemExit as ended:
                return ended.code, out.getvalue()
        raise AssertionError("the command tells no status")

    def house_arguments(self):
        return "--company", self.house.id

    def test_a_whole_chain_has_status_0(self):
        self.sealed(3)
        self.record()
        status, told = self.run_command("verify", *self.house_arguments())
        self.assertEqual(status, 0, told)
        self.assertIn("3 rows hold", told)
        self.assertIn("1 rows wait", told)

    def test_a_broken_chain_has_status_1_and_names_the_row(self):
        rows = self.sealed(3)
        self.tamper(f"UPDATE {TABLE} SET ncf = 'x' WHERE id = %s", rows[1].id)
        status, told = self.run_command("verify")
        self.assertEqual(status, 1, told)
        self.assertIn(f"row {rows[1].id}", told)

    def test_a_head_from_the_daily_mail_is_compared_by_command(self):
        self.sealed(3)
        head = self.Chain(self.house).verify()
        told = f"{self.house.id}:{head.seq}:{head.hash}"
        self.assertEqual(self.run_command("verify", "--head", told)[0], 0)
        other = f"{self.house.id}:{head.seq}:{'0' * 64}"
        status, text = self.run_command("verify", "--head", other)
        self.assertEqual(status, 1)
        self.assertIn(f"Entry {head.seq}", text)
        self.assertEqual(self.run_command("verify", "--head", "nonsense")[0], 2)

    def test_a_chain_is_accepted_with_a_reason_by_command(self):
        self.sealed(2)
        status, told = self.run_command(
            "accept", *self.house_arguments(), "--reason", "restored"
        )
        self.assertEqual(status, 0, told)
        row = self.last("config")
        self.assertEqual(row.company_id, self.house)
        self.assertIn('"reason":"restored"', row.payload)

    def test_rows_are_sealed_by_command(self):
        self.record(3)
        self.env.flush_all()
        status, told = self.run_command("seal")
        self.assertEqual(status, 0, told)
        self.assertEqual(self.Chain(self.house).verify().seq, 3)

    def test_a_file_is_exported_and_verified_without_a_database(self):
        rows = self.sealed(3)
        name = Path(self.folder, "export.jsonl")
        status, told = self.run_command(
            "export", *self.house_arguments(), "--output", name
        )
        self.assertEqual(status, 0, told)
        with self.assertQueryCount(0):
            self.assertEqual(self.run_command("verify", "--file", name)[0], 0)
            name.write_text(name.read_text().replace("T/1", "T/7"))
            status, told = self.run_command("verify", "--file", name)
        self.assertEqual(status, 1)
        self.assertIn(f"row {rows[1].id}", told)

    def test_a_period_without_rows_has_status_2(self):
        self.sealed(1)
        status, told = self.run_command(
            *("export", *self.house_arguments(), "--to", "2001-01-01"),
            *("--output", Path(self.folder, "none.jsonl")),
        )
        self.assertEqual(status, 2, told)

    def test_what_is_old_and_exported_is_pruned(self):
        self.record(3)
        self.age(11)
        self.seal()
        self.export()
        status, told = self.run_command("prune", *self.house_arguments())
        self.assertEqual(status, 0, told)
        self.assertIn("3 rows deleted", told)

    def test_guarantees_are_checked_by_command(self):
        self.assertEqual(
            self.run_command("check"), (0, "All guarantees are in place\n")
        )

    def test_evidence_is_written_to_a_folder_by_command(self):
        folder = Path(self.folder, "evidence")
        status, told = self.run_command("evidence", "--output", folder)
        self.assertEqual(status, 0, told)
        self.assertTrue((folder / "manifest.json").is_file())

    def test_an_unknown_company_has_status_2(self):
        self.assertEqual(self.run_command("verify", "--company", 999_999)[0], 2)
