from odoo import api, fields, models
from odoo.exceptions import ValidationError


class NuPosDiscountPreset(models.Model):
    """A discount the till offers with one touch.

    Fixed ones cannot be changed at the till; open ones start from ``value`` and may
    be edited. What a person may give is bounded by the permission ``discount`` and
    the person's cap, whatever the preset says.
    """

    _name = "nu.pos.discount.preset"
    _inherit = "nu.pos.audited"
    _description = "POS discount preset"
    _order = "sequence, id"
    _check_company_auto = True
    _nu_audit_event = "config"
    _nu_audit_fields = ("name", "type", "applies_to", "value", "active", "config_ids")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    config_ids = fields.Many2many(
        "pos.config",
        string="Registers",
        check_company=True,
        help="Empty: all registers of the company.",
    )
    type = fields.Selection(
        [
            ("fixed_percent", "Fixed percentage"),
            ("fixed_amount", "Fixed amount"),
            ("open_percent", "Open percentage"),
            ("open_amount", "Open amount"),
        ],
        required=True,
        default="open_amount",
    )
    applies_to = fields.Selection(
        [("item", "Item"), ("check", "Check"), ("both", "Both")],
        required=True,
        default="both",
    )
    value = fields.Float(help="Percent or DOP, as the type has it.")
    editable = fields.Boolean(
        compute="_compute_editable", help="The till may change the value."
    )

    @api.depends("type")
    def _compute_editable(self):
        for preset in self:
            preset.editable = (preset.type or "").startswith("open_")

    @api.constrains("type", "value")
    def _check_value(self):
        for preset in self:
            if preset.value < 0:
                raise ValidationError(self.env._("A discount is not negative."))
            if preset.type.endswith("_percent") and preset.value > 100:
                raise ValidationError(self.env._("A discount is at most 100 percent."))
            if preset.type.startswith("fixed_") and not preset.value:
                raise ValidationError(self.env._("A fixed discount needs its value."))
