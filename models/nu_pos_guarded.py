from odoo import api, models
from odoo.exceptions import AccessError

#: In the context of what Odoo's own screen saves; an object, nobody can send it.
SCREEN = object()
#: Arguments of our fields on a sale. They are read together, and only where one of them
#: is asked for: core reads orders by the thousand, when it closes a session.
OWN = {"readonly": True, "copy": False, "prefetch": "nu_restaurant_pos"}


class NuPosGuarded(models.AbstractModel):
    """Mixed into records of a sale: our fields on them are written by the sale, by
    nobody else. Whoever may edit an order over RPC may still not choose its number
    or what the audit will say."""

    _name = "nu.pos.guarded"
    _description = "Fields only the sale writes"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._nu_check_writable(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._nu_check_writable(vals)
        return super().write(vals)

    @api.model
    def _nu_check_writable(self, vals):
        if self.env.su or self.env.context.get("nu_screen") is SCREEN:
            return
        forbidden = [name for name in vals if name.startswith("nu_")]
        if forbidden:
            raise AccessError(
                self.env._(
                    "%s is written by the sale only.", ", ".join(sorted(forbidden))
                )
            )
