from odoo import fields, models

TERMINAL_MODES = [("pos", "Terminal"), ("kds", "Kitchen display (KDS)")]
LOGIN_METHODS = [
    ("pin", "PIN"),
    ("rfid", "Card"),
    ("both", "PIN or card"),
]


class NuPosConfig(models.Model):
    """Configuration shared by several registers: where their hub is.

    A register's own value wins; an empty one falls back to the shared one.
    """

    _name = "nu.pos.config"
    _inherit = "nu.pos.audited"
    _description = "Shared POS configuration"
    _order = "company_id, name"
    _nu_audit_event = "config"
    _nu_audit_fields = (
        "name",
        "nu_hub_enabled",
        "nu_hub_url",
        "nu_hub_fallback_ip",
        "nu_login_method",
        "active",
    )
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    config_ids = fields.One2many("pos.config", "nu_shared_config_id", "Registers")
    nu_hub_enabled = fields.Boolean(
        string="Hub",
        help="Terminals talk to a hub in the restaurant; only the hub talks to Odoo.",
    )
    nu_hub_url = fields.Char(
        string="Hub address",
        help="For example ws://192.168.1.20:8766. Empty: terminals look for the hub on "
        "the local network.",
    )
    nu_hub_fallback_ip = fields.Char(
        string="Fallback IP", help="Tried when the address cannot be reached."
    )
    nu_login_method = fields.Selection(
        LOGIN_METHODS, string="Log-in method", default="pin", required=True
    )

    _name_uniq = models.UniqueIndex(
        "(company_id, name)", "Two shared configurations have this name."
    )
