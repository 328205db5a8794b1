from odoo import api, models


class NuPosRemembered(models.AbstractModel):
    """A table whose rows are remembered between calls (``ormcache``): every change
    makes all processes forget them."""

    _name = "nu.pos.remembered"
    _description = "POS table that is remembered between calls"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
