"""What a numbered sale says, and every way into Odoo that could change it.

Each cell is one try: it is refused, or it is harmless, and the rows of the sale are
what they were, byte for byte.
"""

from uuid import uuid4

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.evidence.nu_pos_guarded import SCREEN, UNSEALED
from .common import ApiCase, FiscalCase
from .doors import ROLES, DoorsMixin

AUDIT = "nu_restaurant_pos.order_audit"


class DoorCase(DoorsMixin, FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_sales()
        cls.env.user.company_ids |= cls.company

    def setUp(self):
        super().setUp()
        self.before = self.pictures()
        self.addCleanup(self.assertUntouched)

    def assertUntouched(self):
        self.assertEqual(self.pictures(), self.before)

    def cells(self, *roles):
        """``(cell, role, record, field, value)``; the cell names a subTest."""
        return [
            (
                {"role": role, "fact": fact, "field": f"{record._name}.{name}"},
                role,
                record,
                name,
                value,
            )
            for role in roles
            for fact, record, name, value in self.facts()
        ]


class TestWrites(DoorCase):
    """Doors that name a record and a value: every fact as every person."""

    def test_write(self):
        for cell, role, record, name, value in self.cells(*ROLES):
            with self.subTest(**cell):
                self.assertShut(
                    self.rpc, role, record._name, "write", record.ids, {name: value}
                )

    def test_web_save(self):
        for cell, role, record, name, value in self.cells("cashier", "administrator"):
            with self.subTest(**cell):
                self.assertShut(
                    self.rpc,
                    role,
                    record._name,
                    "web_save",
                    record.ids,
                    {name: value},
                    specification={},
                )

    def test_write_through_the_order(self):
        """Lines and payments as commands of their order, as the screen sends them."""
        line, payment = self.sold.lines, self.sold.payment_ids
        tries = {
            "line changed": {"lines": [Command.update(line.id, {"qty": 7})]},
            "line added": {"lines": [Command.create(self.line_values())]},
            "line deleted": {"lines": [Command.delete(line.id)]},
            "line unlinked": {"lines": [Command.unlink(line.id)]},
            "lines replaced": {"lines": [Command.set([])]},
            "line of another": {"lines": [Command.link(self.other.lines.id)]},
            "payment changed": {
                "payment_ids": [Command.update(payment.id, {"amount": 1})]
            },
            "payment added": {"payment_ids": [Command.create(self.payment_values())]},
            "payment deleted": {"payment_ids": [Command.delete(payment.id)]},
        }
        for role in ROLES:
            for what, values in tries.items():
                with self.subTest(role=role, what=what):
                    self.assertShut(
                        self.rpc, role, "pos.order", "write", self.sold.ids, values
                    )

    def line_values(self, **values):
        return {
            "name": "x",
            "product_id": self.dish.id,
            "qty": 1,
            "price_unit": 5.0,
            "price_subtotal": 5.0,
            "price_subtotal_incl": 5.0,
            **values,
        }

    def payment_values(self, **values):
        return {"payment_method_id": self.cash.id, "amount": 5.0, **values}

    def test_additions(self):
        sold, line = self.sold.id, self.line_values
        rows = {
            "line": ("pos.order.line", line(order_id=sold), {}),
            "line by default": ("pos.order.line", line(), {"default_order_id": sold}),
            "payment": ("pos.payment", self.payment_values(pos_order_id=sold), {}),
            "payment by default": (
                "pos.payment",
                self.payment_values(),
                {"default_pos_order_id": sold},
            ),
            "invoice line": (
                "account.move.line",
                {
                    "move_id": self.invoiced.account_move.id,
                    "name": "x",
                    "price_unit": 5.0,
                    "quantity": 1.0,
                },
                {},
            ),
        }
        for role in ROLES:
            for what, (model, values, context) in rows.items():
                with self.subTest(role=role, what=what):
                    records = self.as_role(role)[model].with_context(**context)
                    self.assertShut(records.create, [values])

    def test_deletions(self):
        records = [
            self.sold,
            self.sold.lines,
            self.sold.payment_ids,
            self.sold.nu_ncf_id,
            self.invoiced.account_move,
            self.invoiced.account_move.line_ids[:1],
        ]
        for role in ROLES:
            for record in records:
                with self.subTest(role=role, model=record._name):
                    forced = self.as_role(role)[record._name].with_context(
                        force_delete=True, dynamic_unlink=True
                    )
                    self.assertShut(forced.browse(record.ids).unlink)

    def test_a_context_of_a_client_opens_nothing(self):
        """Objects open the seal; what a client sends is text and numbers."""
        for forged in (
            {"nu_unsealed": True},
            {"nu_unsealed": "UNSEALED"},
            {"nu_unsealed": repr(UNSEALED)},
            {"nu_screen": repr(SCREEN)},
            {"nu_pos.unsealed": "on"},
            {"skip_readonly_check": True, "check_move_validity": False},
        ):
            with self.subTest(context=forged):
                self.assertShut(
                    self.rpc,
                    "cashier",
                    "pos.order",
                    "write",
                    self.sold.ids,
                    {"amount_total": 1},
                    context={**forged, "allowed_company_ids": self.company.ids},
                )
                move = self.invoiced.account_move.with_context(**forged)
                self.assertShut(move.sudo().write, {"invoice_date": "2020-01-01"})


class TestCode(DoorCase):
    """Superuser code that is written in the web client, and SQL."""

    def test_server_action(self):
        action = (
            self.env["ir.actions.server"]
            .sudo()
            .create(
                {
                    "name": "try",
                    "model_id": self.env["ir.model"]._get_id("pos.order"),
                    "state": "code",
                    "code": "pass",
                }
            )
        )
        run = action.with_context(active_model="pos.order", active_id=self.sold.id).run
        for cell, _role, record, name, value in self.cells("superuser"):
            if name == "tax_ids":
                value = [(5, 0, 0)]
            action.code = (
                f"env[{record._name!r}].browse({record.id}).write("
                f"{{{name!r}: {value!r}}})"
            )
            with self.subTest(**cell):
                error = self.assertShut(run)
                self.assertNotIsInstance(error, IntegrityError, "it is said in words")

    def test_import(self):
        texts = {"tax_ids": "", "session_id": ""}
        for cell, role, record, name, value in self.cells("cashier", "administrator"):
            field = record._fields[name]
            column = f"{name}/.id" if field.relational else name
            text = texts.get(name, str(value))

            def load(role=role, record=record, column=column, text=text):
                answer = self.rpc(
                    role,
                    record._name,
                    "load",
                    [".id", column],
                    [[str(record.id), text]],
                )
                if not answer["ids"]:
                    raise UserError(answer["messages"][0]["message"])

            with self.subTest(**cell):
                self.attempt(load)
                self.assertUntouched()

    def test_sql(self):
        """The last line: no marker, no change."""
        sold, line = self.sold, self.sold.lines
        payment, move = self.sold.payment_ids, self.invoiced.account_move
        columns = {
            sold: {
                "nu_ncf_id": None,
                "nu_document_type_id": self.type("B15").id,
                "amount_total": 1,
                "amount_tax": 1,
                "amount_paid": 1,
                "nu_amount_itbis": 1,
                "nu_amount_tip": 1,
                "date_order": "2020-01-01",
                "partner_id": self.person.id,
                "nu_buyer_name": "x",
                "nu_buyer_vat": "x",
                "pos_reference": "x",
                "uuid": "x",
                "state": "draft",
            },
            line: {
                "order_id": self.unnumbered.id,
                "qty": 9,
                "price_unit": 9,
                "discount": 9,
                "price_subtotal": 9,
                "price_subtotal_incl": 9,
                "product_id": self.reduced.id,
            },
            payment: {
                "pos_order_id": self.unnumbered.id,
                "amount": 9,
                "payment_method_id": self.card.id,
            },
            move: {
                "nu_ncf_id": None,
                "partner_id": self.person.id,
                "invoice_date": "2020-01-01",
                "amount_total": 9,
                "state": "draft",
            },
            sold.nu_ncf_id: {
                "name": "B0299999999",
                "state": "released",
                "order_id": self.other.id,
                "pos_reference": "x",
                "amount_total": 1,
            },
        }
        for record, values in columns.items():
            table = SQL.identifier(record._table)
            for name, value in values.items():
                with self.subTest(column=f"{record._table}.{name}"):
                    query = SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        table,
                        SQL.identifier(name),
                        value,
                        record.id,
                    )
                    error = self.assertShut(self.env.cr.execute, query)
                    self.assertIn("is issued", str(error))
            with self.subTest(deleted=record._table):
                query = SQL("DELETE FROM %s WHERE id = %s", table, record.id)
                self.assertIn(
                    "is issued", str(self.assertShut(self.env.cr.execute, query))
                )
        # what waits for the end of the transaction would stand before the seal
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # a table with a check that waits for the commit takes no TRUNCATE at all
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("pos_order", "pos_order_line", "pos_payment"):
            with self.subTest(truncated=table):
                query = SQL("TRUNCATE %s CASCADE", SQL.identifier(table))
                self.assertShut(self.env.cr.execute, query)
        for statement in (
            "INSERT INTO pos_order_line (order_id, product_id, name, price_subtotal,"
            " price_subtotal_incl) SELECT order_id, product_id, name, 1, 1"
            " FROM pos_order_line WHERE order_id = %s",
            "INSERT INTO pos_payment (pos_order_id, payment_method_id, amount,"
            " payment_date) SELECT pos_order_id, payment_method_id, 1, now()"
            " FROM pos_payment WHERE pos_order_id = %s",
        ):
            with self.subTest(statement=statement[:24]):
                error = self.assertShut(
                    self.env.cr.execute, SQL(statement, self.sold.id)
                )
                self.assertIn("is issued", str(error))


class TestFlows(DoorCase):
    """Flows of core and of the API that would change a sale."""

    def test_screen_sends_it_again(self):
        """The browser sends whole orders; a paid one is ignored."""
        changed = {
            "amount_total": 1.0,
            "amount_paid": 1.0,
            "partner_id": self.person.id,
            "date_order": "2020-01-01 10:00:00",
            "lines": [Command.update(self.sold.lines.id, {"qty": 9})],
            "payment_ids": [Command.update(self.sold.payment_ids.id, {"amount": 1})],
        }
        for role in ("cashier", "hub", "manager", "administrator"):
            for name, value in changed.items():
                with self.subTest(role=role, fact=name):
                    order = self.screen_order(
                        uuid=self.sold.uuid,
                        pos_reference=self.sold.pos_reference,
                        lines=[],
                        payment_ids=[],
                    )
                    order[name] = value
                    error = self.attempt(
                        self.rpc, role, "pos.order", "sync_from_ui", [order]
                    )
                    self.assertIsNone(error, "a till that repeats is not stopped")
                    self.assertUntouched()

    def test_screen_sends_another_sale_of_its_reference(self):
        for role in ("cashier", "manager"):
            with self.subTest(role=role):
                order = self.screen_order(pos_reference=self.sold.pos_reference)
                self.assertShut(self.rpc, role, "pos.order", "sync_from_ui", [order])

    def test_hub_sends_it_again_with_other_content(self):
        original = {
            "pos_reference": self.sold.pos_reference,
            "config_id": self.config.id,
        }
        for what, body in (
            ("lines", self.snapshot(self.line(qty=2))),
            ("price", self.snapshot(self.line(price=1.0))),
            ("type", self.snapshot(fiscal_type="B15")),
        ):
            with self.subTest(fact=what):
                self.assertProblem(
                    "IDEMPOTENCY_MISMATCH",
                    self.Order.hub_finalize_snapshot,
                    {**body, **original},
                )
        with self.subTest(fact="a draft that comes late"):
            self.Order._nu_submit({**self.draft(), **original}, finalize=False)
            self.assertUntouched()
        with self.subTest(fact="cancel"):
            self.assertProblem(
                "ORDER_PAID",
                self.Order._nu_submit,
                {**self.draft(), **original, "step": "cancel"},
                finalize=False,
            )

    def test_tip_after_payment(self):
        """TipScreen creates a line on the paid order, then writes the tip."""
        tip = {
            "order_id": self.sold.id,
            "name": "tip",
            "product_id": self.exempt.id,
            "qty": 1,
            "price_unit": 100.0,
            "price_subtotal": 100.0,
            "price_subtotal_incl": 100.0,
            "uuid": str(uuid4()),
        }
        for role in ("cashier", "manager", "administrator"):
            with self.subTest(role=role):
                error = self.assertShut(
                    self.rpc, role, "pos.order.line", "create", [tip]
                )
                self.assertIn("receipt of its own", str(error))
                self.assertShut(
                    self.rpc,
                    role,
                    "pos.order",
                    "write",
                    self.sold.ids,
                    {"is_tipped": True, "tip_amount": 100.0},
                )

    def test_a_register_that_numbers_takes_no_tips_after_the_payment(self):
        with self.assertRaisesRegex(UserError, "before the payment"):
            self.config.write({"iface_tipproduct": True, "set_tip_after_payment": True})

    def test_payments_edited_on_the_screen(self):
        commands = [
            Command.delete(self.sold.payment_ids.id),
            Command.create(
                {"payment_method_id": self.card.id, "amount": self.sold.amount_total}
            ),
        ]
        for role in ("cashier", "manager", "administrator"):
            with self.subTest(role=role):
                self.assertShut(
                    self.rpc,
                    role,
                    "pos.order",
                    "write",
                    self.sold.ids,
                    {"payment_ids": commands},
                )

    def test_invoice_button_of_the_ticket_list(self):
        for role in ("cashier", "manager", "administrator", "superuser"):
            with self.subTest(role=role):
                self.assertShut(
                    self.rpc,
                    role,
                    "pos.order",
                    "write",
                    self.sold.ids,
                    {"partner_id": self.buyer.id},
                )

    def test_consumer_who_has_an_rnc_by_now(self):
        """The contact is the same, the document would be another."""
        answer = self.finalize(self.snapshot(partner_id=self.person.id))
        order = self.order_of(answer)
        self.person.vat = "101001577"
        for role in ("manager", "administrator", "superuser"):
            with self.subTest(role=role):
                opened = order.with_env(self.as_role(role))
                error = self.assertShut(opened.action_pos_order_invoice)
                self.assertIn("credit note", str(error))
                self.assertFalse(order.account_move)

    def test_one_invoice_of_many(self):
        for role in ("manager", "administrator"):
            with self.subTest(role=role):
                wizard = (
                    self.as_role(role)["pos.make.invoice"]
                    .with_context(active_ids=(self.sold | self.other).ids)
                    .create({"consolidated_billing": True})
                )
                error = self.assertShut(wizard.action_create_invoices)
                self.assertIn("invoice it by itself", str(error))

    def test_one_customer_for_all(self):
        """``pos.confirmation.wizard`` puts the one customer on every order."""
        nobodys = self.sync(self.screen_order())
        orders = nobodys | self.invoiced
        wizard = (
            self.as_role("manager")["pos.confirmation.wizard"]
            .with_context(orders=orders.ids)
            .create({})
        )
        before = self.picture(nobodys)
        self.assertShut(wizard.with_context(orders=orders.ids).action_confirm)
        self.assertEqual(self.picture(nobodys), before)

    def test_invoice_back_to_draft(self):
        move = self.invoiced.account_move
        for role in ("manager", "administrator", "superuser"):
            for method in ("button_draft", "button_cancel"):
                with self.subTest(role=role, method=method):
                    records = self.as_role(role)["account.move"].browse(move.id)
                    self.attempt(getattr(records, method))
                    self.assertUntouched()

    def test_cancel_and_remove(self):
        for method, args in (
            ("action_pos_order_cancel", [self.sold.ids]),
            ("remove_from_ui", [self.sold.ids]),
        ):
            for role in ("cashier", "manager", "administrator"):
                with self.subTest(role=role, method=method):
                    self.attempt(self.rpc, role, "pos.order", method, *args)
                    self.assertUntouched()

    def test_values_that_change_nothing_are_harmless(self):
        order, line, payment = self.sold, self.sold.lines, self.sold.payment_ids
        for record, values in (
            (
                order,
                {
                    "amount_total": order.amount_total,
                    "date_order": fields.Datetime.to_string(order.date_order),
                    "partner_id": order.partner_id.id,
                    "user_id": order.user_id.id,
                    "pos_reference": order.pos_reference,
                    "state": order.state,
                    "lines": [Command.update(line.id, {"qty": line.qty})],
                },
            ),
            (
                line,
                {
                    "price_unit": line.price_unit,
                    "tax_ids": [Command.set(line.tax_ids.ids)],
                    "order_id": order.id,
                },
            ),
            (payment, {"amount": payment.amount, "pos_order_id": order.id}),
        ):
            for role in ("cashier", "manager", "superuser"):
                with self.subTest(role=role, model=record._name):
                    error = self.attempt(
                        self.rpc, role, record._name, "write", record.ids, values
                    )
                    self.assertIsNone(error)
                    self.assertUntouched()


class TestRightsAndEvidence(DoorCase):
    """Permissions are an administrator's, the audit is nobody's."""

    def test_permissions(self):
        rule = self.env["nu.pos.permission.config"].create(
            {
                "role": "cashier",
                "permission": "refund",
                "allowed": False,
                "company_id": self.company.id,
            }
        )
        person = self.env["nu.pos.permission.user.override"].create(
            {
                "user_id": self.users["cashier"].id,
                "company_id": self.company.id,
                "permission": "refund",
                "allowed": False,
            }
        )
        self.env.flush_all()
        for role in ("waiter", "cashier", "hub", "manager"):
            for record in (rule, person):
                for door in ("write", "web_save", "load", "create", "unlink"):
                    with self.subTest(role=role, model=record._name, door=door):
                        self.assertShut(self.change_permission, role, record, door)
        for record in (rule, person):
            with self.subTest(model=record._name):
                self.rpc(
                    "administrator",
                    record._name,
                    "write",
                    record.ids,
                    {"allowed": True},
                )
                self.assertTrue(record.allowed)

    def change_permission(self, role, record, door):
        model = record._name
        if door == "web_save":
            values = {"allowed": True}
            self.rpc(role, model, door, record.ids, values, specification={})
        elif door == "load":
            rows = [[str(record.id), "1"]]
            answer = self.rpc(role, model, door, [".id", "allowed"], rows)
            if not answer["ids"]:
                raise UserError(answer["messages"][0]["message"])
        elif door == "create":
            values = record.copy_data()[0]
            self.rpc(role, model, door, [{**values, "permission": "annul_ncf"}])
        elif door == "write":
            self.rpc(role, model, door, record.ids, {"allowed": True})
        else:
            self.rpc(role, model, door, record.ids)

    def test_audit(self):
        row = self.env[AUDIT].search([("order_res_id", "=", self.sold.id)], limit=1)
        for role in ROLES:
            for door, values in (
                ("write", {"payload": "{}"}),
                ("write", {"user_id": self.users["manager"].id}),
                ("create", {"event": "hub_finalize"}),
                ("unlink", None),
            ):
                with self.subTest(role=role, door=door):
                    if door == "create":
                        records = self.as_role(role)[AUDIT]
                        self.assertShut(records.create, [values])
                    elif door == "write":
                        self.assertShut(self.rpc, role, AUDIT, door, row.ids, values)
                    else:
                        self.assertShut(self.rpc, role, AUDIT, door, row.ids)
        self.assertUntouched()

    def test_audit_does_not_take_a_callers_word_for_where_he_is(self):
        forged = {
            "nu_device": "forged",
            "nu_app_version": "9.9",
            "nu_request_id": "forged-request",
            "allowed_company_ids": self.company.ids,
        }
        order = self.screen_order()
        with mute_logger("odoo.addons.point_of_sale.models.pos_order"):
            self.rpc("cashier", "pos.order", "sync_from_ui", [order], context=forged)
        self.env.invalidate_all()
        row = self.env[AUDIT].search([("event", "=", "pos_finalize")], limit=1)
        self.assertEqual(row.pos_reference, order["pos_reference"])
        self.assertEqual(row.user_id, self.users["cashier"])
        self.assertEqual(
            (row.device, row.app_version, row.request_id), (False, False, False)
        )


class TestPeople(DoorsMixin, FiscalCase):
    """Contacts are merged and employees leave; receipts keep their names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_sales()

    def test_merged_contacts_leave_the_document_as_issued(self):
        order = self.invoiced
        move = order.account_move
        named = (self.buyer.name, self.buyer.vat)
        survivor = self.env["res.partner"].create(
            {"name": "Quisqueya (bueno)", "vat": "101001577", "is_company": True}
        )
        before = self.picture(order)
        wizard = (
            self.env["base.partner.merge.automatic.wizard"]
            .with_user(self.users["administrator"])
            .create(
                {
                    "partner_ids": [Command.set((self.buyer | survivor).ids)],
                    "dst_partner_id": survivor.id,
                }
            )
        )
        old = self.buyer.id
        wizard.action_merge()
        self.env.invalidate_all()
        self.assertFalse(self.env["res.partner"].browse(old).exists())
        self.assertEqual((order.partner_id, move.partner_id), (survivor, survivor))
        self.assertEqual((order.nu_buyer_name, order.nu_buyer_vat), named)
        self.assertEqual((move.nu_buyer_name, move.nu_buyer_vat), named)
        after = self.picture(order)
        for name in ("partner_id", "commercial_partner_id", "partner_shipping_id"):
            before = before.replace(f'"{name}": {old}', f'"{name}": {survivor.id}')
        self.assertEqual(after, before)
        with self.subTest("and the seal is as firm as before"):
            error = self.assertShut(
                self.env.cr.execute,
                SQL("UPDATE pos_order SET partner_id = NULL WHERE id = %s", order.id),
            )
            self.assertIn("is issued", str(error))

    def test_deleted_employee_leaves_his_name(self):
        employee = self.env["hr.employee"].create(
            {"name": "Luis Mesero", "company_id": self.company.id}
        )
        self.config.basic_employee_ids |= employee
        answer = self.finalize(self.snapshot(employee_id=employee.id))
        order = self.order_of(answer)
        self.assertEqual(order.cashier, "Luis Mesero")
        # core lets nobody go who may log in at an open register
        self.config.basic_employee_ids -= employee
        employee.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(order.employee_id)
        self.assertEqual(order.cashier, "Luis Mesero")

    def test_renamed_people_rename_no_sale(self):
        order = self.sold
        before = self.picture(order)
        self.ref("employee_waiter").name = "Otro"
        order.user_id.name = "Otro hub"
        self.config.name = "Otra caja"
        self.dish.name = "Otro plato"
        self.env.flush_all()
        self.assertEqual(self.picture(order), before)


class TestEvidenceOfTries(DoorsMixin, FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_sales()

    def refused(self, function, *args):
        """A refused try whose transaction goes on, so that its row can be seen."""
        with mute_logger("odoo.sql_db"):
            try:
                function(*args)
            except UserError:
                return
        self.fail("it went through")

    def rows(self):
        self.env.invalidate_all()
        return self.env[AUDIT].search(
            [("event", "=", "refusal"), ("payload", "like", '"code":"SEALED"')]
        )

    def test_a_refused_try_leaves_a_row(self):
        order = self.sold.with_user(self.users["cashier"])
        self.refused(order.write, {"amount_total": 1.0, "date_order": "2020-01-01"})
        row = self.rows()
        self.assertEqual(row.order_res_id, order.id)
        self.assertEqual(row.user_id, self.users["cashier"])
        self.assertEqual(row.ncf, order.nu_ncf)
        self.assertEqual(row.pos_reference, order.pos_reference)
        self.assertEqual(
            row.payload,
            '{"code":"SEALED","paths":["amount_total","date_order"],'
            f'"record":"pos.order,{order.id}","way":"pos.order.write"}}',
        )

    def test_a_flood_leaves_no_flood_of_rows(self):
        order = self.sold.with_user(self.users["cashier"])
        for _again in range(30):
            self.refused(order.write, {"amount_total": 1.0})
        self.assertEqual(len(self.rows()), 1)
        self.refused(order.lines.write, {"qty": 9})
        self.assertEqual(len(self.rows()), 2, "another way is another row")
        for way in range(40):
            self.env[AUDIT].with_user(self.users["cashier"])._record_sealed(
                order, f"way {way}", []
            )
        self.assertEqual(len(self.rows()), 20, "of one person in a minute")
        manager = self.sold.with_user(self.users["manager"])
        self.refused(manager.write, {"amount_total": 1.0})
        self.assertEqual(len(self.rows()), 21, "another person is seen")


@tagged("post_install", "-at_install")
class TestDoorsOverHttp(DoorsMixin, ApiCase):
    """The same over the wire, and the page that is open to everybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_sales()

    def setUp(self):
        super().setUp()
        self.before = self.pictures()

    def call_rpc(self, url, params):
        with mute_logger("odoo.http", "odoo.addons.rpc", "odoo.sql_db"):
            response = self.url_open(
                url,
                json={"jsonrpc": "2.0", "method": "call", "params": params, "id": 1},
                timeout=60,
            )
        self.assertEqual(response.status_code, 200)
        self.env.invalidate_all()
        return response.json()

    def assertShutOver(self, answer):
        self.assertIn("error", answer)
        name = answer["error"]["data"]["name"]
        self.assertIn(
            name,
            (
                "odoo.exceptions.UserError",
                "odoo.exceptions.AccessError",
                "odoo.exceptions.ValidationError",
            ),
        )
        self.assertEqual(self.pictures(), self.before)

    def test_call_kw(self):
        for login, password in (
            ("caja@demo.do", "caja-Demo-2026"),
            ("gerente@demo.do", "gerente-Demo-2026"),
        ):
            self.authenticate(login, password)
            for fact, record, name, value in self.facts():
                with self.subTest(login=login, fact=fact, field=name):
                    self.assertShutOver(
                        self.call_rpc(
                            f"/web/dataset/call_kw/{record._name}/write",
                            {
                                "model": record._name,
                                "method": "write",
                                "args": [record.ids, {name: value}],
                                "kwargs": {},
                            },
                        )
                    )

    def test_jsonrpc(self):
        order = self.sold
        for values in (
            {"amount_total": 1.0},
            {"pos_reference": "X/changed"},
            {"partner_id": self.person.id},
            {"date_order": "2020-01-01 10:00:00"},
            {"nu_ncf_id": self.other.nu_ncf_id.id},
            {"lines": [[0, 0, {"product_id": self.dish.id, "qty": 1}]]},
            {"payment_ids": [[2, order.payment_ids.id, 0]]},
        ):
            with self.subTest(values=values):
                self.assertShutOver(
                    self.call_rpc(
                        "/jsonrpc",
                        {
                            "service": "object",
                            "method": "execute_kw",
                            "args": [
                                self.env.cr.dbname,
                                self.ref("user_cashier").id,
                                "caja-Demo-2026",
                                "pos.order",
                                "write",
                                [order.ids, values],
                            ],
                        },
                    )
                )

    def test_public_page_sends_guests_to_the_house(self):
        """Whoever has the link of a ticket puts no name on it."""
        order = self.sold
        order.sudo()._ensure_access_token()
        self.before = self.pictures()
        url = f"/pos/ticket/validate?access_token={order.access_token}"
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertIn(order.nu_ncf, page.text)
        self.assertIn("it issues a new", page.text)
        self.assertNotIn("<form", page.text.split("<main")[-1].split("</main")[0])
        sent = self.url_open(
            "/pos/ticket/validate",
            data={
                "access_token": order.access_token,
                "csrf_token": "x",
                "name": "Ana",
                "email": "ana@example.com",
            },
        )
        self.assertNotIn("Traceback", sent.text)
        self.authenticate("contadora@demo.do", "contadora-Demo-2026")
        page = self.url_open(url)
        self.assertIn("it issues a new", page.text)
        self.assertFalse(order.account_move)
        self.assertEqual(self.pictures(), self.before)

    def test_public_page_shows_an_invoice_that_exists(self):
        order = self.invoiced
        order.sudo()._ensure_access_token()
        url = f"/pos/ticket/validate?access_token={order.access_token}"
        page = self.url_open(url, allow_redirects=False)
        self.assertEqual(page.status_code, 303)
        self.assertIn(f"/my/invoices/{order.account_move.id}", page.headers["Location"])

    def test_tickets_of_a_numbering_register_carry_no_code_to_that_page(self):
        self.company.point_of_sale_use_ticket_qr_code = True
        Company = self.env["res.company"]
        [row] = Company._load_pos_data_read(self.company, self.config)
        self.assertFalse(row["point_of_sale_use_ticket_qr_code"])
        plain = self.config.with_company(self.company).create(
            {"name": "Sin NCF", "company_id": self.company.id}
        )
        [row] = Company._load_pos_data_read(self.company, plain)
        self.assertTrue(row["point_of_sale_use_ticket_qr_code"])
