"""The chain outside: the file of an auditor, and what is deleted after retention."""

import base64
import json

from odoo.exceptions import UserError

from ...fiscal import chain
from .test_audit import AUDIT
from .test_audit_chain import TABLE, ChainCase


class TestExport(ChainCase):
    def test_a_file_verifies_by_itself(self):
        rows = self.sealed()
        lines, anchor = self.export()
        header, verdict = chain.verify_file(lines)
        self.assertTrue(verdict.ok)
        self.assertEqual((verdict.count, header["company"]), (9, "La prueba"))
        self.assertEqual(header["last_hash"], anchor.hash)
        self.assertEqual((anchor.first_seq, anchor.seq), (1, 9))
        told = json.loads(lines[4])
        self.assertEqual((told["id"], told["pos_reference"]), (rows[3].id, "T/3"))
        self.assertEqual(json.loads(told["payload"]), {"index": 3})

    def test_one_changed_byte_of_the_file_is_named(self):
        rows = self.sealed()
        lines, _anchor = self.export()
        lines[4] = lines[4].replace("T/3", "T/4")
        _header, verdict = chain.verify_file(lines)
        self.assertEqual(tuple(verdict.broken)[:3], (4, rows[3].id, "altered"))

    def test_a_period_without_sealed_rows_is_refused(self):
        self.record()
        with self.assertRaises(UserError):
            self.export()

    def test_a_broken_chain_is_not_exported(self):
        rows = self.sealed()
        self.tamper(f"UPDATE {TABLE} SET ncf = 'x' WHERE id = %s", rows[3].id)
        with self.assertRaisesRegex(UserError, f"row {rows[3].id}"):
            self.export()

    def test_the_wizard_gives_a_file_of_the_period(self):
        self.record(3)
        self.age(2)
        self.record(4)
        self.seal()
        manager = self.ref("user_manager")
        manager.company_ids += self.house
        Wizard = (
            self.env["nu.pos.audit.export"]
            .with_user(manager)
            .with_context(allowed_company_ids=self.house.ids)
        )
        day = self.Audit.search([("company_id", "=", self.house.id)], limit=1)
        wizard = Wizard.create(
            {
                "company_id": self.house.id,
                "date_from": day.create_date.date().replace(day=1),
                "date_to": day.create_date.date(),
            }
        )
        wizard.action_export()
        lines = base64.b64decode(wizard.file).decode().splitlines()
        header, verdict = chain.verify_file(lines)
        self.assertTrue(verdict.ok)
        self.assertEqual((header["first_seq"], verdict.count), (4, 4))
        self.assertEqual((wizard.row_count, wizard.head), (4, verdict.hash))
        self.assertEqual(wizard.anchor_id.user_id, manager)

    def test_the_wizard_refuses_a_company_one_does_not_work_in(self):
        self.sealed()
        manager = self.ref("user_manager")
        wizard = (
            self.env["nu.pos.audit.export"]
            .with_user(manager)
            .create(
                {
                    "company_id": self.house.id,
                    "date_from": "2020-01-01",
                    "date_to": "2099-01-01",
                }
            )
        )
        with self.assertRaises(UserError):
            wizard.action_export()


class TestRetention(ChainCase):
    def old(self, count=5):
        self.record(count)
        self.age(11)
        self.seal()

    def test_what_is_old_and_exported_goes_and_the_rest_verifies(self):
        self.old()
        young = self.sealed(4)
        self.export()
        self.assertEqual(self.Chain(self.house).prune(), 5)
        kept = self.Audit.search([("company_id", "=", self.house.id)])
        self.assertEqual(kept, young.sorted(reverse=True))
        anchor = self.env["nu.pos.audit.anchor"].search(
            [("company_id", "=", self.house.id), ("kind", "=", "prune")]
        )
        self.assertEqual((anchor.seq, anchor.row_count), (5, 5))
        self.assertEqual((anchor.first_seq, anchor.user_id), (1, self.env.user))
        verdict = self.Chain(self.house).verify()
        self.assertEqual((verdict.ok, verdict.count, verdict.seq), (True, 4, 9))

    def test_a_chain_pruned_whole_goes_on_from_its_anchor(self):
        self.old()
        self.export()
        self.assertEqual(self.Chain(self.house).prune(), 5)
        self.assertTrue(self.Chain(self.house).verify().ok)
        self.sealed(2)
        verdict = self.Chain(self.house).verify()
        self.assertEqual((verdict.ok, verdict.seq), (True, 7))

    def test_rows_kept_after_deletion_are_still_protected(self):
        self.old()
        young = self.sealed(4)
        self.export()
        self.Chain(self.house).prune()
        self.assertRefused(f"DELETE FROM {TABLE} WHERE id = %s", young[0].id)
        self.tamper(f"UPDATE {TABLE} SET ncf = 'x' WHERE id = %s", young[1].id)
        self.assertEqual(self.broken(), (7, young[1].id, "altered"))

    def test_what_was_not_exported_stays(self):
        self.old()
        self.assertEqual(self.Chain(self.house).prune(), 0)

    def test_an_export_that_begins_later_does_not_count(self):
        self.old()
        self.Chain(self.house).export(lambda line: None)
        self.env.cr.execute("SELECT nu_pos_audit_prunable(%s)", [self.house.id])
        self.assertEqual(self.env.cr.fetchone()[0], 5)
        self.tamper(
            "UPDATE nu_pos_audit_anchor SET first_seq = 2 WHERE company_id = %s",
            self.house.id,
            tables=("nu_pos_audit_anchor",),
        )
        self.assertEqual(self.Chain(self.house).prune(), 0)

    def test_what_is_young_stays(self):
        self.record(3)
        self.age(9)
        self.seal()
        self.export()
        self.assertEqual(self.Chain(self.house).prune(), 0)

    def test_the_period_is_a_setting_and_zero_keeps_for_ever(self):
        self.record(3)
        self.age(9)
        self.seal()
        self.export()
        parameters = self.env["ir.config_parameter"].sudo()
        for value, deleted in (("0", 0), ("soon", 0), ("12", 0), ("8", 3)):
            parameters.set_param("nu_pos.audit_retention_years", value)
            self.env.flush_all()
            self.assertEqual(self.Chain(self.house).prune(), deleted, value)

    def test_nothing_is_deleted_from_a_broken_chain(self):
        self.old()
        rows = self.sealed(2)
        self.export()
        self.tamper(f"UPDATE {TABLE} SET ncf = 'x' WHERE id = %s", rows[1].id)
        with self.assertRaises(UserError):
            self.Chain(self.house).prune()

    def test_the_database_takes_no_anchor_that_would_free_young_rows(self):
        self.sealed(3)
        self.export()
        self.env.cr.execute(
            "SELECT seq, hash FROM nu_pos_audit_seal WHERE company_id = %s AND seq = 3",
            [self.house.id],
        )
        seq, digest = self.env.cr.fetchone()
        self.assertRefused(
            "INSERT INTO nu_pos_audit_anchor (kind, company_id, create_date, seq, hash)"
            " VALUES ('prune', %s, now(), %s, %s)",
            self.house.id,
            seq,
            digest,
        )


class TestNames(ChainCase):
    def test_every_event_has_a_label(self):
        events = dict(self.env[AUDIT]._fields["event"].selection)
        for event in (
            "login refusal create update reserve release void hub_finalize pos_finalize"
            " cancel approval permission range device config"
        ).split():
            self.assertTrue(events[event])
