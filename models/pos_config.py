from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from . import nu_pos_audit_mixin  # noqa: F401  (a mixin is defined before its users)
from .nu_pos_config import LOGIN_METHODS, TERMINAL_MODES
from .nu_pos_identity import other_register
from .nu_pos_problem import ApiProblem


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

    @api.model
    def _nu_accessible(self):
        """Registers in use of the companies the user works in; of a device that serves
        one register that one."""
        return self._nu_of_companies(active=True)

    @api.model
    def _nu_of_companies(self, active=None):
        """Registers of the companies the user works in, archived ones too.

        :param active: True: those in use only
        """
        company_ids = tuple(sorted(self._nu_company_ids()))
        configs = self.sudo().browse(self._nu_ids_of_companies(company_ids, active))
        only = self.env["nu.pos.identity"].current().only_config_id
        return configs.filtered(lambda config: config.id == only) if only else configs

    @api.model
    @ormcache("company_ids", "active")
    def _nu_ids_of_companies(self, company_ids, active=None):
        """Ids of the companies' registers, in order. Remembered for everybody, so what
        the caller's context says of archived records does not count."""
        domain = [("company_id", "in", company_ids)]
        domain += [("active", "=", True)] if active else []
        registers = self.sudo().with_context(active_test=False)
        return tuple(registers.search(domain, order="id").ids)

    @api.model
    def _nu_company_ids(self):
        """Companies the caller works in: that of the token's register, else all of the
        user's."""
        config = self.env["nu.pos.identity"].current().config
        if config:
            return (self._nu_company_id(config.id),)
        return self.env.user._get_company_ids()

    @api.model
    @ormcache("config_id")
    def _nu_company_id(self, config_id):
        """Company of a register in use; False for any other number."""
        config = self.sudo().browse(config_id).exists()
        return config.active and config.company_id.id

    @api.model
    def _nu_pick(self, config_id=None, reference=None, path="config_id"):
        """The register a request names, or the only one there is.

        :raise ApiProblem: ``UNKNOWN_REFERENCE`` for one that is absent, archived or of
            a company the user does not work in (told apart from nobody);
            ``FORBIDDEN`` for one that the device does not serve, or where the employee
            may not work; ``VALIDATION`` when none is named and there are several
        """
        if isinstance(reference, int):
            config_id, path = reference, "config"
        elif reference and not config_id:
            named = self._nu_accessible().filtered(
                lambda config: reference in (config.name, config.uuid)
            )
            config_id, path = named.id if len(named) == 1 else -1, "config"
        if config_id:
            company_id = self._nu_company_id(config_id)
            if not company_id or company_id not in self._nu_company_ids():
                raise ApiProblem(
                    "UNKNOWN_REFERENCE",
                    errors=[
                        {
                            "path": path,
                            "message": "no such register",
                            "given": str(config_id),
                        }
                    ],
                )
            return self._nu_check_reach(self.sudo().browse(config_id))
        configs = self._nu_accessible()
        if len(configs) != 1:
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": path,
                        "message": "required: name the register",
                        "expected": "one of "
                        + ", ".join(str(config_id) for config_id in configs.ids[:20]),
                    }
                ],
            )
        return self._nu_check_reach(configs)

    @api.model
    def _nu_check_reach(self, config):
        """:raise ApiProblem: ``FORBIDDEN`` for a register of the company where the
        caller's device does not belong, or where the employee is nobody"""
        identity = self.env["nu.pos.identity"].current()
        if identity.only_config_id not in (None, config.id):
            raise other_register(config.browse(identity.only_config_id))
        if identity.role_on(config) is None:
            raise ApiProblem(
                "FORBIDDEN",
                f"{identity.name} may not work on the register {config.name}",
            )
        return config

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

    def _nu_rounding_rule(self):
        """The rule by which cash is rounded here, also where it no longer is."""
        rule = self.sudo().rounding_method[:1]
        return rule or self.env["account.cash.rounding"].sudo().search(
            [("strategy", "=", "add_invoice_line")], limit=1
        )

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
