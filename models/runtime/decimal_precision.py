from odoo import api, models

from ...schemas.base import QUANTITY_PLACES


class DecimalPrecision(models.Model):
    _inherit = "decimal.precision"

    @api.model
    def _nu_ensure_weighed(self):
        """Quantities to the gram: with Odoo's two decimals 0.345 kg would be stored,
        booked and declared as 0.35. Only ever raised."""
        precision = self.sudo().search([("name", "=", "Product Unit")])
        for record in precision.filtered(lambda row: row.digits < QUANTITY_PLACES):
            record.digits = QUANTITY_PLACES
