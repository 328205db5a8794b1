from odoo import api, models
from odoo.exceptions import AccessError


class OrderAudit(models.Model):
    """Who reads the audit, and whose request a refusal was."""

    _inherit = "nu_restaurant_pos.order_audit"

    def _check_access(self, operation):
        # EXTENDS 'base'
        # Groups let managers and accountants read; a manager may lose the right by the
        # permission, as any other one.
        denied = super()._check_access(operation)
        if denied or operation != "read" or self.env.su:
            return denied
        user = self.env.user
        if user.has_group("nu_restaurant_pos.group_fiscal_reader"):
            return None
        if self.env["nu.pos.permission"].resolve()["audit_view"]:
            return None
        return self, lambda: AccessError(
            self.env._("This needs the permission audit_view (See the audit).")
        )

    @api.model
    def _company_of_caller(self):
        return self.env["nu.pos.identity"].current().company
