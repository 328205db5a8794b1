from odoo import models

# the model of the mixin must exist before those that inherit it
from .audit_secrets import HIDDEN, is_secret

PREFIX = "nu_pos."


class IrConfigParameter(models.Model):
    """Changes of our system parameters go to the audit, in the chain of no company."""

    _name = "ir.config_parameter"
    _inherit = ["ir.config_parameter", "nu.pos.audited"]

    _nu_audit_event = "config"
    _nu_audit_fields = ("key", "value")

    def _nu_audit_record(self, act, changes, company=None, name=None):
        key = name or self.key
        if not key.startswith(PREFIX):
            return
        if is_secret(key) and "value" in changes:
            changes["value"] = [value and HIDDEN for value in changes["value"]]
        super()._nu_audit_record(act, changes, company, key)
