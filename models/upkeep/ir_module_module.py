import logging

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_module import assert_log_admin_access

from .evidence_export import unexported
from .guarantees import ADDON, Guarantees

_logger = logging.getLogger(__name__)


class IrModuleModule(models.Model):
    """What this addon has to say when modules are loaded and removed."""

    _inherit = "ir.module.module"

    def _register_hook(self):
        # EXTENDS 'base'
        # once at each start of a server: what is not there is an error in the log
        super()._register_hook()
        for missing in Guarantees(self.env).missing():
            _logger.error("A guarantee of %s is not in place: %s", ADDON, missing)

    @assert_log_admin_access
    def button_uninstall(self):
        # EXTENDS 'base'
        # asked before anything is marked; the uninstall hook asks again, for what does
        # not come this way
        if ADDON in (self + self.downstream_dependencies()).mapped("name"):
            self._nu_check_evidence()
        return super().button_uninstall()

    @api.model
    def _nu_check_evidence(self):
        """Refuse to remove what the law keeps ten years (Código Tributario, art. 50).

        :raise UserError: what there is, and the command that exports it
        """
        if left := unexported(self.env):
            raise UserError(
                self.env._(
                    "Uninstalling drops the ledger of fiscal numbers, the audit and "
                    "the signed documents, which the law keeps ten years. Export them "
                    "first with the command «odoo nu_audit evidence --output FOLDER», "
                    "then uninstall at once.\nNot exported: %s",
                    ", ".join(f"{table}: {rows}" for table, rows in left.items()),
                )
            )
