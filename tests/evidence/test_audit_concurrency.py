"""Sealing beside sales, on real connections: nothing skipped, nobody kept waiting."""

import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.tools import mute_logger

from ...fiscal import chain
from ...models.evidence.audit_chain import AuditChain
from ...models.evidence.audit_key import HeadFile
from ..numbers.test_ncf_concurrency import RealCursorCase

AUDIT = "nu_restaurant_pos.order_audit"

LOG = "odoo.addons.nu_restaurant_pos.models.evidence.nu_restaurant_pos_order_audit"


class TestAuditConcurrency(RealCursorCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_audit)
        self.first_id = 2**31 - 1
        self.in_transaction(lambda env: env["nu.pos.audit.seal"].seal(wait=5))
        self.first_id = self.in_transaction(lambda env: self.add_row(env)) - 1

    def _clean_audit(self):
        """The rows this test committed, with their seals: only an owner of the tables
        who stops the guards can do that."""

        def clean(env):
            for table, column in (
                ("nu_restaurant_pos_order_audit", "id"),
                ("nu_pos_audit_seal", "audit_id"),
            ):
                env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                env.cr.execute(
                    f"DELETE FROM {table} WHERE {column} > %s", [self.first_id]
                )
                env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            HeadFile.of(env).path.unlink(missing_ok=True)

        self.in_transaction(clean)

    def add_row(self, env, count=1):
        company = env["res.company"].browse(self.company.id)
        for _index in range(count):
            row = env[AUDIT]._record(
                "create", company=company, pos_reference=self.prefix
            )
        return row.id

    def seal(self, wait=0.1):
        return self.in_transaction(lambda env: env["nu.pos.audit.seal"].seal(wait=wait))

    def sealed_ids(self):
        def read(env):
            env.cr.execute(
                "SELECT audit_id FROM nu_pos_audit_seal"
                " WHERE audit_id > %s AND company_id = %s ORDER BY seq",
                [self.first_id, self.company.id],
            )
            return [row[0] for row in env.cr.fetchall()]

        return self.in_transaction(read)

    def verify(self):
        company = self.company.id
        return self.in_transaction(
            lambda env: AuditChain(env, env["res.company"].browse(company)).verify()
        )

    def test_a_row_committed_late_is_neither_skipped_nor_overtaken(self):
        self.seal()
        before = len(self.sealed_ids())
        with self.env.registry.cursor() as slow:
            first = self.add_row(api.Environment(slow, SUPERUSER_ID, {}))
            second = self.in_transaction(self.add_row)
            self.assertGreater(second, first)
            self.assertEqual(self.seal(), 0, "the first is not decided yet")
            self.assertEqual(len(self.sealed_ids()), before)
            slow.commit()
        self.assertEqual(self.seal(), 2)
        self.assertEqual(self.sealed_ids()[-2:], [first, second])
        self.assertTrue(self.verify().ok)

    def test_a_row_rolled_back_holds_up_nothing(self):
        self.seal()
        with self.env.registry.cursor() as slow:
            self.add_row(api.Environment(slow, SUPERUSER_ID, {}))
            second = self.in_transaction(self.add_row)
            slow.rollback()
        self.assertEqual(self.seal(), 1)
        self.assertEqual(self.sealed_ids()[-1], second)

    def test_a_transaction_that_writes_no_audit_holds_up_nothing(self):
        self.seal()
        with self.env.registry.cursor() as busy:
            busy.execute(
                "UPDATE res_company SET write_date = write_date WHERE id = %s",
                [self.company.id],
            )
            busy.execute("SELECT count(*) FROM nu_restaurant_pos_order_audit")
            self.in_transaction(self.add_row)
            self.assertEqual(self.seal(), 1)
            busy.rollback()

    def test_sealing_waits_for_a_sale_that_ends_soon(self):
        self.seal()
        slow = self.env.registry.cursor()
        first = self.add_row(api.Environment(slow, SUPERUSER_ID, {}))
        second = self.in_transaction(self.add_row)

        def finish():
            time.sleep(0.3)
            slow.commit()
            slow.close()

        thread = threading.Thread(target=finish)
        thread.start()
        self.assertEqual(self.seal(wait=10), 2)
        thread.join()
        self.assertEqual(self.sealed_ids()[-2:], [first, second])

    def test_a_sale_writes_while_a_chain_is_being_sealed(self):
        with self.env.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            last = self.in_transaction(self.add_row)
            env["nu.pos.audit.seal"]._seal_batch(cr, self.company.id, last, b"key")
            # the sealer has written and holds its lock; a sale is not kept waiting
            start = time.monotonic()
            self.in_transaction(self.add_row)
            self.assertLess(time.monotonic() - start, 5)
            cr.rollback()

    def test_sealers_and_sales_at_once_leave_one_whole_chain(self):
        stop = threading.Event()

        def sell():
            written = 0
            while not stop.is_set() or not written:
                self.in_transaction(lambda env: self.add_row(env, 3))
                written += 3
            return written

        def keep_sealing():
            sealed = 0
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline:
                sealed += self.seal(wait=1)
            stop.set()
            return sealed

        results = self.race(sell, sell, sell, keep_sealing, keep_sealing)
        for result in results:
            self.assertIsInstance(result, int)
        self.assertGreater(results[3] + results[4], 0, "sealed while sales went on")
        self.seal(wait=10)
        ids = self.sealed_ids()
        self.assertEqual(len(ids), sum(results[:3]) + 1)
        self.assertEqual(ids, sorted(ids))
        self.assertTrue(self.verify().ok)

    def test_a_row_apart_is_durable_before_the_request_ends(self):
        reference = self.own_reference()

        def seen(env):
            return env[AUDIT].search_count([("pos_reference", "=", reference)])

        with self.env.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env[AUDIT]._record("create", pos_reference=reference)
            env[AUDIT]._record_apart("refusal", pos_reference=reference)
            self.assertEqual(self.in_transaction(seen), 1)
            cr.rollback()
        self.assertEqual(self.in_transaction(seen), 1)

    def test_a_row_apart_never_waits_for_its_own_request(self):
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT FROM res_users WHERE id = %s FOR UPDATE", [self.hub.id])
            env = api.Environment(cr, self.hub.id, {})
            start = time.monotonic()
            with (
                self.assertLogs(LOG, "ERROR"),
                mute_logger("odoo.sql_db"),
            ):
                env[AUDIT]._record_refusal(RuntimeError("no"))
            self.assertLess(time.monotonic() - start, 10)
            cr.execute("SELECT 1")  # the request's own transaction is sound
            cr.rollback()

    def test_many_rows_are_sealed_and_verified_in_seconds(self):
        count = 20_000
        self.seal()

        def fill(env):
            env.cr.execute(
                """
                INSERT INTO nu_restaurant_pos_order_audit
                       (create_date, event, company_id, user_id, device, pos_reference,
                        order_res_id, ncf, payload)
                SELECT now() AT TIME ZONE 'UTC', 'hub_finalize', %s, 1, 'hub',
                       %s || i, i, 'B02' || lpad(i::text, 8, '0'),
                       '{"lines":[' || repeat('{"id":"a"},', 30) || '0],"tip":"50"}'
                  FROM generate_series(1, %s) AS i
                """,
                [self.company.id, self.prefix, count],
            )

        self.in_transaction(fill)
        start = time.monotonic()
        self.assertEqual(self.seal(), count)
        verdict = self.verify()
        took = time.monotonic() - start
        self.assertTrue(verdict.ok, verdict.broken and chain.describe(verdict.broken))
        # a fifth of 100,000 rows in a fifth of 30 seconds
        self.assertLess(took, 6)

    def head_file(self):
        return self.in_transaction(HeadFile.of)

    def cut(self, table, column, place):
        def act(env):
            env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            env.cr.execute(f"DELETE FROM {table} WHERE {column} > %s", [place])
            env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

        self.in_transaction(act)

    def test_an_end_cut_off_before_any_check_is_noticed_by_the_file_of_heads(self):
        first = self.in_transaction(lambda env: self.add_row(env))
        self.in_transaction(lambda env: self.add_row(env, 3))
        self.seal(wait=5)
        for table, column in (
            ("nu_restaurant_pos_order_audit", "id"),
            ("nu_pos_audit_seal", "audit_id"),
        ):
            self.cut(table, column, first)
        broken = self.verify().broken
        self.assertEqual((broken.reason, broken.row_id), ("truncated", first))

    def test_a_cut_chain_does_not_overwrite_the_head_that_proves_it(self):
        self.in_transaction(lambda env: self.add_row(env, 3))
        self.seal(wait=5)
        noted = self.head_file().noted()[self.company.id]
        self.cut("nu_pos_audit_seal", "audit_id", self.first_id + 1)
        self.in_transaction(lambda env: self.add_row(env))
        with self.assertLogs(
            "odoo.addons.nu_restaurant_pos.models.evidence.nu_pos_audit_seal", "ERROR"
        ):
            self.cut("nu_restaurant_pos_order_audit", "id", self.first_id + 1)
            self.in_transaction(lambda env: self.add_row(env))
            self.seal(wait=5)
        self.assertEqual(self.head_file().noted()[self.company.id], noted)

    def test_a_restored_backup_is_accepted_by_a_person_with_a_reason(self):
        self.in_transaction(lambda env: self.add_row(env, 3))
        self.seal(wait=5)
        for table, column in (
            ("nu_restaurant_pos_order_audit", "id"),
            ("nu_pos_audit_seal", "audit_id"),
        ):
            self.cut(table, column, self.first_id + 1)
        self.assertEqual(self.verify().broken.reason, "truncated")

        def accept(env):
            company = env["res.company"].browse(self.company.id)
            AuditChain(env, company).accept("backup of yesterday")
            return env[AUDIT].search([("event", "=", "config")], limit=1).payload

        self.assertIn("backup of yesterday", self.in_transaction(accept))
        self.assertTrue(self.verify().ok)
