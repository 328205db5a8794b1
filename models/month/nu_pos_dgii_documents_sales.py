"""The documents of format 607: what was sold, and how it was paid."""

from odoo import api, models
from odoo.tools import SQL

from ..numbers.nu_pos_ncf import REPLACEMENT
from ..sale.pos_order_amounts import LARGEST_COIN, PAYS_APART, signed_sql
from ..sale.pos_order_wire import PAID_STATES
from .nu_pos_dgii_documents import SOLD
from .withheld_in_month import SALES, WithheldInMonth

COLUMNS_607 = (
    "listed", "repeated", "type_code", "identity", "identity_type", "ncf",
    "modified_ncf", "modified_date", "income_type", "date", "date_withheld",
    "date_posted", "amount", "itbis", "itbis_withheld", "isr_withheld", "isc",
    "other_taxes", "tip", "cash", "bank", "card", "credit", "voucher", "barter",
    "other_form", "total", "amount_net", "total_net", "partner_id", "ncf_id",
    "order_id", "move_id", "config_id",
)  # fmt: skip

#: Columns 17 to 23.
COLUMNS_607_FORMS = (
    "cash", "bank", "card", "credit", "voucher", "barter", "other_form",
)  # fmt: skip
#: Column by form of payment.
COLUMN_OF_FORM = {
    "cash": "cash", "transfer": "bank", "card": "card", "credit": "credit",
    "voucher": "voucher", "barter": "barter", "other": "other_form",
}  # fmt: skip


#: How a payment was made, whatever its method is called by now.
PAID_BY = SQL("COALESCE(paid.nu_kind, form.kind)")


class NuPosDgiiDocuments(models.AbstractModel):
    _inherit = "nu.pos.dgii.documents"

    @api.model
    def _builders(self):
        # EXTENDS nu_restaurant_pos
        return {**super()._builders(), "607": (COLUMNS_607, self._sales)}

    @api.model
    def _sales(self, report):
        """Rows of the 607 and its consumer receipts."""
        settings = report._settings()
        withheld = WithheldInMonth(report, SALES)
        measure = SQL(
            "amount + itbis + isc + other_taxes + tip"
            if settings.threshold_with_taxes
            else "amount"
        )
        return SQL(
            """
            WITH doc AS MATERIALIZED (
                %(till)s UNION ALL %(till_again)s UNION ALL %(office)s
            )
            SELECT (code <> '02' OR %(measure)s >= %(threshold)s)
                       AND (%(electronic)s OR ncf LIKE 'B%%'),
                   repeated, code, identity, identity_type, ncf, modified_ncf,
                   modified_date, income_type, day, date_withheld, date_posted,
                   amount, itbis, NULLIF(itbis_withheld, 0), NULLIF(isr_withheld, 0),
                   NULLIF(isc, 0), NULLIF(other_taxes, 0), NULLIF(tip, 0),
                   %(forms)s,
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
            till=self._till_sales(report, withheld),
            till_again=self._till_sales(report, withheld, again=True),
            office=self._office_sales(report, withheld),
            forms=SQL(", ").join(map(self._form_of_sale, COLUMNS_607_FORMS)),
            measure=measure,
            threshold=settings.consumer_threshold,
            electronic=settings.electronic_sales,
        )

    @api.model
    def _form_of_sale(self, name):
        """SQL of one of columns 17 to 23: what was paid by this form of what is
        invoiced. Vouchers and tips that were sold are taken off the forms in turn, a
        voucher redeemed by a line pays; the rule of ``pos.order._nu_paid_by_form``."""
        columns = [COLUMN_OF_FORM[form] for form in PAYS_APART]
        earlier = columns[: columns.index(name)]
        paid = SQL(" + ").join(
            [SQL("0"), *(SQL("COALESCE(%s, 0)", SQL.identifier(c)) for c in earlier)]
        )
        return SQL(
            "NULLIF(COALESCE(%(form)s, 0) - LEAST(GREATEST(COALESCE(%(form)s, 0), 0), "
            "GREATEST(apart - (%(paid)s), 0)) + %(redeemed)s, 0)",
            form=SQL.identifier(name),
            paid=paid,
            redeemed=SQL("redeemed") if name == "voucher" else SQL("0"),
        )

    @api.model
    def _apart(self):
        """SQL of what each order has that is not invoiced: ``(order_id, net, sold,
        redeemed)``, signed as the order's lines are."""
        return SQL(
            """
            SELECT order_id, SUM(amount) AS net,
                   SUM(GREATEST(amount, 0)) AS sold, -SUM(LEAST(amount, 0)) AS redeemed
              FROM (SELECT line.order_id, %s AS amount
                      FROM pos_order_line line WHERE line.nu_is_not_invoiced) line
             GROUP BY order_id
            """,
            signed_sql("line", "price_subtotal"),
        )

    @api.model
    def _numbers(self, report, later=None):
        """The condition on ``nu_pos_ncf n`` for the numbers of a month's sales.

        The e-CF in the place of a receipt of a contingency (CodigoModificacion 4) is
        no other sale: the buyer has the receipt, which stays in the month of its date;
        DGII has the e-CF itself (Decreto 587-24 arts. 40-43). One that was signed for
        a test environment is none.

        :param later: ids of those of earlier months, whose tax was withheld in this
            one, instead. They are few, and named: a long history is not looked through
            for them
        """
        if later is None:
            which = SQL(
                "n.date_issued_day BETWEEN %s AND %s", report.date_from, report.date_to
            )
        else:
            which = SQL("n.id IN %s", tuple(later)) if later else SQL("FALSE")
        return SQL(
            "n.company_id = %s AND n.state = 'issued' AND n.kind <> %s AND %s "
            "AND NOT %s",
            report.company_id.id,
            REPLACEMENT,
            which,
            self._is_test(),
        )

    @api.model
    def _till_sales(self, report, withheld, again=False):
        """Paid orders with a number, invoiced or not.

        :param again: those of earlier months, whose tax was withheld in this one
        """
        later = withheld.numbers() if again else None
        numbers = self._numbers(report, later)
        return SQL(
            """
            SELECT kind.code, %(again)s AS repeated, %(identity)s AS identity,
                   %(identity_type)s AS identity_type, n.name AS ncf,
                   original.name AS modified_ncf,
                   original.date_issued_day AS modified_date,
                   COALESCE(m.nu_income_type, '01') AS income_type,
                   n.date_issued_day AS day, withheld.day AS date_withheld,
                   COALESCE(m.date, entry.date) AS date_posted,
                   (o.amount_total - o.amount_tax - COALESCE(apart.net, 0))
                       * document.sign AS amount,
                   COALESCE(o.nu_amount_itbis, 0) * document.sign AS itbis,
                   COALESCE(withheld.itbis, 0) AS itbis_withheld,
                   COALESCE(withheld.isr, 0) AS isr_withheld,
                   COALESCE(m.nu_amount_isc, 0) AS isc,
                   (o.amount_tax - COALESCE(o.nu_amount_itbis, 0)
                       - COALESCE(o.nu_amount_tip, 0)) * document.sign
                       - COALESCE(m.nu_amount_isc, 0) AS other_taxes,
                   COALESCE(o.nu_amount_tip, 0) * document.sign AS tip,
                   pay.cash, pay.bank, pay.card, pay.credit, pay.voucher, pay.barter,
                   pay.other_form,
                   CASE WHEN kind.code = '04' THEN 0 ELSE COALESCE(apart.sold, 0)
                   END AS apart,
                   CASE WHEN kind.code = '04' THEN 0 ELSE COALESCE(apart.redeemed, 0)
                   END AS redeemed,
                   o.partner_id, n.id AS ncf_id, o.id AS order_id, m.id AS move_id,
                   COALESCE(session.config_id, n.config_id) AS config_id
              FROM nu_pos_ncf n
              JOIN %(types)s ON kind.id = n.document_type_id
              JOIN pos_order o ON o.id = n.order_id AND o.state IN %(paid)s
              -- a note tells what it takes back as a positive amount
              CROSS JOIN LATERAL (
                    SELECT CASE WHEN kind.code = '04' THEN -1 ELSE 1 END AS sign
              ) document
              LEFT JOIN pos_session session ON session.id = o.session_id
              LEFT JOIN account_move entry
                     ON entry.id = session.move_id AND entry.state = 'posted'
                    AND o.account_move IS NULL
              LEFT JOIN account_move m
                     ON m.id = o.account_move AND m.state = 'posted'
              LEFT JOIN %(withheld)s ON withheld.move_id = m.id
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
              LEFT JOIN (%(apart)s) apart ON apart.order_id = o.id
             WHERE %(numbers)s
            """,
            again=again,
            identity=self._identity("o"),
            identity_type=self._identity_type("o"),
            withheld=withheld.table(),
            types=self._types(SOLD),
            paid=PAID_STATES,
            payments=self._till_payments(numbers),
            apart=self._apart(),
            numbers=numbers,
        )

    @api.model
    def _till_payments(self, numbers):
        """Payments of the month's orders by form, adding up to the total of each; the
        rule of ``pos.order._nu_paid_by_form``. What cash rounded is what was paid less
        the total of the sale, whatever the register rounds today."""
        kinds = ("cash", "transfer", "card", "credit", "voucher", "barter", "other")
        sums = SQL(", ").join(
            SQL(
                "COALESCE(SUM(paid.amount) FILTER (WHERE %s = %s), 0) AS %s",
                PAID_BY,
                kind,
                SQL.identifier(kind),
            )
            for kind in kinds
        )
        columns = SQL(", ").join(
            SQL(
                "%(kind)s + CASE WHEN place = %(name)s THEN spare ELSE 0 END "
                "AS %(column)s",
                kind=SQL.identifier("kept" if kind == "cash" else kind),
                name=kind,
                column=SQL.identifier(
                    {"transfer": "bank", "other": "other_form"}.get(kind, kind)
                ),
            )
            for kind in kinds
        )
        return SQL(
            """
            SELECT order_id, %(columns)s
              FROM (
                SELECT *, cash + rounding - kept AS spare,
                       CASE greatest(card, transfer, credit, voucher, barter, other, 0)
                            WHEN 0 THEN 'cash' WHEN card THEN 'card'
                            WHEN transfer THEN 'transfer' WHEN credit THEN 'credit'
                            WHEN voucher THEN 'voucher' WHEN barter THEN 'barter'
                            ELSE 'other' END AS place
                  FROM (
                    SELECT *, CASE WHEN cash > 0 THEN greatest(cash + rounding, 0)
                                   ELSE 0 END AS kept
                      FROM (
                        SELECT o.id AS order_id, %(sums)s,
                               CASE WHEN abs(o.amount_total - o.amount_paid) <= %(coin)s
                                    THEN o.amount_total - o.amount_paid ELSE 0
                               END AS rounding
                          FROM nu_pos_ncf n
                          JOIN pos_order o ON o.id = n.order_id
                          JOIN pos_payment paid ON paid.pos_order_id = o.id
                          JOIN (%(forms)s) form ON form.id = paid.payment_method_id
                         WHERE %(numbers)s
                         GROUP BY o.id
                      ) taken
                  ) rounded
              ) placed
            """,
            columns=columns,
            sums=sums,
            coin=LARGEST_COIN,
            forms=self._forms(),
            numbers=numbers,
        )

    @api.model
    def _forms(self):
        """The kind of each payment method, as ``pos.payment.method._nu_api_type``: of
        payments that do not know their own, from before they did."""
        return SQL(
            """
            SELECT method.id,
                   COALESCE(method.nu_kind, CASE journal.type WHEN 'cash' THEN 'cash'
                            WHEN 'bank' THEN 'card' ELSE 'credit' END) AS kind
              FROM pos_payment_method method
              LEFT JOIN account_journal journal ON journal.id = method.journal_id
            """
        )

    @api.model
    def _office_sales(self, report, withheld):
        """Invoices and notes of the back office: numbered, of no order."""
        return SQL(
            """
            SELECT kind.code, m.invoice_date < %(first)s AS repeated, %(identity)s,
                   %(identity_type)s, n.name, m.nu_modified_ncf, m.nu_modified_date,
                   COALESCE(m.nu_income_type, '01'), m.invoice_date, withheld.day,
                   m.date, sums.amount, sums.itbis,
                   COALESCE(withheld.itbis, 0), COALESCE(withheld.isr, 0),
                   sums.isc, sums.other_taxes, sums.tip,
                   pay.cash, pay.bank, pay.card,
                   CASE WHEN kind.code <> '04'
                        THEN sums.total + sums.apart - pay.cash - pay.bank - pay.card
                             - pay.voucher - pay.barter - pay.other_form END,
                   pay.voucher, pay.barter, pay.other_form,
                   CASE WHEN kind.code = '04' THEN 0 ELSE GREATEST(sums.apart, 0) END,
                   CASE WHEN kind.code = '04' THEN 0 ELSE GREATEST(-sums.apart, 0) END,
                   m.partner_id, n.id, NULL::integer, m.id, NULL::integer
              FROM account_move m
              JOIN nu_pos_ncf n ON n.id = m.nu_ncf_id AND n.state = 'issued'
                               AND n.order_id IS NULL AND NOT %(test)s
              JOIN %(types)s ON kind.id = n.document_type_id
              LEFT JOIN %(withheld)s ON withheld.move_id = m.id
              LEFT JOIN res_partner p ON p.id = m.partner_id
              LEFT JOIN res_partner c ON c.id = p.commercial_partner_id
              CROSS JOIN LATERAL (
                    SELECT CASE WHEN m.move_type = 'out_refund' THEN -1 ELSE 1 END
                        AS sign
              ) document
              CROSS JOIN LATERAL (
                    SELECT m.amount_untaxed_signed * document.sign
                               - COALESCE(m.nu_amount_not_invoiced, 0) AS amount,
                           COALESCE(m.nu_amount_not_invoiced, 0) AS apart,
                           COALESCE(m.nu_amount_itbis, 0) AS itbis,
                           COALESCE(m.nu_amount_isc, 0) AS isc,
                           COALESCE(m.nu_amount_other_taxes, 0) AS other_taxes,
                           COALESCE(m.nu_amount_tip, 0) AS tip,
                           m.amount_untaxed_signed * document.sign
                               - COALESCE(m.nu_amount_not_invoiced, 0)
                               + COALESCE(m.nu_amount_itbis, 0)
                               + COALESCE(m.nu_amount_isc, 0)
                               + COALESCE(m.nu_amount_other_taxes, 0)
                               + COALESCE(m.nu_amount_tip, 0) AS total
              ) sums
              LEFT JOIN LATERAL (%(payments)s) pay ON kind.code <> '04'
             WHERE m.company_id = %(company)s AND m.state = 'posted'
               AND m.move_type IN ('out_invoice', 'out_refund')
               AND (m.invoice_date BETWEEN %(first)s AND %(last)s
                    OR (m.id IN %(later)s AND m.invoice_date < %(first)s))
            """,
            identity=self._identity("m"),
            identity_type=self._identity_type("m"),
            withheld=withheld.table(),
            later=withheld.ids,
            types=self._types(SOLD),
            payments=self._office_payments(report),
            test=self._is_test(),
            company=report.company_id.id,
            first=report.date_from,
            last=report.date_to,
        )

    @api.model
    def _office_payments(self, report):
        """What was paid of the invoice ``m`` until the end of the month, by form.

        The columns tell the price with its taxes: what the buyer withheld of it, by a
        tax of the invoice (then nobody owes it) or by an entry of its own, is told
        with the form that most was paid by.
        """
        return SQL(
            """
            SELECT COALESCE(SUM(amount) FILTER (WHERE kind = 'cash'), 0) AS cash,
                   COALESCE(SUM(amount) FILTER (WHERE kind = 'transfer'), 0) AS bank,
                   COALESCE(SUM(amount) FILTER (WHERE kind = 'card'), 0) AS card,
                   COALESCE(SUM(amount) FILTER (WHERE kind = 'voucher'), 0) AS voucher,
                   COALESCE(SUM(amount) FILTER (WHERE kind = 'barter'), 0) AS barter,
                   COALESCE(SUM(amount) FILTER (WHERE kind = 'other'), 0)
                       AS other_form
              FROM (
                SELECT kind, amount + CASE WHEN place = 1 THEN held ELSE 0 END AS amount
                  FROM (
                    SELECT kind, amount,
                           row_number() OVER (ORDER BY kind = 'withheld', amount DESC)
                               AS place,
                           sums.total + sums.apart - owed.whole
                               + COALESCE(SUM(amount) FILTER (WHERE kind = 'withheld')
                                              OVER (), 0) AS held
                      FROM (
                        SELECT %(kind)s AS kind, SUM(part.amount) AS amount
                          FROM account_move_line due
                          JOIN account_account account ON account.id = due.account_id
                           AND account.account_type = 'asset_receivable'
                          JOIN account_partial_reconcile part
                            ON part.debit_move_id = due.id
                           AND part.max_date <= %(last)s
                          JOIN account_move_line settled
                            ON settled.id = part.credit_move_id
                          JOIN account_journal journal
                            ON journal.id = settled.journal_id
                         WHERE due.move_id = m.id
                         GROUP BY 1
                      ) form
                     CROSS JOIN (
                        SELECT SUM(due.balance) AS whole
                          FROM account_move_line due
                          JOIN account_account account ON account.id = due.account_id
                           AND account.account_type = 'asset_receivable'
                         WHERE due.move_id = m.id
                      ) owed
                     WHERE kind IS NOT NULL
                  ) ranked
                 WHERE kind <> 'withheld'
              ) paid
            """,
            kind=SQL(
                """
                COALESCE(journal.nu_kind, CASE journal.type WHEN 'cash' THEN 'cash'
                         WHEN 'bank' THEN 'transfer' WHEN 'credit' THEN 'card' END,
                         CASE WHEN EXISTS (
                             SELECT 1 FROM account_move_line other
                               JOIN account_account held ON held.id = other.account_id
                              WHERE other.move_id = settled.move_id
                                AND held.nu_withheld IS NOT NULL) THEN 'withheld' END)
                """
            ),
            last=report.date_to,
        )
