from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...schemas.permissions import PERMISSIONS


class NuPosPermissionUserOverride(models.Model):
    """A permission granted to or taken from one person; the last word.

    Written by administrators only: a manager cannot grant rights to anybody.
    """

    _name = "nu.pos.permission.user.override"
    _inherit = ["nu.pos.audited", "nu.pos.remembered"]
    _description = "POS permission of a person"
    _order = "company_id, user_id, employee_id, permission"
    _nu_audit_event = "permission"
    _nu_audit_fields = ("user_id", "employee_id", "permission", "allowed")

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one("res.users", ondelete="cascade", index=True)
    employee_id = fields.Many2one(
        "hr.employee",
        ondelete="cascade",
        index=True,
        help="For staff who log in by PIN or badge.",
    )
    permission = fields.Selection(
        [(key, permission.label) for key, permission in PERMISSIONS.items()],
        required=True,
    )
    allowed = fields.Boolean(default=True)

    _line_uniq = models.UniqueIndex(
        "(company_id, COALESCE(user_id, 0), COALESCE(employee_id, 0), permission)",
        "There is a line for this person and permission already.",
    )

    @api.constrains("user_id", "employee_id")
    def _check_person(self):
        for line in self:
            if bool(line.user_id) == bool(line.employee_id):
                raise ValidationError(self.env._("Name either a user or an employee."))

    @api.model
    @ormcache("user_id", "employee_id", "company_id")
    def _lines(self, user_id, employee_id, company_id):
        """``((permission, allowed), ...)`` of a person: those of the user, then those
        of the employee, which win. Remembered; every change makes all processes forget
        it.

        :param user_id: the person's own user, or False
        :param employee_id: or False
        """
        lines = self.sudo().browse()
        within = ("company_id", "=", company_id)
        if user_id:
            lines += self.sudo().search([within, ("user_id", "=", user_id)])
        if employee_id:
            lines += self.sudo().search([within, ("employee_id", "=", employee_id)])
        return tuple((line.permission, line.allowed) for line in lines)
