from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    nu_min_client_version = fields.Char(
        string="Oldest client",
        config_parameter="nu_pos.min_client_version",
        help="Clients below this version must update, for example 1.2.0+42.",
    )
    nu_access_token_minutes = fields.Integer(
        string="Access tokens live (minutes)",
        config_parameter="nu_pos.access_token_minutes",
        default=60,
    )
    nu_consumer_threshold = fields.Float(
        string="Consumer sales name their buyer from",
        config_parameter="nu_pos.consumer_threshold",
        default=250000,
        help="Total in DOP, taxes and tip included (NG 05-2019).",
    )
    nu_release_reserved_after_hours = fields.Integer(
        string="Give unused numbers back after (hours)",
        config_parameter="nu_pos.release_reserved_after_hours",
        default=0,
        help="Only numbers that no client was told. 0: never.",
    )
    nu_cors_origins = fields.Char(
        string="Allowed web origins",
        config_parameter="nu_pos.cors_origins",
        help="Comma-separated, for browsers that call the API from another address. "
        "Empty: none.",
    )
    nu_rate_limit_per_minute = fields.Integer(
        string="Requests per minute and device",
        config_parameter="nu_pos.rate_limit_per_minute",
        default=600,
        help="0: no limit.",
    )
    nu_pin_only_login = fields.Boolean(
        string="Log in by PIN alone",
        config_parameter="nu_pos.pin_only_login",
        help="Without choosing the employee first. PINs must differ on a register.",
    )
    nu_audit_retention_years = fields.Integer(
        string="Keep the audit (years)",
        config_parameter="nu_pos.audit_retention_years",
        default=10,
        help="Código Tributario art. 50: books are kept ten years. 0: for ever.",
    )

    nu_audit_mail = fields.Char(
        string="Mail the heads of the audit to",
        config_parameter="nu_pos.audit_mail",
        help="Once a day the last hash of each chain goes to this address, outside the "
        "reach of whoever owns the database.",
    )

    nu_ecf_receiver_token = fields.Boolean(
        string="Suppliers authenticate before they send e-CF",
        config_parameter="nu_pos.ecf_receiver_token",
        help="Each signs a seed for a token, and the directory of DGII must name the "
        "address. Off: the signature of the document is enough.",
    )

    def set_values(self):
        # EXTENDS 'base'
        # Odoo drops a parameter that is zero, and its default would come back; here
        # zero means without limit, or for ever.
        result = super().set_values()
        parameters = self.env["ir.config_parameter"].sudo()
        for name in ("nu_rate_limit_per_minute", "nu_audit_retention_years"):
            if not self[name]:
                parameters.set_param(self._fields[name].config_parameter, "0")
        return result
