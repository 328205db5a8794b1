from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from .nu_pos_config import LOGIN_METHODS, TERMINAL_MODES


class PosConfig(models.Model):
    _name = "pos.config"
    _inherit = ["pos.config", "nu.pos.audited"]

    _nu_audit_event = "config"

    nu_default_document_type_id = fields.Many2one(
        "l10n_latam.document.type",
        string="Default fiscal type",
        domain="[('country_id.code', '=', 'DO'), ('nu_direction', '=', 'sale'),"
        " ('nu_needs_reference', '=', False)]",
        help="Type of the sales that name none. Empty: the register issues no numbers "
        "for sales made on Odoo's own screen.",
    )
    nu_default_partner_id = fields.Many2one(
        "res.partner",
        string="Default customer",
        help="Customer of the sales that name none.",
    )
    nu_invoice_policy = fields.Selection(
        [
            ("always", "Every sale"),
            ("identified", "Identified buyers only"),
        ],
        string="Invoices",
        default="always",
        required=True,
        help="Every sale: each paid order becomes an invoice. Identified buyers only: "
        "consumer receipts stay on the order and reach the books with the session's "
        "closing entry.",
    )

    nu_shared_config_id = fields.Many2one(
        "nu.pos.config",
        string="Shared configuration",
        check_company=True,
        index="btree_not_null",
        help="Hub and log-in method of several registers. What the register says "
        "itself wins.",
    )
    nu_hub_enabled = fields.Boolean(
        string="Hub",
        help="Terminals talk to a hub in the restaurant; only the hub talks to Odoo.",
    )
    nu_hub_url = fields.Char(
        string="Hub address",
        help="For example ws://192.168.1.20:8766. Empty: the shared configuration's, "
        "else terminals look for the hub on the local network.",
    )
    nu_hub_fallback_ip = fields.Char(
        string="Fallback IP", help="Tried when the address cannot be reached."
    )
    nu_terminal_mode = fields.Selection(
        TERMINAL_MODES, string="Terminal mode", default="pos", required=True
    )
    nu_restrict_prices = fields.Boolean(
        string="Prices are fixed over the API",
        default=True,
        help="Who sells over the API at another price than that of the pricelist needs "
        "the permission to change prices, or an approval. Hubs have it. Price control "
        "of the register has the same effect, on Odoo's own screen too.",
    )
    nu_odoo_screen = fields.Boolean(
        string="Odoo's own screen",
        default=True,
        help="Off: only hubs and terminals of the API sell here. No browser gets the "
        "hashes of PINs and badges, so nobody unlocks Odoo's point-of-sale screen.",
    )
    nu_login_method = fields.Selection(
        LOGIN_METHODS,
        string="Log-in method",
        help="Empty: the shared configuration's, else PIN.",
    )

    @api.constrains("nu_default_document_type_id", "set_tip_after_payment")
    def _check_nu_tip_after_payment(self):
        """A tip after the payment is a line more on a sale that has its number."""
        for config in self:
            if config.nu_default_document_type_id and config.set_tip_after_payment:
                raise ValidationError(
                    self.env._(
                        "%s numbers its sales: a tip is added before the payment, not "
                        "after it. Switch one of the two off.",
                        config.display_name,
                    )
                )

    @api.model
    def _nu_terminal_settings(self):
        """What a terminal of this register must know, shared configuration
        included. ``{name: value}``, empty addresses as None."""
        self.ensure_one()
        shared = self.nu_shared_config_id
        return {
            "nu_hub_enabled": self.nu_hub_enabled or shared.nu_hub_enabled,
            "nu_hub_url": self.nu_hub_url or shared.nu_hub_url or None,
            "nu_hub_fallback_ip": self.nu_hub_fallback_ip
            or shared.nu_hub_fallback_ip
            or None,
            "nu_terminal_mode": self.nu_terminal_mode,
            "nu_login_method": self.nu_login_method or shared.nu_login_method or "pin",
        }

    def _nu_restricts_prices(self):
        """Whether a price other than the product's needs a right over the API."""
        self.ensure_one()
        return self.restrict_price_control or self.nu_restrict_prices

    def _nu_products_without_price(self):
        """Products of the register that are sold at any price: tips, and discounts
        where an addon has a product for them."""
        self.ensure_one()
        names = ("tip_product_id", "discount_product_id", "open_item_product_id")
        found = self.env["product.product"]
        for name in names:
            if name in self._fields:
                found |= self[name]
        return found

    def _get_bootstrap_extra(self, user):
        """Further keys of the answer to ``POST /bootstrap``; a hook for other addons.

        Override, call ``super()``, add keys that JSON can say and return the dict.

        :param user: ``res.users`` who starts the terminal, with all rights
        """
        self.ensure_one()
        return {}

    def _nu_open_session(self):
        """The register's open session, as an empty set when there is none."""
        self.ensure_one()
        return self.env["pos.session"].search(
            [
                ("config_id", "=", self.id),
                ("state", "=", "opened"),
                ("rescue", "=", False),
            ],
            limit=1,
        )

    def _nu_cash_rule(self):
        """The rule by which the register rounds cash; empty where it does not."""
        rule = self.rounding_method
        return rule if self.cash_rounding else rule.browse()

    def _nu_rounding_rule(self):
        """The rule by which cash is rounded here, also where it no longer is."""
        rule = self.sudo().rounding_method[:1]
        return rule or rule.search([("strategy", "=", "add_invoice_line")], limit=1)

    def _nu_rounding_account(self, is_loss):
        """Account of what cash rounding loses, or earns."""
        company = self.sudo().company_id
        rule = self._nu_rounding_rule().with_company(company)
        if is_loss:
            return rule.loss_account_id or (
                company.default_cash_difference_expense_account_id
            )
        return rule.profit_account_id or (
            company.default_cash_difference_income_account_id
        )

    @ormcache("self.id", "order_type")
    def _nu_preset_id(self, order_type):
        """Preset of this register for an ``order_type`` of the API, or False."""
        presets = self.default_preset_id | self.available_preset_ids
        return presets.filtered(lambda p: p.nu_order_type == order_type)[:1].id

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'point_of_sale'
        configs = super().create(vals_list)
        self.env.registry.clear_cache()
        return configs

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        result = super().write(vals)
        if {
            "active",
            "company_id",
            "default_preset_id",
            "available_preset_ids",
        } & set(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        # EXTENDS 'point_of_sale'
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
