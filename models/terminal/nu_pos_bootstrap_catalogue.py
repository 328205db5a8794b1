"""What is sold, at what price and tax, and to whom, for the start of a terminal."""

from odoo import api, models
from odoo.fields import Domain

from ..runtime.change_horizon import OVERLAP
from .nu_pos_bootstrap import DEFAULT_PARTNERS


class NuPosBootstrap(models.AbstractModel):
    _inherit = "nu.pos.bootstrap"

    @api.model
    def _section_taxes(self, config, since):
        """Sale taxes, fiscal positions, and what each position turns a tax into."""
        company = config.company_id
        taxes = config.env["account.tax"].search(
            [
                *config.env["account.tax"]._check_company_domain(company),
                ("type_tax_use", "=", "sale"),
            ]
        )
        taxes |= taxes.children_tax_ids
        presets = config.default_preset_id | config.available_preset_ids
        positions = (
            config.fiscal_position_ids
            | config.default_fiscal_position_id
            | presets.fiscal_position_id
        )
        takeout = presets.filtered(lambda p: p.nu_order_type == "takeout")
        rows = [
            (position.id, tax.id, target)
            for position in positions
            for tax in taxes
            for target in self._mapped(position, tax)
        ]
        return {
            "taxes": [
                {
                    "id": tax.id,
                    "name": tax.name,
                    "amount": self._percentage(tax),
                    "amount_type": tax.amount_type,
                    "price_include": tax.price_include,
                    "include_base_amount": tax.include_base_amount,
                    "is_base_affected": tax.is_base_affected,
                    "sequence": tax.sequence,
                    "company_id": tax.company_id.id,
                    "children_tax_ids": tax.children_tax_ids.ids,
                    "is_tip": tax.nu_is_tip,
                }
                for tax in taxes
            ],
            "fiscal_positions": [
                {
                    "id": position.id,
                    "name": position.name,
                    "takeout": position in takeout.fiscal_position_id,
                }
                for position in positions
            ],
            "fiscal_position_taxes": [
                {
                    "id": number,
                    "position_id": position,
                    "tax_src_id": source,
                    "tax_dest_id": target,
                }
                for number, (position, source, target) in enumerate(rows, 1)
            ],
        }

    @api.model
    def _percentage(self, tax):
        """What a tax is in percent; a group has a figure of its own, which says
        nothing, and charges what its children are."""
        if tax.amount_type != "group":
            return tax.amount
        children = tax.children_tax_ids.filtered(
            lambda child: child.amount_type == "percent"
        )
        return sum(children.mapped("amount"))

    @api.model
    def _mapped(self, position, tax):
        """Ids the tax becomes, False alone for none; nothing where it stays."""
        mapped = position.map_tax(tax)
        return () if mapped == tax else mapped.ids or (False,)

    @api.model
    def _section_catalogue(self, config, since):
        """Categories and what is sold; the price is that of the register's price list
        for one unit."""
        Product = config.env["product.product"].with_context(display_default_code=False)
        domain = Domain(
            config.env["product.template"]._load_pos_data_domain({}, config)
        )
        products = Product.search(domain, order="pos_sequence, name, id")
        pricelist = config.pricelist_id
        told = products
        # rules of a price list change prices by date, without a trace on products
        if since and not pricelist.item_ids:
            told = products.filtered_domain(
                Domain("write_date", ">=", since - OVERLAP)
                | Domain("product_tmpl_id.write_date", ">=", since - OVERLAP)
            )
        prices = pricelist._get_products_price(told, 1.0, currency=config.currency_id)
        taxes = told.product_tmpl_id.taxes_id._filter_taxes_by_company(
            config.company_id
        )
        tax_ids = set(taxes.ids)
        Category = config.env["pos.category"]
        categories = Category.search(Category._load_pos_data_domain({}, config))
        return {
            "categories": [
                {
                    "id": category.id,
                    "name": category.name,
                    "parent_id": category.parent_id.id or None,
                    "sequence": category.sequence,
                    "color": category.color,
                }
                for category in categories
            ],
            "products": [
                self._product_out(product, prices[product.id], tax_ids)
                for product in told
            ],
            "product_ids": products.ids,
        }

    @api.model
    def _product_out(self, product, price, taxes):
        # what a variant shares with its template is read there: the variant's own
        # fields would copy 2,000 values each
        template = product.product_tmpl_id
        return {
            "id": product.id,
            "product_tmpl_id": template.id,
            "name": product.display_name
            if product.product_template_attribute_value_ids._ids
            else template.name,
            "code": product.default_code or None,
            "barcode": product.barcode or None,
            "price": price,
            "tax_ids": [tax for tax in template.taxes_id._ids if tax in taxes],
            "category_ids": list(template.pos_categ_ids._ids),
            "uom": template.uom_id.name,
            "to_weight": template.to_weight,
            "type": template.type,
            "favorite": template.is_favorite,
        }

    @api.model
    def _section_partners(self, config, since):
        """Customers, the most frequent first, as many as the system parameter
        ``nu_pos.bootstrap_partners`` says; none for who may not see customers."""
        if not self.env["nu.pos.permission"].resolve(config)["customers_view"]:
            return {"partners": [], "partner_ids": []}
        limit = int(
            config.env["ir.config_parameter"].get_param("nu_pos.bootstrap_partners")
            or DEFAULT_PARTNERS
        )
        partners = config.env["res.partner"].search(
            [
                ("company_id", "in", [config.company_id.id, False]),
                "|",
                ("customer_rank", ">", 0),
                ("vat", "!=", False),
            ],
            order="customer_rank DESC, id DESC",
            limit=limit,
        )
        # whom a sale without a customer is for
        usual = config.nu_default_partner_id
        partners |= usual
        told = partners
        if since:
            changed = config.write_date >= since - OVERLAP
            told = partners.filtered(
                lambda p: p.write_date >= since - OVERLAP or (changed and p == usual)
            )
        return {
            "partners": [
                {
                    "id": partner.id,
                    "name": partner.name or partner.display_name,
                    "rnc": partner.vat or None,
                    "foreign_id": partner.nu_foreign_id or None,
                    "phone": partner.phone or None,
                    "email": partner.email or None,
                    "fiscal_type": partner.nu_document_type_id.doc_code_prefix or None,
                    "credit_limit": partner.credit_limit
                    if partner.use_partner_credit_limit
                    else 0.0,
                }
                for partner in told
            ],
            "partner_ids": partners.ids,
        }
