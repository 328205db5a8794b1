from odoo import api, fields, models

from .nu_pos_ecf_receiver import (
    DAILY,
    DAILY_PARAMETER,
    ISSUER_DAILY,
    ISSUER_PARAMETER,
    UNVERIFIED_BYTES_PARAMETER,
    UNVERIFIED_DAILY,
    UNVERIFIED_DAILY_BYTES,
    UNVERIFIED_PARAMETER,
)


class ResConfigSettings(models.TransientModel):
    """What is taken from other issuers in a day."""

    _inherit = "res.config.settings"

    nu_ecf_received_per_day = fields.Integer(
        string="Receipts of suppliers per day",
        help="Of each company, within 24 hours; more are put off. 0: no limit.",
    )
    nu_ecf_received_per_day_issuer = fields.Integer(
        string="Of one supplier per day",
        help="So that one supplier does not take the place of the others. 0: no limit.",
    )
    nu_ecf_unverified_per_day = fields.Integer(
        string="Of signers not verified per day",
        help="Documents whose signer nobody vouches for; they take no number and make "
        "no bill. 0: no limit.",
    )
    nu_ecf_unverified_bytes_per_day = fields.Integer(
        string="Bytes of signers not verified per day", help="0: no limit."
    )

    @api.model
    def _nu_numbers(self):
        return super()._nu_numbers() | {
            "nu_ecf_received_per_day": (DAILY_PARAMETER, DAILY, 0),
            "nu_ecf_received_per_day_issuer": (ISSUER_PARAMETER, ISSUER_DAILY, 0),
            "nu_ecf_unverified_per_day": (UNVERIFIED_PARAMETER, UNVERIFIED_DAILY, 0),
            "nu_ecf_unverified_bytes_per_day": (
                UNVERIFIED_BYTES_PARAMETER,
                UNVERIFIED_DAILY_BYTES,
                0,
            ),
        }
