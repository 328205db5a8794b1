"""Numbered sales, who may want to change them, and what their rows hold."""

import json

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tools import SQL, mute_logger

ROLES = ("waiter", "cashier", "hub", "manager", "administrator", "superuser")
#: What a door says no with; anything else is a fault of ours.
REFUSALS = (UserError, IntegrityError)
PICTURE = """
    SELECT jsonb_build_object(
        'order', to_jsonb(o) - '{write_date,write_uid}'::text[],
        'lines', (SELECT jsonb_agg(to_jsonb(l) - '{write_date,write_uid}'::text[]
                                   ORDER BY l.id)
                    FROM pos_order_line l WHERE l.order_id = o.id),
        'taxes', (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.pos_order_line_id,
                                                        t.account_tax_id)
                    FROM account_tax_pos_order_line_rel t
                    JOIN pos_order_line l ON l.id = t.pos_order_line_id
                   WHERE l.order_id = o.id),
        'payments', (SELECT jsonb_agg(to_jsonb(p) - '{write_date,write_uid}'::text[]
                                      ORDER BY p.id)
                       FROM pos_payment p WHERE p.pos_order_id = o.id),
        'ledger', (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.id)
                     FROM nu_pos_ncf n WHERE n.order_id = o.id),
        'invoice', (SELECT to_jsonb(m) - '{write_date,write_uid}'::text[]
                      FROM account_move m WHERE m.id = o.account_move),
        'items', (SELECT jsonb_agg(to_jsonb(i) - '{write_date,write_uid}'::text[]
                                   ORDER BY i.id)
                    FROM account_move_line i WHERE i.move_id = o.account_move),
        'audit', (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.id)
                    FROM nu_restaurant_pos_order_audit a
                   WHERE a.order_res_id = o.id AND a.event <> 'refusal')
    )
    FROM pos_order o WHERE o.id = %s
"""


class DoorsMixin:
    """For :class:`~.common.RestaurantMixin` cases: two sales and their guarded facts.

    ``sold`` is a consumer's receipt without an invoice, which core leaves most open;
    ``invoiced`` one with fiscal credit; ``other`` a third one that things may be moved
    from or to.
    """

    @classmethod
    def make_sales(cls):
        def sell(**values):
            answer = cls.Order.hub_finalize_snapshot(cls.snapshot(**values))
            return cls.env["pos.order"].browse(answer["order_id"])

        cls.sold = sell(employee_id=cls.ref("employee_waiter").id)
        cls.invoiced = sell(fiscal_type="B01", partner_id=cls.buyer.id)
        cls.other = sell()
        cls.unnumbered = cls.env["pos.order"].create(
            {
                "session_id": cls.sold.session_id.id,
                "company_id": cls.company.id,
                "amount_total": 0,
                "amount_tax": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        cls.person = cls.env["res.partner"].create({"name": "Ana Pérez"})
        cls.users = {
            "waiter": cls.ref("user_waiter"),
            "cashier": cls.ref("user_cashier"),
            "hub": cls.hub,
            "manager": cls.ref("user_manager"),
            "administrator": cls.env.ref("base.user_admin"),
            "superuser": cls.env["res.users"].browse(SUPERUSER_ID),
        }
        cls.users["administrator"].company_ids = [Command.link(cls.company.id)]
        cls.env.flush_all()

    @classmethod
    def facts(cls):
        """``[(fact, record, field, another value)]``, one of each kind."""
        sold, line, payment = cls.sold, cls.sold.lines, cls.sold.payment_ids
        other = cls.other
        item = cls.invoiced.account_move.invoice_line_ids[:1]
        order_facts = {
            "number": {
                "nu_ncf_id": other.nu_ncf_id.id,
                "nu_document_type_id": cls.type("B15").id,
            },
            "amounts": {
                "amount_total": 1.0,
                "amount_tax": 0.1,
                "amount_paid": 1.0,
                "amount_return": 5.0,
                "nu_amount_itbis": 0.1,
                "nu_amount_tip": 0.2,
                "tip_amount": 50.0,
            },
            "buyer": {
                "partner_id": cls.person.id,
                "nu_buyer_name": "Otro",
                "nu_buyer_vat": "101001577",
            },
            "dates": {"date_order": "2020-01-01 10:00:00"},
            "reference": {
                "pos_reference": "X/changed",
                "uuid": "e1b7a6a2-0b75-44a5-9d4c-4f3c6b6b0001",
            },
            "staff": {
                "user_id": cls.users["administrator"].id,
                "employee_id": cls.ref("employee_manager").id,
            },
            "state": {"state": "draft"},
            "place": {
                "session_id": False,
                "company_id": cls.env.ref("base.main_company").id,
                "fiscal_position_id": cls.env["account.fiscal.position"]
                .search([("company_id", "=", cls.company.id)], limit=1)
                .id,
            },
            "invoice": {"account_move": cls.invoiced.account_move.id},
        }
        line_facts = {
            "lines": {
                "qty": 9.0,
                "price_unit": 1.0,
                "price_subtotal": 1.0,
                "price_subtotal_incl": 1.0,
                "discount": 50.0,
                "product_id": cls.reduced.id,
                "full_product_name": "Agua",
                "tax_ids": [Command.clear()],
                "order_id": cls.unnumbered.id,
                "refunded_orderline_id": other.lines.id,
            }
        }
        payment_facts = {
            "payments": {
                "amount": 1.0,
                "payment_method_id": cls.card.id,
                "payment_date": "2020-01-01 10:00:00",
                "pos_order_id": cls.unnumbered.id,
            }
        }
        invoice_facts = {
            "invoice's buyer": {"partner_id": cls.person.id, "nu_buyer_vat": "1"},
            "invoice's dates": {"invoice_date": "2020-01-01", "date": "2020-01-01"},
            "invoice's number": {"nu_ncf_id": other.nu_ncf_id.id},
        }
        item_facts = {
            "invoice's lines": {
                "quantity": 9.0,
                "price_unit": 1.0,
                "discount": 50.0,
                "product_id": cls.reduced.id,
                "tax_ids": [Command.clear()],
            }
        }
        return [
            (fact, record, name, value)
            for record, kinds in (
                (sold, order_facts),
                (line, line_facts),
                (payment, payment_facts),
                (cls.invoiced.account_move, invoice_facts),
                (item, item_facts),
                (
                    sold.nu_ncf_id,
                    {"number": {"state": "released", "order_id": other.id}},
                ),
            )
            for fact, values in kinds.items()
            for name, value in values.items()
        ]

    # -- Looking ---------------------------------------------------------------------

    def picture(self, order):
        """All rows of a sale, as the database holds them."""
        self.env.flush_all()
        self.env.cr.execute(SQL(PICTURE, order.id))
        [(picture,)] = self.env.cr.fetchall()
        return json.dumps(picture, sort_keys=True)

    def pictures(self):
        return [self.picture(o) for o in (self.sold, self.invoiced, self.other)]

    # -- Trying ----------------------------------------------------------------------

    def as_role(self, role):
        """The environment that a request of this person gets."""
        user = self.users[role]
        context = {"allowed_company_ids": self.company.ids, "lang": "en_US"}
        if role == "superuser":
            return self.env(su=True, context=context)
        return self.env(user=user.id, su=False, context=context)

    def rpc(self, role, model, method, *args, **kwargs):
        """What ``/web/dataset/call_kw`` does with a call."""
        if role == "superuser":
            # nobody is that over RPC: it is code, with all its rights
            ids, *rest = args if method in ("write", "unlink") else (None, *args)
            records = self.as_role(role)[model].browse(ids)
            return getattr(records, method)(*rest, **kwargs)
        return call_kw(self.as_role(role)[model], method, list(args), kwargs)

    def attempt(self, function, *args, **kwargs):
        """The error a try ends in, None if it went through. Nothing of a refused one
        stays, as in a request."""
        try:
            with (
                mute_logger("odoo.sql_db", "odoo.models", "odoo.addons.base"),
                self.env.cr.savepoint(),
            ):
                function(*args, **kwargs)
                self.env.flush_all()
        except REFUSALS as error:
            self.env.invalidate_all(flush=False)
            return error
        self.env.invalidate_all()
        return None

    def assertShut(self, function, *args, **kwargs):
        """The try is refused; the error, for a closer look."""
        error = self.attempt(function, *args, **kwargs)
        self.assertIsNotNone(error, "it went through")
        return error
