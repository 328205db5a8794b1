from odoo import api, fields, models

#: Field of an invoice by the kind of its tax, see ``account.tax.nu_kind``.
OF_KIND = {
    "itbis": "nu_amount_itbis",
    "tip": "nu_amount_tip",
    "isc": "nu_amount_isc",
    "other": "nu_amount_other_taxes",
    "itbis_withheld": "nu_amount_itbis_withheld",
    "isr_withheld": "nu_amount_isr_withheld",
}
WITHHELD = ("itbis_withheld", "isr_withheld")


def amount(label, **values):
    return fields.Monetary(
        string=label,
        compute="_compute_nu_amounts",
        store=True,
        currency_field="company_currency_id",
        **values,
    )


class AccountMove(models.Model):
    """The columns of formats 606 and 607, in pesos and positive on notes as well.

    Stored, so that a month is one statement of SQL (NG 07-2018, NG 10-2018).
    """

    _inherit = "account.move"

    nu_amount_goods = amount("Goods", help="Without taxes and tip.")
    nu_amount_services = amount("Services", help="Without taxes and tip.")
    nu_amount_not_invoiced = amount(
        "Not invoiced",
        help="Gift vouchers and voluntary tips: no income, in no column of the 607. "
        "Below zero: vouchers that pay.",
    )
    nu_amount_exempt = amount("Exempt", help="Part of goods and services.")
    nu_amount_itbis = amount("ITBIS")
    nu_amount_itbis_withheld = amount("ITBIS withheld")
    nu_amount_itbis_proportional = amount("ITBIS subject to proportionality")
    nu_amount_itbis_cost = amount("ITBIS taken to cost")
    nu_amount_itbis_advance = amount("ITBIS to deduct")
    nu_amount_isr_withheld = amount("ISR withheld")
    nu_amount_isc = amount("Selective tax (ISC)")
    nu_amount_other_taxes = amount("Other taxes")
    nu_amount_tip = amount("Propina legal")

    @api.depends(
        "move_type",
        "company_id",
        "line_ids.balance",
        "line_ids.display_type",
        "line_ids.tax_ids",
        "line_ids.tax_line_id",
        "line_ids.product_id",
        "line_ids.account_id",
    )
    def _compute_nu_amounts(self):
        names = [
            "nu_amount_goods",
            "nu_amount_services",
            "nu_amount_exempt",
            "nu_amount_not_invoiced",
            "nu_amount_itbis_proportional",
            "nu_amount_itbis_cost",
            "nu_amount_itbis_advance",
            *OF_KIND.values(),
        ]
        for move in self:
            sums = dict.fromkeys(names, 0.0)
            if move._nu_is_fiscal():
                # a bill and a customer's credit note are booked as debits
                sign = 1 if move.move_type in ("in_invoice", "out_refund") else -1
                for line in move.line_ids:
                    if line.display_type == "product":
                        line._nu_add_base(sums, sign)
                    elif line.display_type == "tax":
                        line._nu_add_tax(sums, sign)
                sums["nu_amount_itbis_advance"] = (
                    sums["nu_amount_itbis"] - sums["nu_amount_itbis_cost"]
                    if move.is_purchase_document()
                    else 0.0
                )
                for kind, value in move._nu_withheld_by_customer().items():
                    sums[OF_KIND[kind]] += value
            for name, value in sums.items():
                move[name] = value

    def _nu_total(self):
        """Total of the receipt (MontoTotal) in pesos: with taxes and legal tip, before
        what is withheld."""
        self.ensure_one()
        return self.company_currency_id.round(
            self.nu_amount_goods
            + self.nu_amount_services
            + self.nu_amount_itbis
            + self.nu_amount_isc
            + self.nu_amount_other_taxes
            + self.nu_amount_tip
        )
