"""What a unit of work of the sale needs of its register."""

from odoo import models

from .ticket import SALE


def register_of(_records, config, *_more):
    """The register a unit of work is done on: its first argument."""
    return config


def session_gate(_records, config, *_more):
    """Shared by all that is sold on a register: its session stays open until this is
    committed."""
    return [config.env["pos.session"]._nu_gate(config.id)]


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _nu_unit_env(self, env):
        """The environment of a unit of work on this register, made of the one of its
        transaction: as the system, for the company of the register."""
        context = {
            **env.context,
            "allowed_company_ids": [self._nu_company_id(self.id)],
            # the PDF is made when somebody asks for it, never while a till waits
            "generate_pdf": False,
            # the audit tells the story of an order; chatter would cost three queries
            "tracking_disable": True,
            "nu_sale": SALE,
        }
        return env(su=True, context=context)
