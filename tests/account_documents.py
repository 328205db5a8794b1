"""Invoices and bills of the demo restaurant, for tests."""

from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user

from .common import FiscalCase

FAR = date(2099, 12, 31)


class DocumentCase(FiscalCase):
    """Customers, suppliers, taxes and people who keep the books."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.Move = cls.env["account.move"]
        cls.accountant = cls.ref("user_accountant")
        cls.biller = new_test_user(
            cls.env,
            "facturadora",
            "base.group_user,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.consumer = cls.env["res.partner"].create({"name": "Ana Pérez"})
        cls.client = cls.env["res.partner"].create(
            {"name": "Hotel Caribe, SRL", "vat": "131246796", "is_company": True}
        )
        cls.supplier = cls.env["res.partner"].create(
            {"name": "Distribuidora Cibao", "vat": "101850043", "is_company": True}
        )
        cls.plumber = cls.env["res.partner"].create(
            {"name": "Juan Plomero", "vat": "00113918205"}
        )
        chart = cls.env["account.chart.template"].with_company(cls.company)
        cls.itbis = chart.ref("tax_18_sale")
        cls.tip = chart.ref("tax_tip_sale")
        cls.itbis_bought = chart.ref("tax_18_purch")
        cls.itbis_to_cost = chart.ref("tax_18_property_cost")
        cls.person_services = chart.ref("tax_group_person_services")
        cls.service = cls.env["product.product"].create(
            {"name": "Catering", "type": "service", "taxes_id": False}
        )
        cls.good = cls.env["product.product"].create(
            {"name": "Arroz", "type": "consu", "taxes_id": False}
        )

    @classmethod
    def add_range(cls, prefix, first=1, last=100):
        kind = cls.type(prefix)
        return cls.env["nu.pos.ncf.range"].create(
            {
                "company_id": cls.company.id,
                "document_type_id": kind.id,
                "first_number": first,
                "last_number": last,
                "date_expiry": FAR if kind.nu_expires else False,
            }
        )

    def invoice(self, partner=None, price=1000.0, taxes=None, user=None, **values):
        """A draft; of one service with ITBIS unless told otherwise."""
        move_type = values.get("move_type", "out_invoice")
        sale = move_type.startswith("out")
        if taxes is None:
            taxes = self.itbis if sale else self.itbis_bought
        line = {
            "product_id": values.pop("product", self.service).id,
            "quantity": values.pop("quantity", 1),
            "price_unit": price,
            "discount": values.pop("discount", 0),
            "tax_ids": [Command.set(taxes.ids)],
        }
        kind = values.pop("type", None)
        if kind:
            values["nu_document_type_id"] = self.type(kind).id
        if not sale:
            values.setdefault("invoice_date", date.today())
        return (
            self.Move.with_user(user or self.accountant)
            .create(
                {
                    "move_type": move_type,
                    "company_id": self.company.id,
                    "partner_id": (
                        partner or (self.client if sale else self.supplier)
                    ).id,
                    "invoice_line_ids": [Command.create(line)],
                    **values,
                }
            )
            .with_user(user or self.accountant)
        )

    def posted(self, *args, **values):
        move = self.invoice(*args, **values)
        move.action_post()
        return move

    def bill(self, ncf, *args, **values):
        return self.invoice(
            *args, move_type="in_invoice", nu_supplier_ncf=ncf, **values
        )

    def note(self, original, price=None, **values):
        """The draft of a credit note, of the whole or at another price."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=original.ids)
            .create({"reason": "Devolución", "journal_id": original.journal_id.id})
        )
        action = wizard.refund_moves()
        note = self.Move.with_user(self.accountant).browse(action["res_id"])
        if price is not None:
            note.invoice_line_ids.price_unit = price
        if values:
            note.write(values)
        return note

    def debit_note(self, original, price):
        wizard = (
            self.env["account.debit.note"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=original.ids)
            .create({"reason": "Intereses", "copy_lines": True})
        )
        action = wizard.create_debit()
        note = self.Move.with_user(self.accountant).browse(action["res_id"])
        note.invoice_line_ids.price_unit = price
        return note

    def assertRefused(self, text, function, *args):
        with self.assertRaises(Exception) as caught:
            function(*args)
        self.assertRegex(str(caught.exception), text)
