"""A number stands on one document, however the row is reached."""

import importlib.util

import psycopg2

from odoo.tools import file_path, mute_logger

from ..one_document import OneDocumentCase


class TestServerReferences(OneDocumentCase):
    """The names that the server gives its documents are nobody else's."""

    def setUp(self):
        super().setUp()
        self.invoice_posted = self.posted()
        self.names = (
            f"MOVE/{self.invoice_posted.id}",
            "MOVE/999999",
            "FD/1/B01",
            "FD/1/B01/N",
            "RF/12/44136fa355b3678a",
        )

    def test_screen_takes_no_invoices_number_by_its_name(self):
        ncf = self.invoice_posted.nu_ncf_id
        for name in self.names:
            with self.subTest(name):
                order = self.screen_order(pos_reference=name)
                self.assertNoNumberTaken(
                    "VALIDATION", self.sync_as, self.cashier, order
                )
        self.assertEqual((ncf.state, ncf.move_id), ("issued", self.invoice_posted))
        self.assertFalse(self.env["pos.order"].search([("nu_ncf_id", "=", ncf.id)]))

    def test_uuid_of_a_nameless_order_is_no_way_round(self):
        order = self.screen_order(uuid=self.names[0], pos_reference=False)
        self.assertNoNumberTaken("VALIDATION", self.sync_as, self.cashier, order)

    def test_order_without_a_name_is_numbered_under_its_uuid(self):
        order = self.screen_order(pos_reference=False)
        sold = self.sync_as(self.cashier, order)
        self.assertEqual(sold.pos_reference, order["uuid"])
        self.assertEqual(sold.nu_ncf_id.pos_reference, order["uuid"])

    def test_api_neither_writes_nor_asks_about_them(self):
        config = {"config_id": self.config.id}
        sale = self.finalize()
        Refund = self.env["nu.pos.refund"].with_user(self.manager)
        for name in self.names:
            named = {"pos_reference": name, **config}
            draft = self.draft(pos_reference=name)
            for what, function, args in (
                ("sale", self.finalize, (self.snapshot(pos_reference=name),)),
                ("draft", self.Order._nu_submit, (draft, False)),
                ("cancel", self.Order._nu_submit, ({**draft, "step": "cancel"},)),
                ("reserve", self.Order._nu_reserve, ({**named, "fiscal_type": "B01"},)),
                ("release", self.Order._nu_release, (named,)),
                (
                    "refund",
                    Refund.submit,
                    (str(sale["order_id"]), {"pos_reference": name}),
                ),
            ):
                with self.subTest(what, name=name):
                    problem = self.assertNoNumberTaken("VALIDATION", function, *args)
                    self.assertEqual(problem.errors[0]["path"], "pos_reference")
                    self.assertNotIn(self.invoice_posted.nu_ncf, str(problem.body()))

    def test_batch_refuses_the_one_and_sells_the_other(self):
        body = self.snapshot(pos_reference=self.names[0])
        answer = (
            self.env["nu.pos.batch"]
            .with_user(self.hub)
            .sync({"orders": [body, self.snapshot()]})
        )
        results = answer.body["results"]
        self.assertEqual([row["status"] for row in results], ["error", "ok"])
        self.assertEqual(results[0]["code"], "VALIDATION")

    def test_rpc_and_import_write_none(self):
        values = {
            "session_id": self.config.current_session_id.id,
            "amount_total": 0,
            "amount_tax": 0,
            "amount_paid": 0,
            "amount_return": 0,
        }
        draft = self.waiting()
        was = draft.pos_reference
        for user in (self.cashier, self.manager, self.hub, self.env.user):
            Order = self.env["pos.order"].with_user(user)
            for name in self.names:
                with self.subTest(user.login, name=name):
                    self.assertNoNumberTaken(
                        "VALIDATION", Order.create, {**values, "pos_reference": name}
                    )
                    self.assertNoNumberTaken(
                        "VALIDATION",
                        Order.browse(draft.id).write,
                        {"pos_reference": name},
                    )
        self.assertEqual(draft.pos_reference, was)
        loaded = (
            self.env["pos.order"]
            .with_user(self.manager)
            .load(
                ["session_id/.id", "pos_reference", "amount_total"],
                [[str(values["session_id"]), self.names[0], "0"]],
            )
        )
        self.assertFalse(loaded["ids"])
        self.assertFalse(
            self.env["pos.order"].search([("pos_reference", "in", self.names)])
        )

    def test_draft_that_was_named_so_before_is_still_sold(self):
        for name in ("FD/77/B01", "RF/12/44136fa355b3678a"):
            with self.subTest(name):
                draft = self.hub_draft()
                self.rename(draft, name)
                order = self.order_of(
                    self.finalize(
                        self.snapshot(
                            self.line(id=draft.lines.nu_client_id), pos_reference=name
                        )
                    )
                )
                self.assertEqual((order, order.nu_ncf_id.state), (draft, "issued"))

    def test_imitation_of_an_invoice_is_never_numbered(self):
        draft_invoice = self.invoice()
        draft = self.hub_draft()
        self.rename(draft, f"MOVE/{draft_invoice.id}")
        snapshot = self.snapshot(pos_reference=draft.pos_reference)
        self.assertNoNumberTaken("VALIDATION", self.finalize, snapshot)
        draft.with_user(self.manager).action_nu_take_over()
        screen = self.screen_order(
            uuid=draft.uuid, pos_reference=draft.pos_reference, lines=[]
        )
        self.assertNoNumberTaken("VALIDATION", self.sync, screen)
        draft_invoice.action_post()
        self.assertEqual(draft_invoice.nu_ncf_id.move_id, draft_invoice)

    def test_imitation_of_a_return_does_not_stand_in_its_way(self):
        sale = self.finalize(self.snapshot(self.line(qty=2)))
        Refund = self.env["nu.pos.refund"].with_user(self.manager)
        own = f"RF/{sale['order_id']}/44136fa355b3678a"
        self.rename(self.hub_draft(), own)
        first = Refund.submit(str(sale["order_id"]), {}).body
        again = Refund.submit(str(sale["order_id"]), {}).body
        self.assertEqual(first["pos_reference"], f"{own}/2")
        self.assertEqual((first["created"], again["created"]), (True, False))
        self.assertEqual(again["refund_id"], first["refund_id"])
        self.assertEqual(first["amount_total"], -1280.0)
        named = {"pos_reference": first["pos_reference"]}
        again = Refund.submit(str(sale["order_id"]), named).body
        self.assertEqual((again["created"], again["fiscal"]), (False, first["fiscal"]))

    def test_return_is_repeated_under_the_name_it_was_given(self):
        sale = self.finalize()
        Refund = self.env["nu.pos.refund"].with_user(self.manager)
        first = Refund.submit(str(sale["order_id"]), {}).body
        named = {"pos_reference": first["pos_reference"]}
        again = Refund.submit(str(sale["order_id"]), named).body
        self.assertEqual((again["created"], again["fiscal"]), (False, first["fiscal"]))

    def test_imitation_of_a_reissue_is_not_taken_for_it(self):
        sale = self.finalize()
        self.rename(self.hub_draft(), f"FD/{sale['order_id']}/B01")
        Reissue = self.env["nu.pos.reissue"].with_user(self.manager)
        asked = {
            "order_ref": str(sale["order_id"]),
            "fiscal_type": "B01",
            "partner_id": self.buyer.id,
        }
        first = Reissue.submit(asked).body
        again = Reissue.submit(asked).body
        self.assertEqual(first["state"], "paid")
        self.assertRegex(first["fiscal"]["reference"], r"^B01\d{8}$")
        self.assertEqual(first["pos_reference"], f"FD/{sale['order_id']}/B01/2")
        self.assertEqual((again["created"], again["fiscal"]), (False, first["fiscal"]))
        self.assertInvariant()


class TestOwner(OneDocumentCase):
    """Whose a number is, is looked at before it is written on anything."""

    def test_old_name_of_a_renamed_sale_gives_its_number_to_nobody(self):
        sale = self.order_of(self.finalize())
        reference, ncf = sale.pos_reference, sale.nu_ncf_id
        self.rename(sale, "X/changed")
        order = self.screen_order(pos_reference=reference)
        self.assertNoNumberTaken("CONFLICT", self.sync_as, self.cashier, order)
        problem = self.assertNoNumberTaken(
            "CONFLICT", self.finalize, self.snapshot(pos_reference=reference)
        )
        self.assertIn(ncf.name, problem.detail)
        self.assertFalse(problem.retryable)
        self.assertEqual((ncf.state, ncf.order_id), ("issued", sale))

    def test_two_orders_of_one_name_have_no_number_in_common(self):
        first = self.screen_order()
        second = self.screen_order(pos_reference=first["pos_reference"])
        sold = self.sync_as(self.cashier, first)
        self.assertNoNumberTaken("CONFLICT", self.sync_as, self.cashier, second)
        self.assertEqual(sold.nu_ncf_id.order_id, sold)

    def test_reserved_number_is_issued_to_its_own_order_only(self):
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            ncf = self.Ncf.take(unit, self.type("B02"), self.config, "somebody")[0]
        draft = self.waiting().with_user(self.env.user)
        problem = self.assertProblem("CONFLICT", ncf._issue, [draft])
        self.assertIn(ncf.name, problem.detail)
        self.assertEqual(ncf.state, "reserved")

    def test_number_of_a_sale_is_issued_to_no_invoice(self):
        sale = self.order_of(self.finalize())
        move = self.invoice()
        self.assertProblem("CONFLICT", sale.nu_ncf_id._issue_moves, move)

    def test_invoice_whose_name_holds_an_issued_number_is_not_posted(self):
        """What the attack of old left behind."""
        move = self.invoice()
        ncf = self.order_of(
            self.finalize(
                self.snapshot(partner_id=self.buyer.id, fiscal_type="B01", total=640.0)
            )
        ).nu_ncf_id
        self.past(
            "UPDATE nu_pos_ncf SET pos_reference = %s WHERE id = %s",
            f"MOVE/{move.id}",
            ncf.id,
        )
        self.assertProblem("CONFLICT", move.action_post)
        self.assertEqual(move.state, "draft")

    def assertDatabaseRefuses(self, query, *values):
        with (
            self.assertRaises(psycopg2.IntegrityError) as caught,
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(query, values)
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return str(caught.exception)

    def test_database_refuses_a_second_document(self):
        sale, other = self.order_of(self.finalize()), self.order_of(self.finalize())
        draft, move = self.waiting(), self.invoice()
        own = self.posted()
        on_order = "UPDATE pos_order SET nu_ncf_id = %s WHERE id = %s"
        on_move = "UPDATE account_move SET nu_ncf_id = %s WHERE id = %s"
        for query, document, ncf in (
            (on_order, draft, sale.nu_ncf_id),
            (on_order, other, sale.nu_ncf_id),
            (on_order, draft, own.nu_ncf_id),
            (on_move, move, sale.nu_ncf_id),
            (on_move, move, own.nu_ncf_id),
            (on_move, own, sale.nu_ncf_id),
        ):
            with self.subTest(document=document, ncf=ncf.name):
                self.assertDatabaseRefuses(query, ncf.id, document.id)

    def test_database_knows_reserved_numbers_by_their_reference(self):
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            ncf = self.Ncf.take(unit, self.type("B02"), self.config, "somebody")[0]
        for query, document in (
            ("UPDATE pos_order SET nu_ncf_id = %s WHERE id = %s", self.waiting()),
            ("UPDATE account_move SET nu_ncf_id = %s WHERE id = %s", self.invoice()),
        ):
            message = self.assertDatabaseRefuses(query, ncf.id, document.id)
            self.assertIn("is not of", message)

    def test_order_and_its_own_invoice_share_their_number(self):
        sale = self.invoiced()
        self.assertTrue(sale.nu_ncf_id)
        self.assertEqual(sale.account_move.nu_ncf_id, sale.nu_ncf_id)
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.assertInvariant()

    def test_superuser_code_of_others_puts_no_number_on_an_order(self):
        sale, draft = self.order_of(self.finalize()), self.waiting()
        with (
            self.assertRaises(psycopg2.IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            draft.sudo().nu_ncf_id = sale.nu_ncf_id
            self.env.flush_all()

    def test_number_given_back_leaves_the_draft_that_bore_it(self):
        draft = self.waiting().with_user(self.env.user)
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            ncf = self.Ncf.take(
                unit, self.type("B02"), self.config, draft.pos_reference
            )[0]
        draft.nu_ncf_id = ncf
        ncf._release()
        self.assertFalse(draft.nu_ncf_id)
        following = self.sync(self.screen_order())
        self.assertEqual(following.nu_ncf_id, ncf)

    def test_job_leaves_numbers_alone_that_a_document_bears(self):
        draft = self.waiting().with_user(self.env.user)
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            ncf, nobodys = (
                self.Ncf.take(unit, self.type("B02"), self.config, name)[0]
                for name in (draft.pos_reference, "nobody")
            )
        draft.nu_ncf_id = ncf
        self.env.cr.execute(
            "UPDATE nu_pos_ncf SET date_reserved = '2020-01-01' WHERE id IN %s",
            [(ncf.id, nobodys.id)],
        )
        self.env["ir.config_parameter"].set_param(
            "nu_pos.release_reserved_after_hours", "24"
        )
        self.Ncf._cron_release_stale()
        self.env.invalidate_all()
        self.assertEqual((ncf.state, nobodys.state), ("reserved", "released"))


class TestInvariant(OneDocumentCase):
    """The invariant counts documents as well as rows."""

    def setUp(self):
        super().setUp()
        self.config.nu_invoice_policy = "always"
        self.sale = self.order_of(self.finalize())
        self.other = self.order_of(self.finalize())
        self.env.flush_all()
        # what no rule let through once, and what SQL can still do
        self.env.cr.execute(
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "DROP INDEX pos_order_nu_ncf_uniq, account_move_nu_ncf_uniq;"
            "ALTER TABLE nu_pos_ncf DISABLE TRIGGER USER;"
            "ALTER TABLE pos_order DISABLE TRIGGER USER;"
            "ALTER TABLE account_move DISABLE TRIGGER USER"
        )

    def assertBroken(self, query, *values, **expected):
        before = self.invariant_of("B02")
        self.assertTrue(before["ok"])
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute(query, values)
            row = self.invariant_of("B02")
            savepoint.rollback()
        names = ("missing", "doubled", "shared", "unplaced", "misplaced")
        self.assertEqual(
            {name: row[name] for name in names if row[name]}, expected, query
        )
        self.assertFalse(row["ok"])
        self.assertTrue(self.invariant_of("B02")["ok"])

    def test_number_on_two_orders(self):
        draft = self.waiting()
        self.env.flush_all()
        self.assertBroken(
            "UPDATE pos_order SET nu_ncf_id = %s, state = 'paid' WHERE id = %s",
            self.sale.nu_ncf_id.id,
            draft.id,
            shared=1,
        )

    def test_number_on_an_order_and_on_an_invoice_that_is_not_its_own(self):
        move = self.invoice()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET nu_ncf_id = NULL WHERE id = %s",
            [self.sale.account_move.id],
        )
        self.assertBroken(
            "UPDATE account_move SET nu_ncf_id = %s, state = 'posted' WHERE id = %s",
            self.sale.nu_ncf_id.id,
            move.id,
            shared=1,
        )

    def test_issued_number_on_no_document(self):
        self.assertBroken(
            "UPDATE pos_order SET nu_ncf_id = NULL WHERE id = %s;"
            "UPDATE account_move SET nu_ncf_id = NULL WHERE id = %s",
            self.sale.id,
            self.sale.account_move.id,
            unplaced=1,
        )

    def test_documents_whose_number_is_not_issued(self):
        for state in ("reserved", "released"):
            with self.subTest(state):
                self.assertBroken(
                    "UPDATE nu_pos_ncf SET state = %s WHERE id = %s",
                    state,
                    self.sale.nu_ncf_id.id,
                    misplaced=1,
                )

    def test_document_of_another_company(self):
        company = self.env["res.company"].create({"name": "Otra"})
        self.assertBroken(
            "UPDATE pos_order SET company_id = %s WHERE id = %s",
            company.id,
            self.sale.id,
            misplaced=1,
        )

    def test_draft_that_bears_an_issued_number(self):
        self.assertBroken(
            "UPDATE pos_order SET state = 'draft' WHERE id = %s",
            self.sale.id,
            misplaced=1,
        )

    def test_sale_whose_number_the_ledger_has_on_another(self):
        self.assertBroken(
            "UPDATE nu_pos_ncf SET order_id = %s WHERE id = %s",
            self.other.id,
            self.sale.nu_ncf_id.id,
            misplaced=1,
        )

    def test_range_says_which(self):
        lot = self.sale.nu_ncf_id.range_id
        self.env.cr.execute(
            "UPDATE pos_order SET nu_ncf_id = NULL WHERE id = %s;"
            "UPDATE account_move SET nu_ncf_id = NULL WHERE id = %s",
            [self.sale.id, self.sale.account_move.id],
        )
        lot.invalidate_recordset()
        self.assertFalse(lot.ledger_ok)
        self.assertIn("1 issued on none", lot.ledger_note)

    def test_annulled_numbers_may_stay_on_their_documents(self):
        manager = self.env["nu.pos.refund"].with_user(self.manager)
        manager.cancel(
            str(self.sale.id), {"reason": "never left the house", "delivered": False}
        )
        self.env.invalidate_all()
        self.assertEqual(self.sale.nu_ncf_id.state, "voided")
        self.assertTrue(self.invariant_of("B02")["ok"])

    def test_upgrade_takes_numbers_off_the_documents_that_are_not_their_own(self):
        thief, move = self.waiting().with_user(self.env.user), self.invoice()
        ncf = self.sale.nu_ncf_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE pos_order SET nu_ncf_id = %(ncf)s, nu_ncf = %(name)s,"
            " state = 'paid' WHERE id = %(order)s;"
            "UPDATE account_move SET nu_ncf_id = %(ncf)s WHERE id = %(move)s",
            {"ncf": ncf.id, "name": ncf.name, "order": thief.id, "move": move.id},
        )
        self.assertFalse(self.invariant_of("B02")["ok"])
        for moment in ("pre", "post"):
            with mute_logger("nu_one_document"):
                migration(f"{moment}-one_document_a_number").migrate(self.env.cr, "")
        self.env.invalidate_all()
        self.assertTrue(self.invariant_of("B02")["ok"])
        self.assertFalse(thief.nu_ncf_id or thief.nu_ncf or move.nu_ncf_id)
        self.assertEqual(
            (self.sale.nu_ncf_id, self.sale.account_move.nu_ncf_id), (ncf, ncf)
        )
        rows = self.env["nu_restaurant_pos.order_audit"].search(
            [("event", "=", "taken_off")], order="id"
        )
        self.assertEqual(
            [(row.pos_reference, row.ncf, row.order_res_id) for row in rows],
            [(thief.pos_reference, ncf.name, thief.id), (move.name, ncf.name, 0)],
        )


def migration(name):
    """A script of the upgrade as a module."""
    path = file_path(f"nu_restaurant_pos/migrations/19.0.1.1.0/{name}.py")
    spec = importlib.util.spec_from_file_location("nu_one_document", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestReservations(OneDocumentCase):
    """Numbers that are asked for before the sale."""

    def reserve(self, user, **values):
        wire = {
            "pos_reference": self.reference(),
            "config_id": self.config.id,
            "fiscal_type": "B02",
            **values,
        }
        return self.env["pos.order"].with_user(user)._nu_reserve(wire).body

    def release(self, user, reserved, **values):
        wire = {
            "pos_reference": reserved["pos_reference"],
            "config_id": self.config.id,
            **values,
        }
        return self.env["pos.order"].with_user(user)._nu_release(wire).body

    def test_one_caller_does_not_use_a_range_up(self):
        self.env["ir.config_parameter"].set_param("nu_pos.max_reservations", "3")
        held = [self.reserve(self.cashier) for _index in range(3)]
        self.assertNoNumberTaken(
            "CONFLICT", self.reserve, self.cashier, words="3 numbers are reserved"
        )
        # the same again, another caller, and who has sold or given back
        again = self.reserve(self.cashier, pos_reference=held[0]["pos_reference"])
        self.assertEqual(again["fiscal"]["reference"], held[0]["fiscal"]["reference"])
        self.assertTrue(self.reserve(self.hub)["created"])
        self.release(self.cashier, held[0])
        self.assertTrue(self.reserve(self.cashier)["created"])
        self.env["ir.config_parameter"].set_param("nu_pos.max_reservations", "0")
        self.assertTrue(self.reserve(self.cashier)["created"])

    def test_sales_count_against_no_limit(self):
        self.env["ir.config_parameter"].set_param("nu_pos.max_reservations", "1")
        self.reserve(self.hub)
        self.assertEqual(self.finalize()["state"], "paid")

    def test_annulling_what_was_printed_is_a_right(self):
        held = self.reserve(self.cashier)
        problem = self.assertProblem(
            "FORBIDDEN", self.release, self.cashier, held, printed=True
        )
        self.assertEqual(problem.extra["permission"], "annul_ncf")
        self.assertEqual(
            self.release(self.cashier, held)["fiscal"]["state"], "released"
        )
        for user in (self.hub, self.manager):
            with self.subTest(user.login):
                done = self.release(user, self.reserve(user), printed=True)
                self.assertEqual(done["fiscal"]["state"], "voided")

    def test_number_of_a_failed_return_is_given_back(self):
        """A client named the return; release answered ok and left it reserved."""
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            ncf = self.Ncf.take(
                unit, self.type("B04"), self.config, "RF/1", kind="credit_note"
            )[0]
        done = self.release(self.hub, {"pos_reference": "RF/1"})
        self.assertEqual(done["fiscal"]["state"], "released")
        self.env.invalidate_all()
        self.assertEqual(ncf.state, "released")

    def test_return_that_failed_under_another_series_is_no_dead_end(self):
        sale = self.finalize()
        reference = f"RF/{sale['order_id']}/44136fa355b3678a"
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            stale = self.Ncf.take(
                unit,
                self.type("E34"),
                self.config,
                reference,
                kind="credit_note",
                server_named=True,
            )[0]
        Refund = self.env["nu.pos.refund"].with_user(self.manager)
        back = Refund.submit(str(sale["order_id"]), {}).body
        self.assertRegex(back["fiscal"]["reference"], r"^B04\d{8}$")
        self.env.invalidate_all()
        self.assertEqual(stale.state, "released")

    def test_cashier_changes_the_customer_after_a_failed_try(self):
        """The browser has nowhere to send replace: true."""
        order = self.screen_order(partner_id=self.buyer.id)
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            first = self.Ncf.take(
                unit, self.type("B02"), self.config, order["pos_reference"]
            )[0]
        sold = self.sync_as(self.cashier, order)
        self.assertRegex(sold.nu_ncf, r"^B01\d{8}$")
        self.assertEqual(first.state, "released")

    def test_number_a_terminal_was_given_is_not_replaced_on_the_screen(self):
        order = self.screen_order(partner_id=self.buyer.id)
        held = self.reserve(self.hub, pos_reference=order["pos_reference"])
        problem = self.assertNoNumberTaken(
            "CONFLICT", self.sync_as, self.cashier, order
        )
        self.assertIn(held["fiscal"]["reference"], problem.detail)
        self.assertNotIn("replace", problem.detail)
