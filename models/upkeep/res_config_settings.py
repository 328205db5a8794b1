from odoo import models
from odoo.exceptions import AccessError

from .guarantees import Guarantees


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    def action_nu_check_guarantees(self):
        """Compare the database with what the guarantees rest on; a notification."""
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("The check is for administrators."))
        guarantees = Guarantees(self.sudo().env)
        missing = [*guarantees.missing(), *guarantees.broken_ranges()]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Guarantees are missing")
                if missing
                else self.env._("All guarantees are in place"),
                "message": "\n".join(missing)
                or self.env._(
                    "Indexes, triggers, functions and every range of numbers."
                ),
                "type": "danger" if missing else "success",
                "sticky": bool(missing),
            },
        }
