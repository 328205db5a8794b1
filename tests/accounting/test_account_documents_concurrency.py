"""Numbers of invoices, on real connections."""

from functools import partial
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.evidence.nu_pos_guarded import unsealed
from ..numbers.test_ncf_concurrency import RealCursorCase

NCF_MODULE = "odoo.addons.nu_restaurant_pos.models.accounting.account_move_numbering"


class BreakError(Exception):
    """Something after the posting that fails."""


@tagged("post_install", "-at_install")
class TestInvoiceConcurrency(RealCursorCase):
    def _clean(self):
        def clean(env):
            with unsealed(env):
                delete(env)

        def delete(env):
            env.cr.execute("SELECT id FROM account_move WHERE ref = %s", [self.prefix])
            ids = tuple(row[0] for row in env.cr.fetchall()) or (0,)
            env.cr.execute("UPDATE nu_pos_ncf SET move_id = NULL WHERE move_id IN %s",
                           [ids])  # fmt: skip
            env.cr.execute(
                "DELETE FROM account_partial_reconcile WHERE debit_move_id IN"
                " (SELECT id FROM account_move_line WHERE move_id IN %s)",
                [ids],
            )
            env.cr.execute("DELETE FROM account_move_line WHERE move_id IN %s", [ids])
            env.cr.execute("DELETE FROM account_move WHERE id IN %s", [ids])

        self.in_transaction(clean)
        return super()._clean()

    def _env(self, cr):
        context = {"allowed_company_ids": self.company.ids, "tracking_disable": True}
        return api.Environment(cr, SUPERUSER_ID, context)

    def make_invoice(self, env, price=1000.0, **values):
        return env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": self.company.id,
                "partner_id": self.buyer.id,
                "ref": self.prefix,
                "nu_document_type_id": self.type("B16").id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Evento", "quantity": 1, "price_unit": price,
                         "tax_ids": [Command.clear()]}
                    )
                ],
                **values,
            }
        )  # fmt: skip

    def make_invoices(self, count):
        with self.env.registry.cursor() as cr:
            env = self._env(cr)
            return [self.make_invoice(env).id for _index in range(count)]

    def post(self, move_id, fail=False):
        """Post as a request does, conflicts retried; the number, or the refusal."""
        with self.env.registry.cursor() as cr:
            env = self._env(cr)
            move = env["account.move"].browse(move_id)

            def work():
                move.action_post()
                if fail:
                    raise BreakError("the posting breaks")
                return move.nu_ncf

            try:
                return retrying(partial(work), env)
            except (UserError, BreakError) as error:
                cr.rollback()
                return str(error)

    def ledger(self):
        return self.in_transaction(
            lambda env: (
                env["nu.pos.ncf"]
                .search([("range_id", "in", self.range_ids)], order="id")
                .mapped(lambda ncf: (ncf.name, ncf.state))
            )
        )

    def test_failed_posting_leaves_a_reserved_row_that_the_retry_finds(self):
        self.make_ranges("B16", (1, 10))
        [move_id] = self.make_invoices(1)
        self.assertEqual(self.post(move_id, fail=True), "the posting breaks")
        self.assertEqual(self.ledger(), [("B1600000001", "reserved")])
        self.assertEqual(self.post(move_id), "B1600000001")
        self.assertEqual(self.ledger(), [("B1600000001", "issued")])
        self.assertInvariant()

    def test_request_that_wrote_first_begins_again_with_its_number(self):
        self.make_ranges("B16", (1, 10))
        [move_id] = self.make_invoices(1)
        seen = []

        def work(move):
            move.narration = "changed before posting"
            move.flush_recordset()
            seen.append(self.ledger())
            move.action_post()
            return move.nu_ncf

        with self.env.registry.cursor() as cr:
            move = self._env(cr)["account.move"].browse(move_id)
            with (
                patch(f"{NCF_MODULE}.request", True),
                mute_logger("odoo.service.model"),
            ):
                number = retrying(partial(work, move), move.env)
        self.assertEqual(number, "B1600000001")
        self.assertEqual(seen, [[], [("B1600000001", "reserved")]])
        self.assertEqual(self.ledger(), [("B1600000001", "issued")])

    def test_invoices_posted_at_once_get_one_number_each(self):
        self.make_ranges("B16", (1, 10))
        ids = self.make_invoices(6)
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            numbers = self.race(*(partial(self.post, move_id) for move_id in ids))
        self.assertEqual(
            sorted(map(str, numbers)), [f"B16{n:08d}" for n in range(1, 7)]
        )
        self.assertInvariant()

    def test_one_invoice_posted_twice_at_once_takes_one_number(self):
        self.make_ranges("B16", (1, 10))
        [move_id] = self.make_invoices(1)
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            results = self.race(*[partial(self.post, move_id)] * 3)
        self.assertEqual(results.count("B1600000001"), 1, results)
        self.assertEqual(self.ledger(), [("B1600000001", "issued")])

    def test_invoice_made_and_posted_in_one_transaction_returns_its_number(self):
        self.make_ranges("B16", (1, 10))
        with self.assertRaises(BreakError), self.env.registry.cursor() as cr:
            move = self.make_invoice(self._env(cr))
            move.action_post()
            self.assertEqual(move.nu_ncf, "B1600000001")
            raise BreakError("the rest of the transaction breaks")
        self.assertEqual(self.ledger(), [])
        self.assertInvariant()
        [move_id] = self.make_invoices(1)
        self.assertEqual(self.post(move_id), "B1600000001")

    def test_batch_that_outgrows_the_range_posts_none(self):
        self.make_ranges("B16", (1, 2))
        ids = self.make_invoices(3)
        with self.env.registry.cursor() as cr:
            moves = self._env(cr)["account.move"].browse(ids)
            with self.assertRaisesRegex(UserError, "used up"):
                moves.action_post()
        states = self.in_transaction(
            lambda env: env["account.move"].browse(ids).mapped("state")
        )
        self.assertEqual(states, ["draft"] * 3)
        self.assertEqual([state for _name, state in self.ledger()], ["reserved"] * 2)
        self.assertEqual(self.post(ids[0]), "B1600000001", "it waits for its invoice")

    def test_two_notes_at_once_give_back_no_more_than_the_invoice(self):
        self.make_ranges("B16", (1, 10))
        [move_id] = self.make_invoices(1)
        self.post(move_id)
        with self.env.registry.cursor() as cr:
            env = self._env(cr)
            notes = [
                self.make_invoice(
                    env,
                    700.0,
                    move_type="out_refund",
                    reversed_entry_id=move_id,
                    nu_document_type_id=self.type("B04").id,
                ).id
                for _index in range(2)
            ]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            results = self.race(*(partial(self.post, note) for note in notes))

        def annul(env):
            with unsealed(env):
                env.cr.execute(
                    "UPDATE nu_pos_ncf SET state = 'voided', void_reason = '08',"
                    " move_id = NULL WHERE pos_reference IN %s",
                    [tuple(f"MOVE/{note}" for note in notes)],
                )

        self.in_transaction(annul)
        given = [str(result) for result in results if str(result).startswith("B04")]
        refused = [result for result in results if "gives back" in str(result)]
        self.assertEqual((len(given), len(refused)), (1, 1), results)
