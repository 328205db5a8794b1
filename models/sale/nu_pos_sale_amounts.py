"""What an order costs, by Odoo's own tax engine."""

from odoo import api, models

from ..runtime.sale_reads import SaleReads
from .tax_totals import TaxTotals

#: As for any amount of the API: what a field of DGII's formats holds.
MAX_TOTAL = 999_999_999.99


class NuPosSale(models.AbstractModel):
    """Taxes and totals of a :class:`~.nu_pos_sale.Sale` before anything is written."""

    _inherit = "nu.pos.sale"

    @api.model
    def _compute(self, sale):
        self._settle_taxes(sale)
        self._compute_amounts(sale)

    @api.model
    def _settle_taxes(self, sale):
        """The taxes each line really bears.

        Taxes the client names are taken as mapped already; else the product's, mapped
        by the customer's or the order type's fiscal position. Then the law: no legal
        tip off the premises (Código de Trabajo art. 228), no ITBIS on a document of
        special regimes (type 14 / 44).
        """
        company = sale.config.company_id
        sale.fiscal_position = (
            sale.buyer.property_account_position_id
            or sale.preset.fiscal_position_id
            or sale.config.default_fiscal_position_id
        )
        Tax = self.env["account.tax"]
        on_premises = sale.order_type == "dine_in"
        exempt = sale.document_type.nu_is_exempt
        for line in sale.lines:
            if line.wire.tax_ids is not None:
                named = Tax.browse(line.wire.tax_ids)
                ids = named._nu_settled_ids(on_premises, exempt)
            else:
                ids = Tax._nu_final_ids(
                    tuple(line.product.taxes_id.ids),
                    sale.fiscal_position.id,
                    company.id,
                    on_premises,
                    exempt,
                )
            line.taxes = Tax.browse(ids)
        taxes = Tax.union(*(line.taxes for line in sale.lines))
        SaleReads(self.env).taxes(taxes)

    @api.model
    def _compute_amounts(self, sale):
        """With Odoo's own engine, in the register's currency and rounding method."""
        Tax = self.env["account.tax"]
        company, currency = sale.config.company_id, sale.config.currency_id
        pricelist = sale.config.pricelist_id
        base_lines = []
        for line in sale.lines:
            if line.wire.price_unit is not None:
                line.price_unit = float(line.wire.price_unit)
            else:
                line.price_unit = pricelist._get_product_price(
                    line.product, float(line.wire.qty) or 1.0, currency=currency
                )
            if line.wire.is_voided:
                continue
            base_lines.append(
                Tax._prepare_base_line_for_taxes_computation(
                    line,
                    currency_id=currency,
                    product_id=line.product,
                    tax_ids=line.taxes,
                    price_unit=line.price_unit,
                    quantity=float(line.wire.qty),
                    discount=line.discount,
                )
            )
        if not base_lines:
            return
        Tax._add_tax_details_in_base_lines(base_lines, company)
        Tax._round_base_lines_tax_details(base_lines, company)
        net = tip = itbis = 0.0
        totals = TaxTotals(currency)
        for base_line in base_lines:
            totals.add_base_line(base_line)
            details = base_line["tax_details"]
            line = base_line["record"]
            line.subtotal = currency.round(
                details["total_excluded_currency"]
                + details["delta_total_excluded_currency"]
            )
            line.subtotal_incl = line.subtotal
            net += line.subtotal
            for tax_data in details["taxes_data"]:
                amount = tax_data["tax_amount_currency"]
                line.subtotal_incl += amount
                if tax_data["tax"].nu_is_tip:
                    tip += amount
                else:
                    itbis += amount
            line.subtotal_incl = currency.round(line.subtotal_incl)
        sale.amount_tax = currency.round(itbis + tip)
        sale.amount_total = currency.round(net + itbis + tip)
        sale.amount_tip = currency.round(tip)
        sale.amount_itbis = currency.round(itbis)
        sale.tax_totals = totals.as_list()

    @api.model
    def _compare_totals(self, sale, findings):
        """The till and Odoo must say the same amount, to the cent: it is what the
        customer pays and what the number stands for."""
        rounding = sale.config.currency_id.rounding
        if abs(sale.amount_total) > MAX_TOTAL:
            findings.add(
                "VALIDATION",
                "lines",
                "come to more than an order may",
                given=f"{sale.amount_total:.2f}",
                expected=f"at most {MAX_TOTAL:.2f}",
            )
            return
        for path, computed, tolerance in (
            ("amount_total", sale.amount_total, rounding / 2),
            ("amount_tax", sale.amount_tax, rounding * 1.5),
        ):
            given = getattr(sale.wire, path)
            if given is not None and abs(float(given) - computed) > tolerance:
                findings.add(
                    "TOTALS_MISMATCH",
                    path,
                    f"{path} is {given:.2f}, Odoo computes {computed:.2f}",
                    given=f"{given:.2f}",
                    expected=f"{computed:.2f}",
                )
