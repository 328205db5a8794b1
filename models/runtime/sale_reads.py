"""What a sale reads of each master record."""

from .service import Service

#: Stored fields that a sale reads, ours and core's. Reading a field, the ORM reads all
#: columns of the record; of a company or a register that is a hundred, and it cost a
#: sale a third of its time. What is missing here is read as ever, it only takes longer.
READS = {
    "pos.config": (
        "active",
        "cash_rounding",
        "company_id",
        "currency_id",
        "default_fiscal_position_id",
        "default_preset_id",
        "invoice_journal_id",
        "journal_id",
        "name",
        "nu_default_document_type_id",
        "nu_default_partner_id",
        "nu_invoice_policy",
        "nu_restrict_prices",
        "only_round_cash_method",
        "order_edit_tracking",
        "order_seq_id",
        "payment_method_ids",
        "pricelist_id",
        "restrict_price_control",
        "rounding_method",
        "self_order_online_payment_method_id",
    ),
    "pos.session": (
        "config_id",
        "start_at",
        "state",
        "update_stock_at_closing",
        "user_id",
    ),
    "pos.preset": ("fiscal_position_id", "nu_order_type"),
    "pos.payment.method": (
        "active",
        "company_id",
        "is_cash_count",
        "is_online_payment",
        "journal_id",
        "nu_kind",
        "split_transactions",
    ),
    "account.journal": ("company_id", "currency_id", "type"),
    "ir.sequence": ("prefix", "suffix"),
    "product.product": (
        "active",
        "default_code",
        "product_tmpl_id",
        "product_template_attribute_value_ids",
    ),
    "product.template": (
        "company_id",
        "is_storable",
        "name",
        "nu_billing",
        "taxes_id",
        "to_weight",
        "type",
        "uom_id",
    ),
    "account.tax": (
        "active",
        "amount",
        "amount_type",
        "children_tax_ids",
        "company_id",
        "include_base_amount",
        "invoice_repartition_line_ids",
        "is_base_affected",
        "nu_is_tip",
        "price_include_override",
        "sequence",
        "tax_group_id",
        "type_tax_use",
    ),
    "account.tax.repartition.line": (
        "document_type",
        "factor_percent",
        "repartition_type",
        "tax_id",
    ),
    "res.company": (
        "account_price_include",
        "anglo_saxon_accounting",
        "currency_id",
        "email",
        "name",
        "nu_branch",
        "nu_ecf_contingency",
        "nu_ecf_credit_days",
        "nu_ecf_environment",
        "nu_ecf_send",
        "nu_ecf_start",
        "nu_place_code",
        "nu_trade_name",
        "parent_id",
        "partner_id",
        "tax_calculation_rounding_method",
    ),
    "res.currency": ("decimal_places", "name", "rounding"),
    "res.partner": (
        "commercial_partner_id",
        "company_id",
        "country_id",
        "email",
        "is_company",
        "name",
        "nu_document_type_id",
        "nu_foreign_id",
        "phone",
        "vat",
    ),
    "res.users": ("nu_discount_capped", "nu_max_discount", "partner_id"),
    "nu.pos.ncf": (
        "company_id",
        "date_issued_day",
        "document_type_id",
        "name",
        "order_id",
        "range_id",
        "state",
    ),
    "nu.pos.ncf.range": (
        "date_expiry",
        "document_type_id",
        "last_number",
        "next_number",
        "state",
        "warning_days",
        "warning_numbers",
    ),
    "l10n_latam.document.type": (
        "active",
        "doc_code_prefix",
        "nu_buyer_rule",
        "nu_direction",
        "nu_expires",
        "nu_is_electronic",
        "nu_is_exempt",
        "nu_needs_reference",
        "nu_series",
    ),
}


class SaleReads(Service):
    """Prefetches what a sale reads, the fields of :data:`READS` only."""

    def names(self, model):
        """Fields of a model that a sale reads, as far as they exist here."""
        known = self.env[model]._fields
        return [name for name in READS[model] if name in known]

    def fetch(self, records):
        """Read what a sale reads of these; returns them."""
        records.fetch(self.names(records._name))
        return records

    def registers(self, configs):
        """Read what every sale on these registers reads."""
        self.fetch(configs)
        companies = self.fetch(configs.company_id)
        self.fetch(companies.currency_id)
        self.fetch(configs.order_seq_id)
        methods = self.fetch(self._all(configs, "payment_method_ids"))
        self.fetch(methods.journal_id)
        self.fetch(configs.default_preset_id)
        self.fetch(self.fetch(self.env.user).partner_id)

    def products(self, products):
        self.fetch(products)
        templates = self.fetch(products.product_tmpl_id)
        self.taxes(self._all(templates, "taxes_id"))

    def taxes(self, taxes):
        """Read what computing with these taxes reads."""
        self.fetch(taxes)
        parts = self.fetch(self._all(taxes, "children_tax_ids"))
        self.fetch((taxes | parts).invoice_repartition_line_ids)

    def _all(self, records, name):
        """What is linked, archived records too: telling them apart would read them."""
        return records.with_context(active_test=False)[name].with_env(self.env)
