"""The chain of the audit: what breaks it is named, and who hears of it."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import BaseCase
from odoo.tools import mute_logger

from ...fiscal import chain
from ...models.evidence.audit_chain import AuditChain
from ...models.evidence.audit_key import Head, HeadFile
from .test_audit import AuditCase

TABLE = "nu_restaurant_pos_order_audit"
ANCHOR_LOGGER = "odoo.addons.nu_restaurant_pos.models.evidence.nu_pos_audit_anchor"


class ChainCase(AuditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Chain = partial(AuditChain, cls.env)

    def sealed(self, count=9):
        rows = self.record(count)
        self.seal()
        return rows

    def tamper(self, query, *args, tables=(TABLE, "nu_pos_audit_seal")):
        """What somebody with all rights over the database could do."""
        for table in tables:
            self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.env.cr.execute(query, args)
        for table in tables:
            self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def age(self, years):
        """Move the rows of the chain into the past, before they are sealed."""
        self.tamper(
            f"UPDATE {TABLE} SET create_date = create_date - make_interval(years => %s)"
            " WHERE company_id = %s",
            years,
            self.house.id,
        )

    def broken(self):
        verdict = self.Chain(self.house).verify()
        return verdict.broken and tuple(verdict.broken)[:3]

    def export(self, **period):
        lines = []
        anchor = self.Chain(self.house).export(lines.append, **period)
        return lines, anchor


class TestSealing(ChainCase):
    def test_rows_are_chained_in_the_order_of_their_ids(self):
        rows = self.record(5)
        self.seal()
        seals = self.env["nu.pos.audit.seal"].search(
            [("company_id", "=", self.house.id)], order="seq"
        )
        self.assertEqual(seals.mapped("audit_id"), rows.ids)
        self.assertEqual(seals.mapped("seq"), [1, 2, 3, 4, 5])
        self.assertEqual(
            seals.mapped("prev_hash"), [chain.GENESIS, *seals.mapped("hash")[:-1]]
        )
        self.assertIsNone(self.broken())

    def test_sealing_goes_on_where_it_stopped(self):
        self.sealed(3)
        self.assertEqual(self.seal(), 0)
        self.sealed(2)
        verdict = self.Chain(self.house).verify()
        self.assertEqual((verdict.ok, verdict.seq), (True, 5))

    def test_batches_follow_on_each_other(self):
        self.record(7)
        with patch(
            "odoo.addons.nu_restaurant_pos.models.evidence.nu_pos_audit_seal.BATCH", 3
        ):
            self.seal()
        with patch("odoo.addons.nu_restaurant_pos.models.evidence.audit_chain.PAGE", 2):
            verdict = self.Chain(self.house).verify()
        self.assertEqual((verdict.ok, verdict.count), (True, 7))

    def test_each_company_and_no_company_has_its_own_chain(self):
        other = self.env["res.company"].create({"name": "Otra"})
        nobody = self.env["res.company"]
        before = self.Chain(nobody).verify().seq
        for company in (self.house, other, self.house):
            self.record(company=company)
        self.Audit._record("login")
        self.seal()
        self.assertEqual(self.Chain(self.house).verify().seq, 2)
        self.assertEqual(self.Chain(other).verify().seq, 1)
        self.assertGreater(self.Chain(nobody).verify().seq, before)

    def test_the_badge_of_a_row_tells_its_state(self):
        rows = self.sealed(3)
        late = self.record()
        self.assertEqual(set(rows.mapped("seal_state")), {"sealed"})
        self.assertEqual(late.seal_state, "unsealed")
        self.assertEqual(rows[1].seal_seq, "2")
        self.tamper(f"UPDATE {TABLE} SET ncf = 'x' WHERE id = %s", rows[1].id)
        self.assertEqual(
            rows.mapped("seal_state"), ["sealed", "broken", "sealed"], "that row alone"
        )

    def test_closing_a_session_seals_at_once(self):
        """Reached through core: fails when core stops calling our hook."""
        job = self.env.ref("nu_restaurant_pos.cron_seal_audit")
        Trigger = self.env["ir.cron.trigger"]
        register = self.second_register("Cierre")
        before = Trigger.search_count([("cron_id", "=", job.id)])
        register.current_session_id.action_pos_session_closing_control()
        self.assertFalse(register.current_session_id)
        self.assertEqual(Trigger.search_count([("cron_id", "=", job.id)]), before + 1)

    def test_the_jobs_run(self):
        self.record(2)
        self.env.flush_all()
        self.env.ref("nu_restaurant_pos.cron_seal_audit").method_direct_trigger()
        self.env.ref("nu_restaurant_pos.cron_verify_audit").method_direct_trigger()
        anchor = self.env["nu.pos.audit.anchor"].search(
            [("company_id", "=", self.house.id), ("kind", "=", "verify")]
        )
        self.assertEqual((anchor.state, anchor.row_count), ("ok", 2))


class TestTampering(ChainCase):
    def test_one_byte_of_an_old_row_names_the_row(self):
        rows = self.sealed()
        self.tamper(
            f"UPDATE {TABLE} SET payload = overlay(payload placing '7' from 10 for 1)"
            " WHERE id = %s",
            rows[3].id,
        )
        self.assertEqual(self.broken(), (4, rows[3].id, "altered"))

    def test_every_column_is_covered(self):
        rows = self.sealed()
        for column, value in (
            ("create_date", "2020-01-01"),
            ("event", "login"),
            ("user_id", self.hub.id),
            ("device", "x"),
            ("app_version", "x"),
            ("request_id", "x"),
            ("pos_reference", "x"),
            ("order_res_id", 1),
            ("ncf", "x"),
            ("payload", "{}"),
            ("company_id", self.company.id),
        ):
            with self.subTest(column=column):
                savepoint = self.env.cr.savepoint()
                self.tamper(
                    f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", value, rows[5].id
                )
                self.assertEqual(self.broken(), (6, rows[5].id, "altered"))
                savepoint.close(rollback=True)
        self.assertIsNone(self.broken())

    def test_a_removed_row_is_named(self):
        rows = self.sealed()
        self.tamper(f"DELETE FROM {TABLE} WHERE id = %s", rows[3].id)
        self.assertEqual(self.broken(), (4, rows[3].id, "missing"))

    def test_a_row_removed_with_its_seal_leaves_a_gap(self):
        rows = self.sealed()
        for table, column in ((TABLE, "id"), ("nu_pos_audit_seal", "audit_id")):
            self.tamper(f"DELETE FROM {table} WHERE {column} = %s", rows[3].id)
        self.assertEqual(self.broken(), (4, None, "gap"))

    def test_two_swapped_rows_name_the_first(self):
        rows = self.sealed()
        self.tamper(
            f"""
            UPDATE {TABLE} a SET payload = b.payload, pos_reference = b.pos_reference
              FROM {TABLE} b
             WHERE (a.id, b.id) IN ((%(one)s, %(two)s), (%(two)s, %(one)s))
            """.replace("%(one)s", str(rows[2].id)).replace("%(two)s", str(rows[6].id))
        )
        self.assertEqual(self.broken(), (3, rows[2].id, "altered"))

    def test_two_swapped_ids_name_the_first(self):
        rows = self.sealed()
        one, two = rows[2].id, rows[6].id
        for old, new in ((one, -1), (two, one), (-1, two)):
            self.tamper(f"UPDATE {TABLE} SET id = %s WHERE id = %s", new, old)
        self.assertEqual(self.broken(), (3, one, "altered"))

    def test_two_swapped_seals_name_the_first(self):
        rows = self.sealed()
        for old, new in ((3, -1), (7, 3), (-1, 7)):
            self.tamper(
                "UPDATE nu_pos_audit_seal SET seq = %s"
                " WHERE seq = %s AND company_id = %s",
                new,
                old,
                self.house.id,
            )
        self.assertEqual(self.broken(), (3, rows[6].id, "link"))

    def test_a_row_put_among_sealed_ones_is_named(self):
        rows = self.sealed(2)
        hidden = self.record()  # a free id between sealed ones
        self.sealed(2)
        self.tamper(
            "DELETE FROM nu_pos_audit_seal WHERE company_id = %s AND seq > 2",
            self.house.id,
        )
        self.tamper(f"DELETE FROM {TABLE} WHERE id = %s", hidden.id)
        self.seal()
        self.assertIsNone(self.broken())
        self.tamper(
            f"INSERT INTO {TABLE} (id, event, create_date, company_id)"
            " VALUES (%s, 'create', now(), %s)",
            hidden.id,
            self.house.id,
        )
        self.assertEqual(self.broken(), (3, hidden.id, "inserted"))
        self.assertGreater(hidden.id, rows[-1].id)

    def test_an_end_cut_off_with_its_seals_is_noticed_after_a_check(self):
        rows = self.sealed()
        self.Chain(self.house).check()
        for table, column in ((TABLE, "id"), ("nu_pos_audit_seal", "audit_id")):
            self.tamper(f"DELETE FROM {table} WHERE {column} >= %s", rows[5].id)
        self.assertEqual(self.broken(), (5, rows[4].id, "truncated"))

    def test_a_chain_computed_anew_is_noticed_after_a_check(self):
        rows = self.sealed()
        self.Chain(self.house).check()
        self.tamper(f"UPDATE {TABLE} SET ncf = 'x' WHERE id = %s", rows[3].id)
        self.tamper(
            "DELETE FROM nu_pos_audit_seal WHERE company_id = %s", self.house.id
        )
        self.seal()
        self.assertEqual(self.broken(), (9, rows[8].id, "rewritten"))

    def reseal(self, key=b"of the attacker", codes=True):
        """Rewrite the whole chain as the owner of the database can."""
        self.env.cr.execute(
            "SELECT id FROM nu_pos_audit_seal WHERE company_id = %s ORDER BY seq",
            [self.house.id],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        head = chain.GENESIS
        entries = list(self.Chain(self.house)._entries(0))
        for seal_id, entry in zip(ids, entries):
            digest = chain.link(head, entry.row)
            mac = chain.authenticate(key, self.house.id, entry.seq, digest)
            self.tamper(
                "UPDATE nu_pos_audit_seal SET prev_hash = %s, hash = %s, mac = %s"
                " WHERE id = %s",
                head,
                digest,
                mac if codes else None,
                seal_id,
            )
            head = digest

    def test_a_chain_rewritten_without_the_secret_is_named_forged(self):
        rows = self.sealed(4)
        self.tamper(f"UPDATE {TABLE} SET ncf = 'x' WHERE id = %s", rows[1].id)
        self.reseal()
        self.assertEqual(self.broken(), (1, rows[0].id, "forged"))

    def test_codes_cannot_be_left_off_once_they_have_begun(self):
        rows = self.sealed(4)
        self.tamper(
            "UPDATE nu_pos_audit_seal SET mac = NULL WHERE audit_id = %s", rows[2].id
        )
        self.assertEqual(self.broken(), (3, rows[2].id, "unsigned"))

    def test_entries_of_an_older_version_hold_without_codes(self):
        self.sealed(3)
        self.reseal(codes=False)
        self.record(2)
        self.seal()
        verdict = self.Chain(self.house).verify()
        self.assertEqual((verdict.ok, verdict.seq), (True, 5))

    def test_a_head_that_was_sent_out_is_compared_with_the_chain(self):
        self.sealed(3)
        verdict = self.Chain(self.house).verify()
        known = verdict.seq, verdict.hash
        self.sealed(2)
        self.assertTrue(self.Chain(self.house).compare(*known).ok)
        other = self.Chain(self.house).compare(known[0], chain.GENESIS)
        self.assertEqual(other.broken.reason, "rewritten")
        longer = self.Chain(self.house).compare(6, known[1])
        self.assertEqual(longer.broken.reason, "truncated")

    def test_the_heads_are_mailed_once_a_day_to_who_keeps_them(self):
        self.sealed(3)
        head = self.Chain(self.house).verify()
        Mail = self.env["mail.mail"]
        before = Mail.search([])
        self.env["nu.pos.audit.anchor"]._mail_heads()
        self.assertEqual(Mail.search([]), before, "nobody asked for them")
        self.env["ir.config_parameter"].set_param("nu_pos.audit_mail", "x@example.com")
        self.env["nu.pos.audit.anchor"]._mail_heads()
        mail = Mail.search([]) - before
        self.assertEqual(mail.email_to, "x@example.com")
        self.assertIn(f"{self.house.id}:{head.seq}:{head.hash}", mail.body_html)


class TestHeadFile(BaseCase):
    def test_heads_of_several_chains_live_in_one_file_only_its_user_reads(self):
        with TemporaryDirectory() as folder:
            heads = HeadFile(Path(folder, "deep", "a.heads"))
            self.assertEqual(heads.noted(), {})
            heads.note(0, Head(1, "a" * 64))
            heads.note(7, Head(2, "b" * 64, 1))
            heads.note(0, Head(3, "c" * 64))
            self.assertEqual(
                heads.noted(), {0: Head(3, "c" * 64), 7: Head(2, "b" * 64, 1)}
            )
            self.assertEqual(heads.path.stat().st_mode & 0o777, 0o600)


class TestCheck(ChainCase):
    def break_it(self):
        rows = self.sealed()
        self.tamper(f"UPDATE {TABLE} SET ncf = 'x' WHERE id = %s", rows[3].id)
        return rows[3]

    def test_a_broken_chain_is_told_to_the_administrators_once(self):
        bad = self.break_it()
        administrator = self.env.ref("base.user_admin")
        administrator.company_ids += self.house
        with self.assertLogs(ANCHOR_LOGGER, "ERROR") as logs:
            anchor = self.Chain(self.house).check()
            again = self.Chain(self.house).check()
        self.assertEqual(len(logs.output), 2)
        self.assertIn(f"row {bad.id}", logs.output[0])
        self.assertEqual((anchor.state, anchor.bad_row_id), ("broken", bad.id))
        self.assertIn(administrator, anchor.activity_ids.user_id)
        self.assertIn(str(bad.id), anchor.activity_ids[0].note)
        self.assertFalse(again.activity_ids)

    def press(self, user):
        return (
            self.Audit.with_user(user)
            .with_context(allowed_company_ids=self.house.ids)
            .action_verify()["params"]
        )

    def person(self, login, *groups):
        return self.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "company_id": self.house.id,
                "company_ids": [Command.set(self.house.ids)],
                "group_ids": [Command.set([self.env.ref(g).id for g in groups])],
            }
        )

    def test_the_button_tells_that_the_chain_holds(self):
        manager = self.person("m", "point_of_sale.group_pos_manager")
        self.sealed()
        self.record(2)
        told = self.press(manager)
        self.assertEqual(told["type"], "success")
        self.assertIn("2 wait", told["message"])

    def test_the_button_names_the_row(self):
        accountant = self.person("a", "account.group_account_user")
        bad = self.break_it()
        with mute_logger(ANCHOR_LOGGER):
            told = self.press(accountant)
        self.assertEqual((told["type"], told["sticky"]), ("danger", True))
        self.assertIn(str(bad.id), told["message"])

    def test_managers_and_accountants_of_the_company_read_and_nobody_else(self):
        rows = self.sealed(2)
        foreign = self.record(company=self.company)
        anchor = self.Chain(self.house).check()
        seals = self.env["nu.pos.audit.seal"].search(
            [("company_id", "=", self.house.id)]
        )
        for login, group, may in (
            ("manager", "point_of_sale.group_pos_manager", True),
            ("accountant", "account.group_account_user", True),
            ("cashier", "point_of_sale.group_pos_user", False),
            ("hub-x", "nu_restaurant_pos.group_pos_hub_service", False),
            ("plain", "base.group_user", False),
            ("portal-x", "base.group_portal", False),
        ):
            user = self.person(login, group)
            with self.subTest(user=login):
                for records in (rows, anchor, seals):
                    mine = records.with_user(user)
                    mine.invalidate_recordset()
                    if not may:
                        with self.assertRaises(AccessError):
                            mine.read(["company_id"])
                        continue
                    self.assertEqual(len(mine.read(["company_id"])), len(records))
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(mine.has_access(operation))
                with self.assertRaises(AccessError):
                    foreign.with_user(user).read(["event"])
                if not may:
                    with self.assertRaises(AccessError):
                        self.press(user)
                    with self.assertRaises(AccessError):
                        self.env["nu.pos.audit.export"].with_user(user).create({})
