"""Orders as the sales book shows them."""

from odoo import models


class PosOrder(models.Model):
    _inherit = "pos.order"

    # a month of a long history: the views below are read by the day in Santo Domingo
    _nu_day_idx = models.Index(
        "(((date_order AT TIME ZONE 'UTC' AT TIME ZONE 'America/Santo_Domingo')::date))"
    )
