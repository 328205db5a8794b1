from odoo import api, fields, models
from odoo.tools import ormcache

from ...schemas.permissions import PERMISSIONS, ROLES

ROLE_LABELS = {"manager": "Manager", "cashier": "Cashier", "waiter": "Waiter"}


class NuPosPermissionConfig(models.Model):
    """A role's permission on a register or in a whole company, other than the
    default. Written by administrators only: a manager cannot grant rights."""

    _name = "nu.pos.permission.config"
    _inherit = ["nu.pos.audited", "nu.pos.remembered"]
    _description = "POS permission of a role"
    _order = "company_id, config_id, role, permission"
    _nu_audit_event = "permission"
    _nu_audit_fields = ("config_id", "role", "permission", "allowed")
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    config_id = fields.Many2one(
        "pos.config",
        string="Register",
        check_company=True,
        ondelete="cascade",
        help="Empty: all registers of the company. A register's own line wins.",
    )
    role = fields.Selection(
        [(role, ROLE_LABELS[role]) for role in ROLES], required=True
    )
    permission = fields.Selection(
        [(key, permission.label) for key, permission in PERMISSIONS.items()],
        required=True,
    )
    allowed = fields.Boolean(default=True)
    is_default = fields.Boolean(
        compute="_compute_is_default",
        string="As by default",
        help="The line says what the role has anyway.",
    )

    _line_uniq = models.UniqueIndex(
        "(company_id, COALESCE(config_id, 0), role, permission)",
        "There is a line for this role and permission already.",
    )

    @api.depends("role", "permission", "allowed")
    def _compute_is_default(self):
        for line in self:
            permission = PERMISSIONS.get(line.permission)
            line.is_default = bool(permission) and (
                (line.role in permission.roles) == line.allowed
            )

    @api.model
    @ormcache("company_id", "config_id", "role")
    def _lines(self, company_id, config_id, role):
        """``((permission, allowed), ...)`` that hold for a role, those of the register
        last. Remembered; every change makes all processes forget it."""
        lines = self.sudo().search(
            [
                ("company_id", "=", company_id),
                ("config_id", "in", [False, config_id]),
                ("role", "=", role),
            ],
            order="config_id NULLS FIRST, id",
        )
        return tuple((line.permission, line.allowed) for line in lines)
