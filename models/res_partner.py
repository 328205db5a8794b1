from odoo import fields, models

from ..fiscal import identity


class ResPartner(models.Model):
    _inherit = "res.partner"

    nu_document_type_id = fields.Many2one(
        "l10n_latam.document.type",
        string="Usual fiscal type",
        domain="[('country_id.code', '=', 'DO'), ('nu_direction', '=', 'sale'),"
        " ('nu_needs_reference', '=', False)]",
        help="Type of comprobante this customer asks for; used when a sale names none.",
    )
    nu_foreign_id = fields.Char(
        string="Foreign identification",
        size=20,
        help="Passport or other identification of a buyer without RNC or cédula.",
    )

    def _nu_identity_warnings(self):
        """Check digits warn and never block: DGII has issued numbers that break the
        rule. ``[{"code", "path", "message"}]``"""
        if not self.vat:
            return []
        try:
            tax_id = identity.check_tax_id(self.vat)
        except identity.TaxIdError as error:
            return [{"code": error.code, "path": "partner_id", "message": str(error)}]
        if tax_id.check_digit_ok:
            return []
        return [
            {
                "code": "CHECK_DIGIT",
                "path": "partner_id",
                "message": f"The check digit of {self.vat} is not the usual one",
            }
        ]

    def _nu_credit(self, company):
        """Credit limit and what is owed, in the company's currency.

        Owed: the open receivables plus sales on account of sessions whose entries are
        not posted yet.

        :return: ``(limit, balance)``
        """
        self.ensure_one()
        partner = self.commercial_partner_id.with_company(company).sudo()
        limit = partner.credit_limit if partner.use_partner_credit_limit else 0.0
        [(pending,)] = (
            self.env["pos.payment"]
            .sudo()
            ._read_group(
                [
                    ("pos_order_id.partner_id", "child_of", partner.id),
                    ("company_id", "=", company.id),
                    ("payment_method_id.journal_id", "=", False),
                    ("pos_order_id.state", "=", "paid"),
                    ("pos_order_id.account_move", "=", False),
                    ("session_id.state", "!=", "closed"),
                ],
                aggregates=["amount:sum"],
            )
        )
        return limit, partner.credit + (pending or 0.0)
