"""Offline log-in: what a hub needs to log staff in while Odoo cannot be reached."""

from odoo import api, fields, models

from ..runtime.problem import ApiProblem
from .hr_employee import SCRYPT
from .res_users import HUB_GROUP


class PosConfig(models.Model):
    _inherit = "pos.config"

    @api.model
    def nu_offline_auth(self, config_id):
        """Employees of a register with salted hashes of PIN and badge, for hubs
        (``pos.config.nu_offline_auth(config_id)`` over RPC).

        To verify: ``scrypt(text, salt, n, r, p)`` of ``dklen`` bytes equals ``hash``.

        :raise ApiProblem: ``FORBIDDEN`` without the group POS Hub Service
        """
        user = self.env.user
        if not (user.has_group(HUB_GROUP) or user.has_group("base.group_system")):
            raise ApiProblem(
                "FORBIDDEN",
                f"Offline log-ins are for users of the group POS Hub Service"
                f" ({HUB_GROUP})",
                permission="hub_sync",
            )
        if isinstance(config_id, bool) or not isinstance(config_id, int):
            raise ApiProblem(
                "VALIDATION",
                errors=[{"path": "config_id", "message": "the id of a register"}],
            )
        config = self.env["pos.config"]._nu_pick(config_id)
        if user.has_group(HUB_GROUP):
            # who forwards for a house may lose this one right without leaving the group
            self.env["nu.pos.permission"].require("hub_sync", config)
        staff = self.env["hr.employee"].sudo()._nu_staff_of(config)
        return {
            "status": "ok",
            "config_id": config.id,
            "company_id": config.company_id.id,
            "generated_at": f"{fields.Datetime.now().isoformat()}Z",
            "algorithm": {"name": "scrypt", "encoding": "base64", **SCRYPT},
            "employees": [employee._nu_offline(config.sudo()) for employee in staff],
        }
