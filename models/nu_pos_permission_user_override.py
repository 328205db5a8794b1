from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..schemas.permissions import PERMISSIONS


class NuPosPermissionUserOverride(models.Model):
    """A permission granted to or taken from one person; the last word.

    Written by administrators only: a manager cannot grant rights to anybody.
    """

    _name = "nu.pos.permission.user.override"
    _inherit = "nu.pos.audited"
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
    def _of(self, user, employee, company):
        """Lines of a person. An employee with a user of his own has the user's too,
        and his own last; one who borrows the device's user has not."""
        own_user = employee.sudo().user_id if employee else user
        domain = [("company_id", "=", company.id)]
        lines = self.sudo().browse()
        if own_user:
            lines += self.sudo().search([*domain, ("user_id", "=", own_user.id)])
        if employee:
            lines += self.sudo().search([*domain, ("employee_id", "=", employee.id)])
        return lines
