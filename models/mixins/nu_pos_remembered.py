from odoo import api, models


class NuPosRemembered(models.AbstractModel):
    """Mixin of a table whose rows are cached between calls (``ormcache``): every
    change empties the cache of all processes."""

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
