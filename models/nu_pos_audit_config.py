from odoo import api, models


class PosConfig(models.Model):
    """Changes of our settings of a register go to the audit."""

    _name = "pos.config"
    _inherit = ["pos.config", "nu.pos.audited"]

    _nu_audit_event = "config"

    @api.model
    def _nu_audited_fields(self):
        return tuple(
            name
            for name, field in self._fields.items()
            if name.startswith("nu_") and field.store and not field.compute
        )
