"""Which documents a month has: one statement for each format."""

from odoo import api, models
from odoo.tools import SQL

from ..fiscal.calendar import day_bounds_utc
from ..fiscal.document_types import DOCUMENT_TYPES
from ..fiscal.reports import countries
from .nu_pos_order_wire import PAID_STATES

#: Codes of series B that a seller issues, and those a buyer issues to itself.
SOLD = ("01", "02", "03", "04", "12", "14", "15", "16")
ABROAD = "17"
#: Issued by the taxpayer to itself, which stands as the supplier.
OWN = ("13", ABROAD)

COLUMNS_607 = (
    "listed", "repeated", "type_code", "identity", "identity_type", "ncf",
    "modified_ncf", "modified_date", "income_type", "date", "date_withheld",
    "date_posted", "amount", "itbis", "itbis_withheld", "isr_withheld", "isc",
    "other_taxes", "tip", "cash", "bank", "card", "credit", "voucher", "barter",
    "other_form", "total", "amount_net", "total_net", "partner_id", "ncf_id",
    "order_id", "move_id", "config_id",
)  # fmt: skip
COLUMNS_606 = (
    "listed", "repeated", "type_code", "identity", "identity_type", "expense_type",
    "ncf", "modified_ncf", "modified_date", "date", "date_withheld", "date_posted",
    "services", "goods", "amount", "itbis", "itbis_withheld", "itbis_proportional",
    "itbis_cost", "itbis_credit", "isr_type", "isr_withheld", "isc", "other_taxes",
    "tip", "payment_form", "total", "amount_net", "total_net", "partner_id", "ncf_id",
    "move_id",
)  # fmt: skip
COLUMNS_608 = (
    "listed", "type_code", "ncf", "date", "reason", "ncf_id", "order_id", "move_id",
    "config_id",
)  # fmt: skip
COLUMNS_609 = (
    "listed", "repeated", "type_code", "payee", "identity_type", "identity", "country",
    "service", "service_detail", "related", "ncf", "date", "date_withheld", "amount",
    "isr_withheld", "total", "amount_net", "total_net", "partner_id", "ncf_id",
    "move_id",
)  # fmt: skip


def paper_codes():
    """``{prefix: code of series B}`` of both series."""
    return {
        prefix: (kind.twin[1:] if kind.electronic else kind.code)
        for prefix, kind in DOCUMENT_TYPES.items()
    }


class NuPosDgiiDocuments(models.AbstractModel):
    """The documents of a company and a month, as SQL.

    A sale is found by its number in the ledger, and by nothing else: an order and its
    invoice carry the same number, the entry of a closed session has none. So no sale
    counts twice, and a sale without number is not in a report but among its problems.

    The day of a till's sale is that of its number in Santo Domingo; of a document of
    the back office, its date.
    """

    _name = "nu.pos.dgii.documents"
    _description = "Documents of a month, for DGII"

    @api.model
    def _of(self, report):
        """``(columns, SQL)`` of the rows of a report, in the order of its file."""
        columns, build = {
            "606": (COLUMNS_606, self._purchases),
            "607": (COLUMNS_607, self._sales),
            "608": (COLUMNS_608, self._annulled),
            "609": (COLUMNS_609, self._abroad),
        }[report.format]
        return columns, build(report)

    @api.model
    def _types(self, codes=None):
        """A VALUES list (id, code of series B) of the fiscal types."""
        wanted = paper_codes()
        types = (
            self.env["l10n_latam.document.type"]
            .sudo()
            .with_context(active_test=False)
            .search([("nu_series", "!=", False)])
        )
        rows = [
            SQL("(%s, %s)", kind.id, wanted[kind.doc_code_prefix])
            for kind in types
            if kind.doc_code_prefix in wanted
            and (codes is None or wanted[kind.doc_code_prefix] in codes)
        ]
        return SQL("(VALUES %s) AS kind (id, code)", SQL(", ").join(rows))

    @api.model
    def _identity(self, partner="c"):
        """SQL of the letters and digits of a contact's RNC or cédula; else of a
        passport."""
        return SQL(
            "COALESCE(%s, left(%s, 20))",
            self._clean(partner, "vat"),
            self._clean(partner, "nu_foreign_id"),
        )

    @api.model
    def _clean(self, partner, name):
        return SQL(
            "NULLIF(regexp_replace(%s.%s, '[^0-9A-Za-z]', '', 'g'), '')",
            SQL.identifier(partner),
            SQL.identifier(name),
        )

    @api.model
    def _identity_type(self, partner="c"):
        """SQL of column 2: 1 RNC, 2 cédula, 3 passport or identity of another
        country."""
        home = self.env.ref("base.do").id
        return SQL(
            """
            CASE WHEN %(vat)s IS NULL AND %(foreign_id)s IS NULL THEN NULL
                 WHEN %(vat)s IS NULL
                   OR COALESCE(%(p)s.country_id, %(home)s) <> %(home)s THEN '3'
                 WHEN length(%(vat)s) = 11 THEN '2'
                 ELSE '1'
            END
            """,
            p=SQL.identifier(partner),
            vat=self._clean(partner, "vat"),
            foreign_id=self._clean(partner, "nu_foreign_id"),
            home=home,
        )

    # -- 607 ---------------------------------------------------------------------------

    @api.model
    def _sales(self, report):
        """Rows of the 607 and its consumer receipts."""
        settings = report._settings()
        measure = SQL(
            "amount + itbis + isc + other_taxes + tip"
            if settings.threshold_with_taxes
            else "amount"
        )
        return SQL(
            """
            WITH doc AS MATERIALIZED (%(till)s UNION ALL %(office)s)
            SELECT code <> '02' OR %(measure)s >= %(threshold)s,
                   repeated, code, identity, identity_type, ncf, modified_ncf,
                   modified_date, income_type, day, date_withheld, date_posted,
                   amount, itbis, NULLIF(itbis_withheld, 0), NULLIF(isr_withheld, 0),
                   NULLIF(isc, 0), NULLIF(other_taxes, 0), NULLIF(tip, 0),
                   NULLIF(cash, 0), NULLIF(bank, 0), NULLIF(card, 0),
                   NULLIF(credit, 0), NULLIF(voucher, 0), NULL::numeric,
                   NULLIF(other_form, 0),
                   amount + itbis + isc + other_taxes + tip,
                   CASE WHEN repeated THEN 0 WHEN code = '04' THEN -amount
                        ELSE amount END,
                   CASE WHEN repeated THEN 0 ELSE
                   (amount + itbis + isc + other_taxes + tip)
                   * CASE WHEN code = '04' THEN -1 ELSE 1 END END,
                   partner_id, ncf_id, order_id, move_id, config_id
              FROM doc
             ORDER BY day, ncf
            """,
            till=self._till_sales(report),
            office=self._office_sales(report),
            measure=measure,
            threshold=settings.consumer_threshold,
        )

    @api.model
    def _till_sales(self, report):
        """Paid orders with a number, invoiced or not."""
        return SQL(
            """
            SELECT kind.code, FALSE AS repeated, %(identity)s AS identity,
                   %(identity_type)s AS identity_type, n.name AS ncf,
                   original.name AS modified_ncf,
                   original.date_issued_day AS modified_date,
                   COALESCE(m.nu_income_type, '01') AS income_type,
                   n.date_issued_day AS day, %(withheld_day)s AS date_withheld,
                   COALESCE(m.date, entry.date) AS date_posted,
                   abs(o.amount_total - o.amount_tax) AS amount,
                   abs(COALESCE(o.nu_amount_itbis, 0)) AS itbis,
                   CASE WHEN %(withheld_day)s IS NULL THEN 0
                        ELSE COALESCE(m.nu_amount_itbis_withheld, 0)
                   END AS itbis_withheld,
                   CASE WHEN %(withheld_day)s IS NULL THEN 0
                        ELSE COALESCE(m.nu_amount_isr_withheld, 0)
                   END AS isr_withheld,
                   COALESCE(m.nu_amount_isc, 0) AS isc,
                   abs(o.amount_tax) - abs(COALESCE(o.nu_amount_itbis, 0))
                       - abs(COALESCE(o.nu_amount_tip, 0))
                       - COALESCE(m.nu_amount_isc, 0) AS other_taxes,
                   abs(COALESCE(o.nu_amount_tip, 0)) AS tip,
                   pay.cash + pay.rounding AS cash, pay.bank,
                   pay.card, pay.credit, pay.voucher, pay.other_form,
                   o.partner_id, n.id AS ncf_id, o.id AS order_id, m.id AS move_id,
                   COALESCE(session.config_id, n.config_id) AS config_id
              FROM nu_pos_ncf n
              JOIN %(types)s ON kind.id = n.document_type_id
              JOIN pos_order o ON o.id = n.order_id AND o.state IN %(paid)s
              LEFT JOIN pos_session session ON session.id = o.session_id
              LEFT JOIN account_move entry
                     ON entry.id = session.move_id AND entry.state = 'posted'
                    AND o.account_move IS NULL
              LEFT JOIN account_move m
                     ON m.id = o.account_move AND m.state = 'posted'
              LEFT JOIN res_partner p ON p.id = o.partner_id
              LEFT JOIN res_partner c ON c.id = p.commercial_partner_id
              LEFT JOIN LATERAL (
                    SELECT note.name, note.date_issued_day
                      FROM pos_order_line back
                      JOIN pos_order_line sold ON sold.id = back.refunded_orderline_id
                      JOIN pos_order first ON first.id = sold.order_id
                      JOIN nu_pos_ncf note ON note.id = first.nu_ncf_id
                     WHERE back.order_id = o.id AND kind.code IN ('03', '04')
                     LIMIT 1
              ) original ON TRUE
              LEFT JOIN (%(payments)s) pay
                     ON pay.order_id = o.id AND kind.code <> '04'
             WHERE n.company_id = %(company)s AND n.state = 'issued'
               AND n.date_issued_day BETWEEN %(first)s AND %(last)s
            """,
            identity=self._identity(),
            identity_type=self._identity_type(),
            withheld_day=self._withheld_day(report, "m"),
            types=self._types(SOLD),
            paid=PAID_STATES,
            payments=self._till_payments(report),
            company=report.company_id.id,
            first=report.date_from,
            last=report.date_to,
        )

    @api.model
    def _withheld_day(self, report, alias):
        return SQL(
            "CASE WHEN %(m)s.nu_date_withheld BETWEEN %(first)s AND %(last)s "
            "THEN %(m)s.nu_date_withheld END",
            m=SQL.identifier(alias),
            first=report.date_from,
            last=report.date_to,
        )

    @api.model
    def _till_payments(self, report):
        """Payments of the month's orders by form. Change is a negative row of cash;
        what is left negative was given back of another form. What cash rounds away
        stays in cash, as the receipt has it."""
        return SQL(
            """
            SELECT order_id, GREATEST(cash, 0) AS cash,
                   bank + CASE WHEN card = 0 THEN LEAST(cash, 0) ELSE 0 END AS bank,
                   card + CASE WHEN card <> 0 THEN LEAST(cash, 0) ELSE 0 END AS card,
                   credit, voucher, other_form, rounding
              FROM (
                SELECT o.id AS order_id,
                       COALESCE(SUM(paid.amount) FILTER (WHERE form.kind = 'cash'), 0)
                           AS cash,
                       COALESCE(SUM(paid.amount)
                           FILTER (WHERE form.kind = 'transfer'), 0) AS bank,
                       COALESCE(SUM(paid.amount) FILTER (WHERE form.kind = 'card'), 0)
                           AS card,
                       COALESCE(SUM(paid.amount)
                           FILTER (WHERE form.kind = 'credit'), 0) AS credit,
                       COALESCE(SUM(paid.amount)
                           FILTER (WHERE form.kind = 'voucher'), 0) AS voucher,
                       COALESCE(SUM(paid.amount)
                           FILTER (WHERE form.kind = 'other'), 0) AS other_form,
                       CASE WHEN bool_or(form.rounds)
                            THEN o.amount_total - SUM(paid.amount) ELSE 0
                       END AS rounding
                  FROM nu_pos_ncf n
                  JOIN pos_order o ON o.id = n.order_id
                  JOIN pos_payment paid ON paid.pos_order_id = o.id
                  JOIN (%(forms)s) form ON form.id = paid.payment_method_id
                 WHERE n.company_id = %(company)s AND n.state = 'issued'
                   AND n.date_issued_day BETWEEN %(first)s AND %(last)s
                 GROUP BY o.id
              ) sums
            """,
            forms=self._forms(),
            company=report.company_id.id,
            first=report.date_from,
            last=report.date_to,
        )

    @api.model
    def _forms(self):
        """The kind of each payment method, as ``pos.payment.method._nu_api_type``."""
        return SQL(
            """
            SELECT method.id,
                   COALESCE(method.nu_kind, CASE journal.type WHEN 'cash' THEN 'cash'
                            WHEN 'bank' THEN 'card' ELSE 'credit' END) AS kind,
                   EXISTS (SELECT 1
                             FROM pos_config_pos_payment_method_rel of_register
                             JOIN pos_config register
                               ON register.id = of_register.pos_config_id
                            WHERE of_register.pos_payment_method_id = method.id
                              AND register.cash_rounding) AS rounds
              FROM pos_payment_method method
              LEFT JOIN account_journal journal ON journal.id = method.journal_id
            """
        )

    @api.model
    def _office_sales(self, report):
        """Invoices and notes of the back office: numbered, of no order."""
        return SQL(
            """
            SELECT kind.code, m.invoice_date < %(first)s AS repeated, %(identity)s,
                   %(identity_type)s, n.name, m.nu_modified_ncf, m.nu_modified_date,
                   COALESCE(m.nu_income_type, '01'), m.invoice_date, %(withheld_day)s,
                   m.date, sums.amount, sums.itbis,
                   CASE WHEN %(withheld_day)s IS NULL THEN 0
                        ELSE COALESCE(m.nu_amount_itbis_withheld, 0) END,
                   CASE WHEN %(withheld_day)s IS NULL THEN 0
                        ELSE COALESCE(m.nu_amount_isr_withheld, 0) END,
                   sums.isc, sums.other_taxes, sums.tip,
                   pay.cash, pay.bank, pay.card,
                   CASE WHEN kind.code <> '04'
                        THEN sums.amount + sums.itbis + sums.isc + sums.other_taxes
                             + sums.tip - pay.cash - pay.bank - pay.card END,
                   NULL::numeric, NULL::numeric,
                   m.partner_id, n.id, NULL::integer, m.id, NULL::integer
              FROM account_move m
              JOIN nu_pos_ncf n ON n.id = m.nu_ncf_id AND n.state = 'issued'
                               AND n.order_id IS NULL
              JOIN %(types)s ON kind.id = n.document_type_id
              LEFT JOIN res_partner p ON p.id = m.partner_id
              LEFT JOIN res_partner c ON c.id = p.commercial_partner_id
              CROSS JOIN LATERAL (
                    SELECT abs(m.amount_untaxed_signed) AS amount,
                           COALESCE(m.nu_amount_itbis, 0) AS itbis,
                           COALESCE(m.nu_amount_isc, 0) AS isc,
                           COALESCE(m.nu_amount_other_taxes, 0) AS other_taxes,
                           COALESCE(m.nu_amount_tip, 0) AS tip
              ) sums
              LEFT JOIN LATERAL (
                    SELECT COALESCE(SUM(part.amount)
                               FILTER (WHERE journal.type = 'cash'), 0) AS cash,
                           COALESCE(SUM(part.amount)
                               FILTER (WHERE journal.type = 'bank'), 0) AS bank,
                           COALESCE(SUM(part.amount)
                               FILTER (WHERE journal.type = 'credit'), 0) AS card
                      FROM account_move_line due
                      JOIN account_account account ON account.id = due.account_id
                       AND account.account_type = 'asset_receivable'
                      JOIN account_partial_reconcile part
                        ON part.debit_move_id = due.id AND part.max_date <= %(last)s
                      JOIN account_move_line settled ON settled.id = part.credit_move_id
                      JOIN account_journal journal ON journal.id = settled.journal_id
                     WHERE due.move_id = m.id
              ) pay ON kind.code <> '04'
             WHERE m.company_id = %(company)s AND m.state = 'posted'
               AND m.move_type IN ('out_invoice', 'out_refund')
               AND (m.invoice_date BETWEEN %(first)s AND %(last)s
                    OR (m.nu_date_withheld BETWEEN %(first)s AND %(last)s
                        AND m.invoice_date < %(first)s))
            """,
            identity=self._identity(),
            identity_type=self._identity_type(),
            withheld_day=self._withheld_day(report, "m"),
            types=self._types(SOLD),
            company=report.company_id.id,
            first=report.date_from,
            last=report.date_to,
        )

    # -- 606 and 609 -------------------------------------------------------------------

    @api.model
    def _purchases(self, report):
        """Rows of the 606. A receipt whose tax is withheld in a later month comes
        again in that month, with the tax."""
        return SQL(
            """
            SELECT COALESCE(b.code, '') <> '02' AND b.ncf IS NOT NULL, b.repeated,
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
        number = SQL("COALESCE(own.name, NULLIF(trim(m.nu_supplier_ncf), ''))")
        return SQL(
            """
            SELECT m.id AS move_id, own.id AS ncf_id, %(number)s AS ncf,
                   COALESCE(kind.code, prefix.code) AS code,
                   m.invoice_date < %(first)s AS repeated,
                   CASE WHEN COALESCE(kind.code, '') IN %(own)s THEN %(reporter)s
                        ELSE %(identity)s END AS identity,
                   CASE WHEN COALESCE(kind.code, '') IN %(own)s THEN %(reporter_type)s
                        ELSE %(identity_type)s END AS identity_type,
                   m.nu_expense_type AS expense_type,
                   m.nu_modified_ncf AS modified_ncf,
                   m.nu_modified_date AS modified_date, m.invoice_date AS day,
                   COALESCE(%(withheld_day)s, paid.day) AS date_paid,
                   %(withheld_day)s AS date_withheld, m.date AS date_posted,
                   COALESCE(m.nu_amount_services, 0) AS services,
                   COALESCE(m.nu_amount_goods, 0) AS goods,
                   COALESCE(m.nu_amount_itbis, 0) AS itbis,
                   CASE WHEN %(withheld_day)s IS NULL THEN 0
                        ELSE COALESCE(m.nu_amount_itbis_withheld, 0)
                   END AS itbis_withheld,
                   COALESCE(m.nu_amount_itbis_proportional, 0) AS itbis_proportional,
                   COALESCE(m.nu_amount_itbis_cost, 0) AS itbis_cost,
                   COALESCE(m.nu_amount_itbis_advance, 0) AS itbis_credit,
                   m.nu_isr_type AS isr_type,
                   CASE WHEN %(withheld_day)s IS NULL THEN 0
                        ELSE COALESCE(m.nu_amount_isr_withheld, 0)
                   END AS isr_withheld,
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
                    OR (m.nu_date_withheld BETWEEN %(first)s AND %(last)s
                        AND m.invoice_date < %(first)s))
            """,
            number=number,
            own=OWN,
            reporter=report._reporter() or None,
            reporter_type="2" if len(report._reporter() or "") == 11 else "1",
            identity=self._identity(),
            identity_type=self._identity_type(),
            withheld_day=self._withheld_day(report, "m"),
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
            SELECT TRUE, b.repeated, b.code, left(b.payee, 50),
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

    # -- 608 ---------------------------------------------------------------------------

    @api.model
    def _annulled(self, report):
        """Rows of the 608: numbers annulled in the month. Their date is the receipt's,
        or the day of annulment where that is of another month or never was."""
        start, _end = day_bounds_utc(report.date_from)
        _start, end = day_bounds_utc(report.date_to)
        return SQL(
            """
            SELECT %(electronic)s OR n.name LIKE 'B%%', kind.code, n.name,
                   CASE WHEN n.date_issued_day BETWEEN %(first)s AND %(last)s
                        THEN n.date_issued_day
                        ELSE (n.date_voided AT TIME ZONE 'UTC'
                              AT TIME ZONE 'America/Santo_Domingo')::date END AS day,
                   n.void_reason, n.id, n.order_id, m.id, n.config_id
              FROM nu_pos_ncf n
              JOIN %(types)s ON kind.id = n.document_type_id
              LEFT JOIN account_move m ON m.nu_ncf_id = n.id
             WHERE n.company_id = %(company)s AND n.state = 'voided'
               AND n.date_voided >= %(start)s AND n.date_voided < %(end)s
             ORDER BY day, n.name
            """,
            electronic=report._settings().electronic_annulments,
            types=self._types(),
            company=report.company_id.id,
            first=report.date_from,
            last=report.date_to,
            start=start,
            end=end,
        )
