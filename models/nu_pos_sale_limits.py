"""What the caller may not do alone."""

from odoo import api, models

from .res_users import HUB_GROUP

#: Combined percentages are not exact in binary.
TOLERANCE = 1e-6


class NuPosSaleLimits(models.AbstractModel):
    """Discounts and prices of a sale against the rights of who sends it.

    A hub forwards what its terminals decided under their own rules, often after the
    guest has paid: it is not judged again. A terminal that talks to Odoo itself is.
    """

    _name = "nu.pos.sale.limits"
    _description = "Limits of a POS snapshot"

    @api.private
    @api.model
    def needed(self, sale, order):
        """Approvals a sale needs and shows; reads only.

        What was approved once for a draft need not be approved with its later versions.

        :return: ``[(type, amount)]``, amount in percent for discounts
        :raise ApiProblem: ``APPROVAL_REQUIRED`` naming every type that is missing
        """
        Permission = self.env["nu.pos.permission"]
        identity = self.env["nu.pos.identity"].current()
        if not identity.employee and identity.user.has_group(HUB_GROUP):
            return []
        allowed = Permission.resolve(sale.config)
        needed = []
        discount = max((line.discount for line in sale.lines), default=0.0)
        cap = Permission.discount_cap()
        over = discount and (
            not allowed["discount"] or (cap is not None and discount > cap + TOLERANCE)
        )
        if over and discount > order.nu_approved_discount + TOLERANCE:
            needed.append(("discount_over_limit", discount))
        if (
            sale.config.restrict_price_control
            and not allowed["price_edit"]
            and not order.nu_approved_prices
            and self._changes_prices(sale)
        ):
            needed.append(("price_change", 0.0))
        self.env["nu.pos.approval"].check_shown(
            sale.wire.approvals,
            needed,
            sale.config,
            sale.wire.pos_reference,
        )
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
                sale.config,
                sale.wire.pos_reference,
                amount,
            )
            if approval_type == "discount_over_limit":
                kept["nu_approved_discount"] = amount
            else:
                kept["nu_approved_prices"] = True
        return kept

    @api.model
    def _changes_prices(self, sale):
        currency, pricelist = sale.config.currency_id, sale.config.pricelist_id
        return any(
            line.wire.price_unit is not None
            and currency.compare_amounts(
                line.price_unit,
                pricelist._get_product_price(
                    line.product, float(line.wire.qty) or 1.0, currency=currency
                ),
            )
            for line in sale.lines
        )
