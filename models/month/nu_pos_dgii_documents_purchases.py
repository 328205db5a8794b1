"""The documents of formats 606 and 609: what was bought, here and abroad."""

from odoo import api, models
from odoo.tools import SQL

from ...fiscal.reports import countries
from .nu_pos_dgii_documents import paper_codes
from .withheld_in_month import PURCHASES, WithheldInMonth

ABROAD = "17"
#: Issued by the taxpayer to itself, which stands as the supplier.
OWN = ("13", ABROAD)

COLUMNS_606 = (
    "listed", "repeated", "type_code", "identity", "identity_type", "expense_type",
    "ncf", "modified_ncf", "modified_date", "date", "date_withheld", "date_posted",
    "services", "goods", "amount", "itbis", "itbis_withheld", "itbis_proportional",
    "itbis_cost", "itbis_credit", "isr_type", "isr_withheld", "isc", "other_taxes",
    "tip", "payment_form", "total", "amount_net", "total_net", "partner_id", "ncf_id",
    "move_id",
)  # fmt: skip
COLUMNS_609 = (
    "listed", "repeated", "type_code", "payee", "identity_type", "identity", "country",
    "service", "service_detail", "related", "ncf", "date", "date_withheld", "amount",
    "isr_withheld", "total", "amount_net", "total_net", "partner_id", "ncf_id",
    "move_id",
)  # fmt: skip


class NuPosDgiiDocuments(models.AbstractModel):
    _inherit = "nu.pos.dgii.documents"

    @api.model
    def _builders(self):
        # EXTENDS nu_restaurant_pos
        return {
            **super()._builders(),
            "606": (COLUMNS_606, self._purchases),
            "609": (COLUMNS_609, self._abroad),
        }

    @api.model
    def _purchases(self, report):
        """Rows of the 606. A receipt whose tax is withheld in a later month comes
        again in that month, with the tax."""
        return SQL(
            """
            SELECT COALESCE(b.code, '') <> '02' AND b.ncf IS NOT NULL
                       AND NOT b.is_test, b.repeated,
                   b.code, b.identity, b.identity_type, b.expense_type, b.ncf,
                   b.modified_ncf, b.modified_date, b.day, b.date_paid, b.date_posted,
                   NULLIF(b.services, 0), NULLIF(b.goods, 0), b.services + b.goods,
                   NULLIF(b.itbis, 0), NULLIF(b.itbis_withheld, 0),
                   NULLIF(b.itbis_proportional, 0), NULLIF(b.itbis_cost, 0),
                   NULLIF(b.itbis_credit, 0),
                   CASE WHEN b.isr_withheld <> 0 THEN b.isr_type END,
                   NULLIF(b.isr_withheld, 0), NULLIF(b.isc, 0),
                   NULLIF(b.other_taxes, 0), NULLIF(b.tip, 0), b.payment_form,
                   b.total, b.sign * (b.services + b.goods), b.sign * b.total,
                   b.partner_id, b.ncf_id, b.move_id
              FROM (%s) b
             ORDER BY b.day, b.ncf, b.move_id
            """,
            self._bills(report),
        )

    @api.model
    def _bills(self, report):
        """Bills and refunds of suppliers of the month, or paid with tax withheld."""
        withheld = WithheldInMonth(report, PURCHASES)
        number = SQL("COALESCE(own.name, NULLIF(trim(m.nu_supplier_ncf), ''))")
        return SQL(
            """
            SELECT m.id AS move_id, own.id AS ncf_id, %(number)s AS ncf,
                   %(test)s AS is_test,
                   COALESCE(kind.code, prefix.code) AS code,
                   m.invoice_date < %(first)s AS repeated,
                   CASE WHEN COALESCE(kind.code, '') IN %(own)s THEN %(reporter)s
                        ELSE %(identity)s END AS identity,
                   CASE WHEN COALESCE(kind.code, '') IN %(own)s THEN %(reporter_type)s
                        ELSE %(identity_type)s END AS identity_type,
                   m.nu_expense_type AS expense_type,
                   m.nu_modified_ncf AS modified_ncf,
                   m.nu_modified_date AS modified_date, m.invoice_date AS day,
                   COALESCE(withheld.day, paid.day) AS date_paid,
                   withheld.day AS date_withheld, m.date AS date_posted,
                   COALESCE(m.nu_amount_services, 0) AS services,
                   COALESCE(m.nu_amount_goods, 0) AS goods,
                   COALESCE(m.nu_amount_itbis, 0) AS itbis,
                   COALESCE(withheld.itbis, 0) AS itbis_withheld,
                   COALESCE(m.nu_amount_itbis_proportional, 0) AS itbis_proportional,
                   COALESCE(m.nu_amount_itbis_cost, 0) AS itbis_cost,
                   COALESCE(m.nu_amount_itbis_advance, 0) AS itbis_credit,
                   m.nu_isr_type AS isr_type,
                   COALESCE(withheld.isr, 0) AS isr_withheld,
                   COALESCE(m.nu_amount_isc, 0) AS isc,
                   COALESCE(m.nu_amount_other_taxes, 0) AS other_taxes,
                   COALESCE(m.nu_amount_tip, 0) AS tip,
                   CASE WHEN m.move_type = 'in_refund' THEN '06'
                        ELSE COALESCE(m.nu_payment_form, '04') END AS payment_form,
                   COALESCE(m.nu_amount_services, 0) + COALESCE(m.nu_amount_goods, 0)
                       + COALESCE(m.nu_amount_itbis, 0) + COALESCE(m.nu_amount_isc, 0)
                       + COALESCE(m.nu_amount_other_taxes, 0)
                       + COALESCE(m.nu_amount_tip, 0) AS total,
                   CASE WHEN m.invoice_date < %(first)s THEN 0
                        WHEN m.move_type = 'in_refund' THEN -1 ELSE 1 END AS sign,
                   m.partner_id, c.name AS payee, c.is_company, c.vat,
                   country.code AS country, m.nu_service_detail AS detail,
                   m.nu_related AS related
              FROM account_move m
              LEFT JOIN %(withheld)s ON withheld.move_id = m.id
              LEFT JOIN nu_pos_ncf own ON own.id = m.nu_ncf_id
              LEFT JOIN %(types)s ON kind.id = own.document_type_id
              LEFT JOIN (VALUES %(prefixes)s) AS prefix (prefix, code)
                     ON prefix.prefix = left(upper(trim(m.nu_supplier_ncf)), 3)
              LEFT JOIN res_partner p ON p.id = m.partner_id
              LEFT JOIN res_partner c ON c.id = p.commercial_partner_id
              LEFT JOIN res_country country ON country.id = c.country_id
              LEFT JOIN LATERAL (
                    SELECT max(part.max_date) AS day
                      FROM account_move_line due
                      JOIN account_account account ON account.id = due.account_id
                       AND account.account_type = 'liability_payable'
                      JOIN account_partial_reconcile part
                        ON part.credit_move_id = due.id
                     WHERE due.move_id = m.id AND part.max_date <= %(last)s
              ) paid ON m.move_type = 'in_invoice'
             WHERE m.company_id = %(company)s AND m.state = 'posted'
               AND m.move_type IN ('in_invoice', 'in_refund')
               AND (m.invoice_date BETWEEN %(first)s AND %(last)s
                    OR (m.id IN %(later)s AND m.invoice_date < %(first)s))
            """,
            number=number,
            test=self._is_test("own"),
            own=OWN,
            reporter=report._reporter() or None,
            reporter_type="2" if len(report._reporter() or "") == 11 else "1",
            identity=self._identity(),
            identity_type=self._identity_type(),
            withheld=withheld.table(),
            later=withheld.ids,
            types=self._types(),
            prefixes=SQL(", ").join(
                SQL("(%s, %s)", *item) for item in paper_codes().items()
            ),
            company=report.company_id.id,
            first=report.date_from,
            last=report.date_to,
        )

    @api.model
    def _abroad(self, report):
        """Rows of the 609: payments abroad (B17, E47)."""
        letters = report._settings().country_letters
        return SQL(
            """
            SELECT NOT b.is_test, b.repeated, b.code, left(b.payee, 50),
                   CASE WHEN b.is_company THEN '2' ELSE '1' END, left(b.vat, 50),
                   land.code, '0' || left(b.detail, 1), b.detail,
                   CASE WHEN b.related THEN '1' ELSE '0' END, b.ncf, b.day,
                   b.date_withheld, b.services + b.goods, NULLIF(b.isr_withheld, 0),
                   b.total, b.sign * (b.services + b.goods), b.sign * b.total,
                   b.partner_id, b.ncf_id, b.move_id
              FROM (%(bills)s) b
              LEFT JOIN (VALUES %(countries)s) AS land (alpha_2, code)
                     ON land.alpha_2 = b.country
             WHERE b.code = %(abroad)s
             ORDER BY b.day, b.ncf, b.move_id
            """,
            bills=self._bills(report),
            countries=SQL(", ").join(
                SQL("(%s, %s)", *item) for item in countries.table(letters=letters)
            ),
            abroad=ABROAD,
        )
