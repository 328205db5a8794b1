from odoo import api, models


class NuPosRemembered(models.AbstractModel):
    """A table whose rows are remembered between calls (``ormcache``): every change
    makes all processes forget them."""

    _name = "nu.pos.remembered"
    _description = "POS table that is remembered between calls"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
