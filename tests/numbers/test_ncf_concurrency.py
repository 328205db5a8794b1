"""What only real connections can prove. Nothing here is rolled back by itself: each
test cleans up the rows it committed."""

import threading
import time
from datetime import date
from functools import partial
from uuid import uuid4

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.evidence.nu_pos_guarded import unsealed
from ...models.runtime import autocommit_pool as nu_pos_control
from ...models.runtime.nu_pos_answering import Idempotency
from ...models.runtime.nu_pos_unit import renew_snapshot
from ...models.runtime.problem import ApiProblem
from ..common import RestaurantMixin, TransactionCase


@tagged("post_install", "-at_install")
class RealCursorCase(RestaurantMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_restaurant()
        # Odoo's own runner holds this lock, and the threads of a test wait for it
        cls.classPatch(Registry, "_lock", DummyRLock())

    def setUp(self):
        super().setUp()
        self.prefix = f"RC/{uuid4().hex[:10]}"
        self.addCleanup(self._clean)

    def in_transaction(self, function, user=SUPERUSER_ID):
        """``function(env)`` on a connection of its own, committed."""
        with self.env.registry.cursor() as cr:
            return function(api.Environment(cr, user, {}))

    def make_ranges(self, prefix, *bounds):
        def make(env):
            kind = env["l10n_latam.document.type"]._nu_find(prefix)
            return (
                env["nu.pos.ncf.range"]
                .create(
                    [
                        {
                            "company_id": self.company.id,
                            "document_type_id": kind.id,
                            "first_number": first,
                            "last_number": last,
                            "date_expiry": date(2099, 12, 31),
                        }
                        for first, last in bounds
                    ]
                )
                .ids
            )

        self.range_ids = self.in_transaction(make)
        return self.range_ids

    def _clean(self):
        def clean(env):
            with unsealed(env):
                delete(env)

        def delete(env):
            env.cr.execute(
                "DELETE FROM pos_payment WHERE pos_order_id IN ("
                "SELECT id FROM pos_order WHERE pos_reference LIKE %s)",
                [self.prefix + "%"],
            )
            env.cr.execute(
                "UPDATE pos_order SET nu_ncf_id = NULL WHERE pos_reference LIKE %s",
                [self.prefix + "%"],
            )
            ranges = tuple(getattr(self, "range_ids", ())) or (0,)
            env.cr.execute("DELETE FROM nu_pos_ncf WHERE range_id IN %s", [ranges])
            # numbers of the demo ranges stay in the ledger: they were taken
            env.cr.execute(
                "UPDATE nu_pos_ncf SET state = 'voided', void_reason = '08',"
                " order_id = NULL WHERE pos_reference LIKE %s",
                [self.prefix + "%"],
            )
            env.cr.execute(
                "DELETE FROM pos_order WHERE pos_reference LIKE %s", [self.prefix + "%"]
            )
            env.cr.execute("DELETE FROM nu_pos_ncf_range WHERE id IN %s", [ranges])

        self.in_transaction(clean)

    def own_reference(self):
        return f"{self.prefix}/{uuid4().hex[:8]}"

    def take(self, prefix, reference):
        """The number of a reference, by the road every sale takes; or the code of the
        refusal."""

        def work(unit):
            env = unit.env
            kind = env["l10n_latam.document.type"]._nu_find(prefix)
            config = env["pos.config"].browse(self.config.id)
            return env["nu.pos.ncf"].take(unit, kind, config, reference)[0].name

        def run(env):
            try:
                return env["nu.pos.unit"].run([reference], work)
            except ApiProblem as problem:
                return problem.code

        return self.in_transaction(run)

    def race(self, *functions):
        """All functions at once, each in a thread; their results in order."""
        results = [None] * len(functions)
        start = threading.Barrier(len(functions))

        def run(index, function):
            start.wait()
            try:
                results[index] = function()
            except Exception as error:
                results[index] = error

        threads = [
            threading.Thread(target=run, args=pair) for pair in enumerate(functions)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return results

    def assertInvariant(self):
        rows = self.in_transaction(
            lambda env: env["nu.pos.ncf.range"]._invariant(),
        )
        self.assertFalse([row for row in rows if not row["ok"]])


class TestNcfConcurrency(RealCursorCase):
    def test_fifty_reservations_on_a_range_with_ten_left(self):
        self.make_ranges("B16", (1, 10))
        references = [self.own_reference() for _index in range(50)]
        results = []
        for chunk in range(0, 50, 10):  # ten connections at a time
            results += self.race(
                *(
                    lambda ref=ref: self.take("B16", ref)
                    for ref in references[chunk : chunk + 10]
                )
            )
        taken = [result for result in results if str(result).startswith("B16")]
        self.assertEqual(sorted(taken), [f"B16{n:08d}" for n in range(1, 11)])
        self.assertEqual(results.count("NCF_EXHAUSTED"), 40, results)
        self.assertInvariant()

    def test_two_requests_for_one_reference_get_one_number(self):
        self.make_ranges("B16", (1, 10))
        ref = self.own_reference()
        results = self.race(*[lambda: self.take("B16", ref)] * 6)
        self.assertEqual(set(results), {"B1600000001"})
        self.assertInvariant()

    def test_range_takeover_at_its_last_number(self):
        self.make_ranges("B16", (1, 3), (11, 20))
        results = self.race(
            *[lambda: self.take("B16", self.own_reference()) for _index in range(8)]
        )
        expected = [f"B16{n:08d}" for n in (1, 2, 3, 11, 12, 13, 14, 15)]
        self.assertEqual(sorted(results), expected)
        self.assertInvariant()

    def test_overlapping_ranges_race_and_one_wins(self):
        with mute_logger("odoo.sql_db"):
            results = self.race(
                *[lambda: self.make_ranges("B16", (1, 10)) for _index in range(2)]
            )
        errors = [result for result in results if isinstance(result, Exception)]
        self.assertEqual(len(errors), 1, results)
        self.assertIsInstance(errors[0], psycopg2.errors.ExclusionViolation)
        [self.range_ids] = [r for r in results if not isinstance(r, Exception)]

    def test_rollback_of_the_sale_keeps_the_number_reserved_for_it(self):
        self.make_ranges("B16", (1, 10))
        ref = self.own_reference()

        def fail(unit):
            kind = unit.env["l10n_latam.document.type"]._nu_find("B16")
            config = unit.env["pos.config"].browse(self.config.id)
            unit.env["nu.pos.ncf"].take(unit, kind, config, ref)
            raise RuntimeError("the sale breaks")

        with self.assertRaises(RuntimeError):
            self.in_transaction(lambda env: env["nu.pos.unit"].run([ref], fail))
        state = self.in_transaction(
            lambda env: (
                env["nu.pos.ncf"]
                .search([("pos_reference", "=", ref)])
                .mapped(lambda ncf: (ncf.name, ncf.state))
            )
        )
        self.assertEqual(state, [("B1600000001", "reserved")])
        self.assertEqual(self.take("B16", ref), "B1600000001", "the retry finds it")
        self.assertEqual(self.take("B16", self.own_reference()), "B1600000002")
        self.assertInvariant()

    def test_rollback_returns_number_to_range(self):
        """A reservation whose own statement is rolled back never happened."""
        self.make_ranges("B16", (1, 10))
        with self.env.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            kind = env["l10n_latam.document.type"]._nu_find("B16")
            cr.execute(
                "SELECT * FROM nu_pos_ncf_take(%s,%s,%s,%s,'sale',%s,1,false,false)",
                [
                    self.company.id,
                    kind.id,
                    self.config.id,
                    self.own_reference(),
                    date(2026, 1, 1),
                ],
            )
            cr.rollback()
        self.assertEqual(self.take("B16", self.own_reference()), "B1600000001")
        self.assertInvariant()

    def test_reserving_does_not_wait_for_a_long_sale(self):
        self.make_ranges("B16", (1, 10))
        inside, go_on = threading.Event(), threading.Event()

        def slow(unit):
            kind = unit.env["l10n_latam.document.type"]._nu_find("B16")
            config = unit.env["pos.config"].browse(self.config.id)
            unit.env["nu.pos.ncf"].take(unit, kind, config, self.own_reference())
            inside.set()
            go_on.wait(20)

        def run():
            self.in_transaction(
                lambda env: env["nu.pos.unit"].run([self.own_reference()], slow)
            )

        thread = threading.Thread(target=run)
        thread.start()
        self.assertTrue(inside.wait(20))
        started = time.monotonic()
        self.assertEqual(self.take("B16", self.own_reference()), "B1600000002")
        self.assertLess(time.monotonic() - started, 5)
        go_on.set()
        thread.join()

    def test_the_lock_of_a_dead_connection_is_free(self):
        key = self.own_reference()
        holder = self.env.registry.cursor()
        holder.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
        holder.execute("SELECT pg_backend_pid()")
        pid = holder.fetchone()[0]
        self.in_transaction(
            lambda env: env.cr.execute("SELECT pg_terminate_backend(%s)", [pid])
        )
        done = self.in_transaction(
            lambda env: env["nu.pos.unit"].run([key], lambda unit: "done")
        )
        self.assertEqual(done, "done")
        with mute_logger("odoo.sql_db"):
            holder.connection.close()
            holder._closed = True

    def test_a_connection_that_died_while_idle_is_replaced_before_the_work(self):
        kept, dbname = nu_pos_control.CONTROLS._idle, self.env.cr.dbname
        one = SQL("SELECT 1 AS one")

        def sell():
            return self.in_transaction(
                lambda env: env["nu.pos.unit"].run(["a key"], lambda unit: {"one": 1})
            )

        def lease():
            with nu_pos_control.CONTROLS.lease(dbname) as control:
                return control.fetchone(one)

        def count():
            return nu_pos_control.CONTROLS.fetchone(dbname, one)

        for work in (sell, sell, lease, count):
            self.assertEqual(work(), {"one": 1})
            controls = [one for controls in kept.values() for one in controls]
            self.assertTrue(controls)
            pids = [one.connection.info.backend_pid for one in controls]
            self.in_transaction(
                lambda env, pids=pids: env.cr.execute(
                    "SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [pids]
                )
            )
        self.assertEqual(count(), {"one": 1})

    def test_no_lock_is_left_behind(self):
        key = self.own_reference()
        self.in_transaction(
            lambda env: env["nu.pos.unit"].run([key], lambda unit: None)
        )
        self.env.cr.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname ="
            " current_database())"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_a_transaction_that_wrote_keeps_its_snapshot(self):
        with self.env.registry.cursor() as cr:
            self.assertTrue(renew_snapshot(cr))
            cr.execute("UPDATE res_partner SET comment = comment WHERE id = 1")
            self.assertFalse(renew_snapshot(cr))
            cr.rollback()


class TestSaleConcurrency(RealCursorCase):
    def submit(self, snapshot, finalize=True):
        def run(env):
            if finalize:
                return env["pos.order"].hub_finalize_snapshot(snapshot)
            return env["pos.order"]._nu_submit(snapshot, finalize=False).body

        return self.in_transaction(run, self.hub.id)

    def snapshot(self, *args, **kwargs):
        return {
            **super().snapshot(*args, **kwargs),
            "pos_reference": self.own_reference(),
        }

    def test_two_first_finalizes_of_one_reference(self):
        snapshot = self.snapshot()
        results = self.race(*[lambda: self.submit(snapshot)] * 4)
        self.assertEqual({r["order_id"] for r in results}, {results[0]["order_id"]})
        self.assertEqual(sorted(r["created"] for r in results), [False] * 3 + [True])
        self.assertEqual(len({r["fiscal"]["reference"] for r in results}), 1)
        self.assertInvariant()

    def test_two_first_drafts_of_one_reference(self):
        snapshot = self.snapshot()
        snapshot.pop("payments")
        results = self.race(*[lambda: self.submit(snapshot, False)] * 4)
        self.assertEqual(len({r["order_id"] for r in results}), 1)
        self.assertEqual(sum(r["created"] for r in results), 1)

    def test_many_tills_on_one_register_all_sell(self):
        snapshots = [self.snapshot() for _index in range(12)]
        results = []
        for chunk in range(0, 12, 4):
            results += self.race(
                *(lambda s=s: self.submit(s) for s in snapshots[chunk : chunk + 4])
            )
        errors = [result for result in results if isinstance(result, Exception)]
        self.assertFalse(errors)
        self.assertEqual(len({r["fiscal"]["reference"] for r in results}), 12)
        self.assertInvariant()

    def test_the_same_key_at_once_has_one_effect(self):
        snapshot = self.snapshot()
        key = Idempotency(self.own_reference(), "hub/finalize", "f")

        def run(env):
            return env["pos.order"]._nu_submit(snapshot, finalize=True, idempotency=key)

        results = self.race(*[lambda: self.in_transaction(run, self.hub.id)] * 3)
        self.assertEqual(
            {r.body["order_id"] for r in results}, {results[0].body["order_id"]}
        )
        # the stored answer, word for word: it says created in all three
        self.assertTrue(all(r.body["created"] for r in results))
        self.assertEqual(sorted(r.replayed for r in results), [False, True, True])

    def test_a_request_that_waits_too_long_is_told_to_come_again(self):
        snapshot = self.snapshot()
        key = self.env["pos.order"]._nu_lock_key(
            self.company.id, snapshot["pos_reference"]
        )
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
            self.patch(nu_pos_control, "LOCK_WAIT", 1)
            problem = self.assertProblem("IN_PROGRESS", self.submit, snapshot)
            self.assertTrue(problem.retryable)
            self.assertTrue(problem.retry_after)
        self.assertTrue(self.submit(snapshot)["created"])


class TestDocumentConcurrency(RealCursorCase):
    """Two requests want one number, or the same rest of a sale."""

    def named(self, **values):
        return self.screen_order(pos_reference=self.own_reference(), **values)

    def sync_apart(self, order):
        """``sync_from_ui`` as Odoo serves it, conflicts retried; the code of a refusal
        or the number."""

        def run(env):
            orders = env["pos.order"]
            orders.sync_from_ui([dict(order)])
            return orders.search([("uuid", "=", order["uuid"])]).nu_ncf

        with self.env.registry.cursor() as cr:
            env = api.Environment(cr, self.hub.id, {})
            env.transaction.default_env = env
            try:
                return retrying(partial(run, env), env)
            except ApiProblem as problem:
                return problem.code

    def refund_apart(self, order_id, **wire):
        def run(env):
            Refund = env["nu.pos.refund"]
            wire.setdefault("pos_reference", self.own_reference())
            try:
                return Refund.submit(str(order_id), wire).body["fiscal"]["reference"]
            except ApiProblem as problem:
                return problem.code

        return self.in_transaction(run, self.hub.id)

    def sold(self):
        """``(id, line id)`` of a sale that everybody sees."""
        snapshot = {**self.snapshot(), "pos_reference": self.own_reference()}

        def run(env):
            answer = env["pos.order"].hub_finalize_snapshot(snapshot)
            return answer["order_id"], *answer["line_id_map"].values()

        return self.in_transaction(run, self.hub.id)

    def refund_order(self, line_id):
        order = self.named(
            amount_total=-640.0, amount_tax=-140.0, amount_paid=-640.0, is_refund=True
        )
        order["lines"][0][2].update(qty=-1, refunded_orderline_id=line_id)
        order["payment_ids"][0][2]["amount"] = -640.0
        return order

    def test_two_browsers_pay_two_orders_of_one_name(self):
        first = self.named()
        second = self.screen_order(pos_reference=first["pos_reference"])
        with mute_logger("odoo.sql_db", "odoo.http", "odoo.service.model"):
            results = self.race(
                lambda: self.sync_apart(first), lambda: self.sync_apart(second)
            )
        numbers = [result for result in results if str(result).startswith("B02")]
        self.assertEqual(len(numbers), 1, results)
        self.assertIn("CONFLICT", results)
        self.assertInvariant()

    def test_browser_and_hub_sell_one_name_at_once(self):
        order = self.named()
        snapshot = {**self.snapshot(), "pos_reference": order["pos_reference"]}

        def hub():
            try:
                answer = self.in_transaction(
                    lambda env: env["pos.order"].hub_finalize_snapshot(snapshot),
                    self.hub.id,
                )
                return answer["fiscal"]["reference"]
            except ApiProblem as problem:
                return problem.code

        with mute_logger("odoo.sql_db", "odoo.http", "odoo.service.model"):
            results = self.race(lambda: self.sync_apart(order), hub)
        numbers = [result for result in results if str(result).startswith("B02")]
        self.assertEqual(len(numbers), 1, results)
        refusal = next(result for result in results if result not in numbers)
        self.assertIn(refusal, ("CONFLICT", "ORDER_PAID"))
        self.assertInvariant()

    def test_two_browsers_give_the_same_dish_back(self):
        _sale, line = self.sold()
        orders = [self.refund_order(line) for _index in range(3)]
        with mute_logger("odoo.sql_db", "odoo.http", "odoo.service.model"):
            results = self.race(
                *(lambda order=order: self.sync_apart(order) for order in orders)
            )
        self.assertEqual(results.count("CONFLICT"), 2, results)
        self.assertEqual(sum(str(r).startswith("B04") for r in results), 1)
        self.assertInvariant()

    def test_browser_and_api_give_the_same_dish_back(self):
        sale, line = self.sold()
        order = self.refund_order(line)
        with mute_logger("odoo.sql_db", "odoo.http", "odoo.service.model"):
            results = self.race(
                lambda: self.sync_apart(order), lambda: self.refund_apart(sale)
            )
        self.assertEqual(results.count("CONFLICT"), 1, results)
        self.assertEqual(sum(str(r).startswith("B04") for r in results), 1)
        self.assertInvariant()

    def test_two_forms_give_the_same_dish_back(self):
        """A form takes no lock before it reads: it writes the number it modifies."""
        sale, _line = self.sold()
        names = [self.own_reference(), self.own_reference()]

        def drafts(env):
            first = env["pos.order"].browse(sale)._refund()
            second = first.copy({"pos_reference": names[1], "lines": False})
            first.pos_reference = names[0]
            # what the first would give back, once more
            for line in first.lines:
                line.copy({"order_id": second.id})
            return first.id, second.id

        first, second = self.in_transaction(drafts, self.hub.id)
        inside, go_on = threading.Event(), threading.Event()

        def pay(env, order_id):
            order = env["pos.order"].browse(order_id)
            env["pos.payment"].create(
                {
                    "pos_order_id": order_id,
                    "payment_method_id": self.cash.id,
                    "amount": -640.0,
                }
            )
            order.amount_paid = -640.0
            order._process_saved_order(False)
            return order.nu_ncf

        def pay_late(env):
            self.assertEqual(env["pos.order"].browse(first).state, "draft")
            inside.set()
            go_on.wait(20)
            return pay(env, second)

        late = []

        def run():
            with mute_logger("odoo.sql_db"):
                try:
                    late.append(self.in_transaction(pay_late))
                except Exception as error:
                    late.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        self.assertTrue(inside.wait(20))
        number = self.in_transaction(lambda env: pay(env, first))
        self.assertRegex(number, r"^B04\d{8}$")
        go_on.set()
        thread.join(60)
        self.assertIsInstance(late[0], psycopg2.errors.SerializationFailure)
        with self.assertRaises(ApiProblem):
            self.in_transaction(lambda env: pay(env, second))
        self.assertInvariant()

    def test_database_looks_at_an_invoice_when_the_transaction_ends(self):
        _sale, _line = self.sold()

        def steal(env):
            move = env["account.move"].create(
                {"move_type": "entry", "company_id": self.company.id}
            )
            ncf = env["pos.order"].browse(_sale).nu_ncf_id
            env.cr.execute(
                "UPDATE account_move SET nu_ncf_id = %s WHERE id = %s",
                [ncf.id, move.id],
            )

        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            self.in_transaction(steal)
        self.assertInvariant()

    def test_number_of_another_document_is_refused_at_once(self):
        """It took 94 s: five tries of ours in each of five tries of Odoo's."""
        sale, _line = self.sold()
        name = self.own_reference()

        def rename(env):
            with unsealed(env):
                env.cr.execute(
                    "UPDATE pos_order SET pos_reference = %s WHERE id = %s RETURNING"
                    " (SELECT pos_reference FROM nu_pos_ncf WHERE order_id = %s)",
                    [name, sale, sale],
                )
                return env.cr.fetchone()[0]

        old = self.in_transaction(rename)
        tries = []
        flow = self.env.registry["nu.pos.order.flow"]
        run_one = flow.run_one
        self.patch(flow, "run_one", lambda *args: tries.append(1) or run_one(*args))
        snapshot = {**self.snapshot(), "pos_reference": old}
        problem = self.assertProblem(
            "CONFLICT",
            self.in_transaction,
            lambda env: env["pos.order"].hub_finalize_snapshot(snapshot),
            self.hub.id,
        )
        self.assertEqual((len(tries), problem.retryable), (1, False))

    def test_conflict_that_stays_is_not_multiplied(self):
        """Odoo retries what we raise as a conflict; we have retried it already."""
        self.patch(time, "sleep", lambda _seconds: None)
        tries = []

        def work(unit):
            tries.append(1)
            raise ConcurrencyError("never")

        with mute_logger("odoo.service.model"):
            problem = self.assertProblem(
                "BUSY",
                self.in_transaction,
                lambda env: env["nu.pos.unit"].run([self.own_reference()], work),
            )
        self.assertEqual((len(tries), problem.retry_after), (5, 2))


@tagged("post_install", "-at_install")
class TestAnnulment(RealCursorCase):
    def test_annulled_number_is_answered_as_it_is_now(self):
        """The answer is read after the annulment, which another connection did."""
        wire = {
            "pos_reference": self.own_reference(),
            "config_id": self.config.id,
            "fiscal_type": "B02",
        }
        reserved = self.in_transaction(
            lambda env: env["pos.order"]._nu_reserve(wire).body, self.hub.id
        )
        number = reserved["fiscal"]["reference"]
        body = self.in_transaction(
            lambda env: env["nu.pos.fiscal.document"].annul(
                number, {"reason_code": "02"}
            ),
            self.ref("user_manager").id,
        )
        data = body["data"]
        self.assertEqual(
            (data["state"], data["number_state"], data["void_reason"]),
            ("annulled", "voided", "02"),
        )
