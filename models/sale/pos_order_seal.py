"""A sale that has its number is sealed: what it says stays."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ...fiscal.identity import digits_of
from ..accounting.account_move_buyer import BUYER
from .pos_order_wire import PAID_STATES

#: What a numbered sale says. Core still writes the rest after the payment: posting,
#: costs, invoice, e-mail, prints, coupons.
SEALED = frozenset(
    (
        *BUYER,
        "account_move",
        "amount_difference",
        "amount_paid",
        "amount_return",
        "amount_tax",
        "amount_total",
        "company_id",
        "config_id",
        "currency_rate",
        "date_order",
        "employee_id",
        "fiscal_position_id",
        "is_refund",
        "name",
        "nu_amount_itbis",
        "nu_amount_tip",
        "nu_check_discount",
        "nu_device",
        "nu_document_type_id",
        "nu_external_id",
        "nu_external_source",
        "nu_fingerprint",
        "nu_metadata",
        "nu_mode",
        "nu_ncf",
        "nu_ncf_id",
        "nu_reference_twin",
        "nu_reissue_of_id",
        "nu_staff_name",
        "nu_tax_totals",
        "nu_warnings",
        "nu_tax_totals",
        "nu_warnings",
        "partner_id",
        "pos_reference",
        "preset_id",
        "pricelist_id",
        "session_id",
        "source",
        "state",
        "tip_amount",
        "user_id",
        "uuid",
    )
)


class PosOrder(models.Model):
    _inherit = "pos.order"

    _nu_sealed_names = SEALED

    def init(self):
        # after all tables of this addon exist
        self.pool.post_init(self._nu_create_seal)
        return super().init()

    def _nu_create_seal(self):
        with file_open("nu_restaurant_pos/models/sale/nu_pos_seal.sql") as script:
            self.env.cr.execute(script.read())

    def _nu_sealed(self):
        # EXTENDS 'nu.pos.guarded'
        # The ledger names the order from the moment the number is issued.
        return self.filtered(
            lambda order: (
                order.state in PAID_STATES
                and order.sudo().nu_ncf_id
                and order.sudo().nu_ncf_id.order_id == order
            )
        )

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        # before core refuses in its own words: a try leaves a row in the audit
        self._nu_check_sealed(vals)
        return super().write(vals)

    def _nu_check_sealed(self, vals):
        # EXTENDS 'nu.pos.guarded'
        if vals.get("state") == "done":
            # posting is no change of the sale, and a session posts thousands
            vals = {name: vals[name] for name in vals if name != "state"}
        return super()._nu_check_sealed(vals)

    def _nu_changes(self, name, value):
        # EXTENDS 'nu.pos.guarded'
        if name == "name" and self.name == "/":
            # core names an order when it is paid
            return False
        if name == "account_move" and value and not self.account_move:
            # the invoice that bears the number of the sale, and no other
            invoice = self.env["account.move"].sudo().browse(value)
            return invoice.nu_ncf_id != self.nu_ncf_id
        return super()._nu_changes(name, value)

    @api.depends("employee_id", "user_id")
    def _compute_cashier(self):
        # EXTENDS 'pos_hr'
        # An employee who leaves takes his name off no sale.
        sealed = self._nu_sealed().filtered("cashier")
        return super(PosOrder, self - sealed)._compute_cashier()

    # -- Core's flows that change a sale -------------------------------------------

    def _generate_pos_order_invoice(self):
        # EXTENDS 'point_of_sale'
        for order in self._nu_sealed():
            order._nu_check_invoicing(self)
        return super()._generate_pos_order_invoice()

    def _nu_check_invoicing(self, orders):
        """An invoice bears the number and the buyer of its sale; another buyer or type
        is another document (NG 05-2019)."""
        self.ensure_one()
        if len(orders) > 1:
            raise UserError(
                self.env._(
                    "%s has a receipt of its own: invoice it by itself. One invoice of "
                    "many sales would be a second document of them.",
                    self.nu_ncf,
                )
            )
        buyer = self.partner_id - self.config_id.nu_default_partner_id
        today = buyer.commercial_partner_id.vat
        if not self.is_refund and digits_of(self.nu_buyer_vat) != digits_of(today):
            raise UserError(
                self.env._(
                    "%(ncf)s was issued to %(buyer)s: a document for somebody else, or "
                    "of another type, is issued in its place by a credit note and a "
                    "new receipt (POST /fiscal-documents).",
                    ncf=self.nu_ncf,
                    buyer=self.nu_buyer_name or self.env._("a consumer"),
                )
            )
