"""What the caller may not do alone."""

from dataclasses import dataclass
from typing import Any

from odoo import api, models

from ..access.res_users import HUB_GROUP
from ..runtime.problem import ApiProblem, Findings

#: Combined percentages are not exact in binary.
TOLERANCE = 1e-6
#: Taxes that are kept back from a payment: never part of what is sold.
WITHHELD = ("itbis_withheld", "isr_withheld")
#: Warnings to a hub of a right it lacks: its guests have paid, so the sale stands.
LACKING = {
    "discount_over_limit": "a greater discount than the hub may give",
    "price_change": "other prices or taxes than those of the products",
    "void_sent_item": "items voided that the kitchen has",
}


@dataclass
class Void:
    """What a new version of a draft takes off a line that the kitchen has."""

    line: Any  # pos.order.line
    qty: float
    amount: float  # taxes included
    reason: str | None


class NuPosSale(models.AbstractModel):
    """Discounts, prices, taxes and voids of a sale against the rights of who sends it.

    A hub forwards what its terminals decided under their own rules, often after the
    guest has paid: what it lacks the right for is sold with a warning. A terminal that
    talks to Odoo itself asks before money moves.
    """

    _inherit = "nu.pos.sale"

    @api.private
    @api.model
    def needed_approvals(self, sale, order):
        """Approvals a sale needs and shows; reads only.

        What a draft holds already was judged when it was written, and is not judged
        again with its later versions.

        :return: ``[(type, amount)]``, amount in percent for discounts, else in DOP
        :raise ApiProblem: ``APPROVAL_REQUIRED`` naming every type that is missing;
            ``VALIDATION`` for taxes that are none of a sale, or a void without reason
        """
        self._refuse_withheld(sale)
        self._warn_reduced(sale)
        Permission = self.env["nu.pos.permission"]
        identity = self.env["nu.pos.identity"].current()
        forwards = not identity.employee and identity.user.has_group(HUB_GROUP)
        allowed = Permission.resolve(sale.config)
        if sale.register != sale.config:
            # what is taken off is of the one register, what is sold of the other
            own = Permission.resolve(sale.register)
            allowed = {key: allowed[key] and own[key] for key in allowed}
        before = self._before(sale, order)
        self._find_voids(sale, order, before)
        needed = [
            *self._discount_needed(sale, order, allowed, before),
            *self._price_needed(sale, order, allowed, before),
            *self._void_needed(sale, allowed),
        ]
        shown = {}
        if forwards:
            for approval_type, _amount in needed:
                sale.warn("NOT_ENTITLED", "", LACKING[approval_type])
            needed = []
        else:
            shown = self.env["nu.pos.approval"].check_shown(
                sale.wire.approvals, needed, sale.register, sale.wire.pos_reference
            )
        self._settle_reasons(sale, forwards, shown.get("void_sent_item"))
        return needed

    @api.private
    @api.model
    def use_approvals(self, sale, needed):
        """Use the approvals up, in the transaction of the sale.

        :return: values to keep on the order
        """
        kept = {}
        for approval_type, amount in needed:
            self.env["nu.pos.approval"].use(
                sale.wire.approvals,
                approval_type,
                sale.register,
                sale.wire.pos_reference,
                amount,
            )
            if approval_type == "discount_over_limit":
                kept["nu_approved_discount"] = amount
            elif approval_type == "price_change":
                kept["nu_approved_prices"] = True
        return kept

    @api.model
    def _before(self, sale, order):
        """``{id of the terminal: line}`` of the draft, for lines that are the same
        product still."""
        if not order:
            return {}
        known = {line.nu_client_id: line for line in order.lines if line.nu_client_id}
        return {
            line.wire.id: known[line.wire.id]
            for line in sale.lines
            if line.wire.id in known and known[line.wire.id].product_id == line.product
        }

    # -- Taxes -----------------------------------------------------------------------

    @api.model
    def _refuse_withheld(self, sale):
        """What a customer keeps back of a payment is no tax of the sale; nobody, a hub
        included, may sell with it (Código Tributario, art. 309 and 349; NG 02-2005)."""
        findings = Findings()
        for index, line in enumerate(sale.lines):
            if line.wire.tax_ids is None:
                continue
            taxes = line.taxes._nu_flat().filtered(
                lambda tax: tax.amount < 0 or tax.nu_kind in WITHHELD
            )
            if taxes:
                findings.add(
                    "VALIDATION",
                    f"lines[{index}].tax_ids",
                    "holds a tax that is withheld or negative: no tax of a sale",
                    given=", ".join(taxes.mapped("name")),
                )
        findings.raise_if_any()

    @api.model
    def _warn_reduced(self, sale):
        for index, line in enumerate(sale.lines):
            if line.wire.tax_ids is None or line.wire.is_voided:
                continue
            due = self._itbis_rate(self._due_taxes(sale, line))
            if self._itbis_rate(line.taxes) < due - TOLERANCE:
                sale.warn(
                    "ITBIS_REDUCED",
                    f"lines[{index}].tax_ids",
                    f"bears less ITBIS than the {due:g} % of {line.product.name}",
                )

    @api.model
    def _itbis_rate(self, taxes):
        return sum(
            tax.amount
            for tax in taxes._nu_flat()
            if not tax.nu_is_tip and tax.amount_type == "percent"
        )

    @api.model
    def _due_taxes(self, sale, line):
        """The taxes of the product, mapped and settled as if the client named none."""
        Tax = self.env["account.tax"]
        return Tax.browse(
            Tax._nu_final_ids(
                tuple(line.product.taxes_id.ids),
                sale.fiscal_position.id,
                sale.config.company_id.id,
                sale.order_type == "dine_in",
                sale.document_type.nu_is_exempt,
            )
        )

    # -- Prices ----------------------------------------------------------------------

    @api.model
    def _price_needed(self, sale, order, allowed, before):
        """``price_change`` over the difference to what the products cost with their
        taxes. Prices are asked about where the register restricts them, taxes always.
        """
        if allowed["price_edit"] or order.nu_approved_prices:
            return []
        restricted = sale.config._nu_restricts_prices()
        difference, changed = 0.0, False
        for line in sale.lines:
            if line.wire.is_voided:
                continue
            price, taxes = line.price_unit, line.taxes
            kept = before.get(line.wire.id)
            if restricted and self._has_other_price(sale, line, kept):
                price = line.list_price
            if line.wire.tax_ids is not None and not (
                kept and kept.tax_ids == line.taxes
            ):
                taxes = self._due_taxes(sale, line)
            if price != line.price_unit or taxes != line.taxes:
                changed = True
                difference += abs(
                    self._value(sale, line, price, taxes)
                    - self._value(sale, line, line.price_unit, line.taxes)
                )
        if not changed:
            return []
        return [("price_change", sale.config.currency_id.round(difference))]

    @api.model
    def _has_other_price(self, sale, line, kept=None):
        """Is the price other than that of the order's pricelist, else the list price?

        Not asked of what has no price of its own: open prices, combos, weighed goods,
        and the register's products for tips and discounts.
        """
        currency = sale.config.currency_id
        if line.wire.price_unit is None or (
            kept and not currency.compare_amounts(kept.price_unit, line.price_unit)
        ):
            return False
        if line.list_price is None:
            line.list_price = sale.config.pricelist_id._get_product_price(
                line.product, float(line.wire.qty) or 1.0, currency=currency
            )
        if not currency.compare_amounts(line.price_unit, line.list_price):
            return False
        product = line.product
        return not (
            currency.is_zero(line.list_price)
            or product.type == "combo"
            or product.to_weight
            or product in sale.config._nu_products_without_price()
        )

    @api.model
    def _value(self, sale, line, price, taxes):
        """What a line comes to, taxes included."""
        Tax, company = self.env["account.tax"], sale.config.company_id
        base_line = Tax._prepare_base_line_for_taxes_computation(
            line,
            currency_id=sale.config.currency_id,
            product_id=line.product,
            tax_ids=taxes,
            price_unit=price,
            quantity=float(line.wire.qty),
            discount=line.discount,
        )
        Tax._add_tax_details_in_base_line(base_line, company)
        return base_line["tax_details"]["raw_total_included_currency"]

    # -- Discounts -------------------------------------------------------------------

    @api.model
    def _discount_needed(self, sale, order, allowed, before):
        """``discount_over_limit``: a price below the product's is a discount too,
        whatever may be done to prices."""
        cap = self.env["nu.pos.permission"].discount_cap()
        if allowed["discount"] and cap is None:
            return []
        greatest = 0.0
        for line in sale.lines:
            if line.wire.is_voided:
                continue
            kept = before.get(line.wire.id)
            discount = line.discount
            if self._has_other_price(sale, line, kept) and line.list_price > 0:
                paid = line.price_unit * (1 - discount / 100)
                discount = (1 - paid / line.list_price) * 100
            elif kept and discount <= kept.discount + TOLERANCE:
                continue
            greatest = max(greatest, discount)
        if greatest <= TOLERANCE or greatest <= order.nu_approved_discount + TOLERANCE:
            return []
        if allowed["discount"] and greatest <= cap + TOLERANCE:
            return []
        return [("discount_over_limit", greatest)]

    # -- Voids after the kitchen -------------------------------------------------------

    @api.model
    def _find_voids(self, sale, order, before):
        """What the kitchen has of the draft and the new version leaves out."""
        if not order:
            return
        now = {line.wire.id: line for line in sale.lines if line.wire.id in before}
        currency = sale.config.currency_id
        for known in order.lines:
            if not known.nu_sent_qty:
                continue
            line = now.get(known.nu_client_id)
            left = 0.0 if not line or line.wire.is_voided else float(line.wire.qty)
            gone = known.nu_sent_qty - left
            if gone <= TOLERANCE:
                continue
            price = known.price_subtotal_incl / known.qty if known.qty else 0.0
            reason = (line and line.wire.void_reason) or sale.wire.void_reason
            sale.voids.append(Void(known, gone, currency.round(price * gone), reason))

    @api.model
    def _void_needed(self, sale, allowed):
        if not sale.voids or allowed["void_item"]:
            return []
        amount = sum(void.amount for void in sale.voids)
        return [("void_sent_item", sale.config.currency_id.round(amount))]

    @api.model
    def _settle_reasons(self, sale, forwards, approval=None):
        """Who voids says why; an approval's reason will do.

        :raise ApiProblem: ``VALIDATION``
        """
        for void in sale.voids:
            void.reason = void.reason or (approval and approval.reason) or None
        if not forwards and not all(void.reason for void in sale.voids):
            raise no_reason()


def no_reason():
    """The refusal of a void that does not say why."""
    return ApiProblem(
        "VALIDATION",
        errors=[
            {
                "path": "void_reason",
                "message": "required: the kitchen has what is voided",
            }
        ],
    )
