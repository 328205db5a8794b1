"""Figures of a report, and their comparison with both ledgers."""

from datetime import timedelta

from odoo.tools import SQL

from ...fiscal.calendar import day_bounds_utc
from ..numbers.nu_pos_ncf import REPLACEMENT
from ..sale.late_numbers import unnumbered
from .it1_return import It1Return
from .nu_pos_dgii_documents import SOLD

PAYMENTS = ("cash", "bank", "card", "credit", "voucher", "barter", "other_form")
SUMMED = {
    "607": (
        "amount", "itbis", "itbis_withheld", "isr_withheld", "isc", "other_taxes",
        "tip", "total", *PAYMENTS,
    ),
    "606": (
        "services", "goods", "amount", "itbis", "itbis_withheld", "itbis_cost",
        "itbis_credit", "isr_withheld", "isc", "other_taxes", "tip", "total",
    ),
    "608": (),
    "609": ("amount", "isr_withheld"),
}  # fmt: skip
WITHHELD = ("itbis_withheld", "isr_withheld")
CONSUMER = ("amount", "itbis", "isc", "other_taxes", "tip", *PAYMENTS)
COMPARED = {"607": ("amount", "itbis", "tip"), "606": ("itbis",)}


class ReportFigures:
    """Figures of one computed report."""

    def __init__(self, report):
        self.report, self.env = report, report.env

    def fill(self):
        """Write the figures anew; what a person gave stays."""
        report = self.report
        Figure = self.env["nu.pos.dgii.report.figure"].sudo()
        old = Figure.search([("report_id", "=", report.id)])
        given = old._given()
        old.unlink()
        if report.format == "it1":
            rows = It1Return(report).figure_rows(given)
        else:
            rows = self._rows()
        Figure.create(
            [
                {
                    "report_id": report.id,
                    "sequence": place,
                    "given": given.get((row["section"], row["code"]), 0),
                    "has_given": (row["section"], row["code"]) in given,
                    **row,
                }
                for place, row in enumerate(rows)
            ]
        )
        report.invalidate_recordset()
        compared = [
            abs(row.get("difference") or 0)
            for row in rows
            if row["section"] == "compare"
        ]
        report.sudo().difference = max(compared, default=0)

    def _rows(self):
        rows = []
        if self.report.format in COMPARED:
            rows += self._compared()
        rows += self._sums("listed", SUMMED[self.report.format], SQL("listed"))
        if self.report.format == "607":
            # what the file leaves to DGII's e-CF, its screen of consumer invoices does
            series = "%" if self.report._settings().electronic_sales else "B%"
            consumer = SQL("type_code = '02' AND ncf LIKE %s", series)
            rows += self._sums("consumer", CONSUMER, consumer)
            below = SQL("%s AND NOT listed", consumer)
            rows += self._sums("consumer_below", CONSUMER, below)
        return rows

    def _sums(self, section, names, which):
        """Count and sums of the lines ``which``; credit notes are taken off.

        Of a receipt that was counted in its own month and comes again only the tax
        that was withheld is added; a 609 tells such payments whole.
        """
        again = SQL("repeated AND %s", self.report.format in ("606", "607"))
        sums = [
            SQL(
                "COALESCE(SUM(CASE WHEN %(again)s THEN 0 WHEN amount_net < 0 "
                "OR repeated AND type_code = '04' "
                "THEN -%(name)s ELSE %(name)s END), 0) AS %(name)s",
                again=SQL("FALSE") if name in WITHHELD else again,
                name=SQL.identifier(name),
            )
            for name in names
        ]
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM nu_pos_dgii_report_line WHERE report_id = %s AND %s",
                SQL(", ").join([SQL("COUNT(*) AS count"), *sums]),
                self.report.id,
                which,
            )
        )
        [found] = self.env.cr.dictfetchall()
        count = found.pop("count")
        rows = [{"section": section, "code": "count", "count": count}]
        rows += [
            {"section": section, "code": name, "amount": found[name]} for name in names
        ]
        return rows

    # -- Comparison --------------------------------------------------------------------

    def _compared(self):
        """Of each figure: the report, the ledger of numbers, the general ledger and
        all that explains the difference between them."""
        names = COMPARED[self.report.format]
        mine = self._mine(names)
        booked = self._booked()
        sale = self.report.format == "607"
        others = self._of_other_months() if sale else {}
        annulled = self._annulled() if sale else {}
        rows = []
        for name in names:
            elsewhere = mine[f"{name}_elsewhere"] - others.get(name, 0)
            unbooked = mine[f"{name}_unbooked"]
            expected = mine[name] - unbooked - elsewhere + annulled.get(name, 0)
            rows.append(
                {
                    "section": "compare",
                    "code": name,
                    "amount": mine[name],
                    "booked": booked[name],
                    "unbooked": unbooked,
                    "elsewhere": elsewhere,
                    "annulled": annulled.get(name, 0),
                    "difference": booked[name] - expected,
                }
            )
        if sale:
            rows.append(
                {
                    "section": "compare",
                    "code": "total",
                    "amount": mine["total"],
                    "has_ledger": True,
                    "ledger": self._numbered(),
                }
            )
        return rows

    def _mine(self, names):
        """Sums of the lines by when they are booked."""
        parts = [SQL("COALESCE(SUM(total_net), 0) AS total")]
        for name in names:
            net = SQL(
                "CASE WHEN repeated THEN 0 WHEN amount_net < 0 THEN -%(name)s "
                "ELSE %(name)s END",
                name=SQL.identifier(name),
            )
            for suffix, which in (
                ("", SQL("TRUE")),
                ("_unbooked", SQL("date_posted IS NULL")),
                (
                    "_elsewhere",
                    SQL(
                        "date_posted NOT BETWEEN %s AND %s",
                        self.report.date_from,
                        self.report.date_to,
                    ),
                ),
            ):
                parts.append(
                    SQL(
                        "COALESCE(SUM(%s) FILTER (WHERE %s), 0) AS %s",
                        net,
                        which,
                        SQL.identifier(name + suffix),
                    )
                )
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM nu_pos_dgii_report_line WHERE report_id = %s",
                SQL(", ").join(parts),
                self.report.id,
            )
        )
        return self.env.cr.dictfetchone()

    def _booked(self):
        """Movement of the month: sales accounts, ITBIS and tip of sales; or the ITBIS
        of purchases."""
        sale = self.report.format == "607"
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(SUM(%(sign)s * line.balance) FILTER (
                           WHERE account.account_type = 'income'), 0) AS amount,
                       COALESCE(SUM(%(sign)s * line.balance) FILTER (
                           WHERE tax.nu_kind = 'itbis'), 0) AS itbis,
                       COALESCE(SUM(%(sign)s * line.balance) FILTER (
                           WHERE tax.nu_kind = 'tip'), 0) AS tip
                  FROM account_move_line line
                  JOIN account_account account ON account.id = line.account_id
                  LEFT JOIN account_tax tax ON tax.id = line.tax_line_id
                                           AND tax.type_tax_use = %(use)s
                 WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
                   AND line.date BETWEEN %(first)s AND %(last)s
                   AND (account.account_type = 'income' OR tax.id IS NOT NULL)
                """,
                sign=-1 if sale else 1,
                use="sale" if sale else "purchase",
                company=self.report.company_id.id,
                first=self.report.date_from,
                last=self.report.date_to,
            )
        )
        return self.env.cr.dictfetchone()

    def _of_other_months(self):
        """Sales of other months that are booked in this one: of sessions over midnight
        of the last day, or invoiced later."""
        start, _end = day_bounds_utc(self.report.date_from)
        _start, end = day_bounds_utc(self.report.date_to)
        documents = self.env["nu.pos.dgii.documents"]
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(SUM(amount), 0) AS amount,
                       COALESCE(SUM(itbis), 0) AS itbis, COALESCE(SUM(tip), 0) AS tip
                  FROM (
                    SELECT o.amount_total - o.amount_tax - COALESCE(apart.net, 0)
                               AS amount,
                           o.nu_amount_itbis AS itbis, o.nu_amount_tip AS tip
                      FROM pos_session s
                      JOIN account_move entry ON entry.id = s.move_id
                       AND entry.state = 'posted'
                       AND entry.date BETWEEN %(first)s AND %(last)s
                      JOIN pos_order o ON o.session_id = s.id
                       AND o.account_move IS NULL
                      JOIN nu_pos_ncf n ON n.id = o.nu_ncf_id AND n.state = 'issued'
                       AND n.date_issued_day NOT BETWEEN %(first)s AND %(last)s
                       AND NOT %(test)s
                      LEFT JOIN (%(apart)s) apart ON apart.order_id = o.id
                     WHERE entry.company_id = %(company)s
                       AND (s.start_at < %(start)s OR s.stop_at >= %(end)s
                            OR s.start_at IS NULL OR s.stop_at IS NULL)
                    UNION ALL
                    SELECT m.amount_untaxed_signed
                               - COALESCE(m.nu_amount_not_invoiced, 0) * sign.of,
                           m.nu_amount_itbis * sign.of, m.nu_amount_tip * sign.of
                      FROM account_move m
                      JOIN nu_pos_ncf n ON n.id = m.nu_ncf_id AND n.state = 'issued'
                       AND NOT %(test)s
                      CROSS JOIN LATERAL (SELECT CASE WHEN m.move_type = 'out_refund'
                                                 THEN -1 ELSE 1 END AS of) sign
                     WHERE m.company_id = %(company)s AND m.state = 'posted'
                       AND m.move_type IN ('out_invoice', 'out_refund')
                       AND m.date BETWEEN %(first)s AND %(last)s
                       AND CASE WHEN n.order_id IS NULL THEN m.invoice_date
                                ELSE n.date_issued_day END
                           NOT BETWEEN %(first)s AND %(last)s
                  ) other
                """,
                test=documents._is_test(),
                apart=documents._apart(),
                company=self.report.company_id.id,
                first=self.report.date_from,
                last=self.report.date_to,
                start=start,
                end=end,
            )
        )
        return self.env.cr.dictfetchone()

    def _annulled(self):
        """Sales whose number is annulled, and their returns, those of a test
        environment, and those without number, booked this month: in the general
        ledger, in no 607."""
        documents = self.env["nu.pos.dgii.documents"]
        self.env.cr.execute(
            SQL(
                """
                WITH void AS (
                    SELECT order_id FROM nu_pos_ncf
                     WHERE company_id = %(company)s AND state = 'voided'
                       AND order_id IS NOT NULL
                ), test AS MATERIALIZED (
                    SELECT n.id, n.order_id FROM nu_pos_ecf e
                      JOIN nu_pos_ncf n ON n.id = e.ncf_id AND n.state = 'issued'
                     WHERE e.company_id = %(company)s AND e.environment <> 'ecf'
                       AND %(test)s
                ), gone AS (
                    SELECT order_id FROM void
                     UNION
                    SELECT order_id FROM test WHERE order_id IS NOT NULL
                     UNION
                    SELECT order_id FROM (%(unnumbered)s) sold (order_id, line, name)
                     UNION
                    SELECT back.order_id
                      FROM void
                      JOIN pos_order_line sold ON sold.order_id = void.order_id
                      JOIN pos_order_line back ON back.refunded_orderline_id = sold.id
                      JOIN pos_order o ON o.id = back.order_id
                     WHERE o.nu_ncf_id IS NULL
                )
                SELECT COALESCE(SUM(amount), 0) AS amount,
                       COALESCE(SUM(itbis), 0) AS itbis, COALESCE(SUM(tip), 0) AS tip
                  FROM (
                    SELECT o.amount_total - o.amount_tax - COALESCE(apart.net, 0)
                               AS amount,
                           o.nu_amount_itbis AS itbis, o.nu_amount_tip AS tip
                      FROM gone
                      JOIN pos_order o ON o.id = gone.order_id
                      LEFT JOIN (%(apart)s) apart ON apart.order_id = o.id
                      LEFT JOIN pos_session s ON s.id = o.session_id
                      JOIN account_move m
                        ON m.id = COALESCE(o.account_move, s.move_id)
                       AND m.state = 'posted'
                       AND m.date BETWEEN %(first)s AND %(last)s
                     UNION ALL
                    SELECT m.amount_untaxed_signed
                               - COALESCE(m.nu_amount_not_invoiced, 0) * sign.of,
                           m.nu_amount_itbis * sign.of, m.nu_amount_tip * sign.of
                      FROM test
                      JOIN account_move m
                        ON m.nu_ncf_id = test.id AND test.order_id IS NULL
                       AND m.state = 'posted'
                       AND m.move_type IN ('out_invoice', 'out_refund')
                       AND m.date BETWEEN %(first)s AND %(last)s
                     CROSS JOIN LATERAL (SELECT CASE WHEN m.move_type = 'out_refund'
                                                THEN -1 ELSE 1 END AS of) sign
                  ) left_out
                """,
                test=documents._is_test(),
                apart=documents._apart(),
                # a session may have begun long before it is booked
                unnumbered=unnumbered(
                    self.report.company_id,
                    day_bounds_utc(self.report.date_from - timedelta(days=62))[0],
                    day_bounds_utc(self.report.date_to)[1],
                ),
                company=self.report.company_id.id,
                first=self.report.date_from,
                last=self.report.date_to,
            )
        )
        return self.env.cr.dictfetchone()

    def _numbered(self):
        """Total of the numbers issued in the month, less the credit notes: of orders
        they are negative, of invoices not. Without the replacements, which are no other
        sales, and what is not invoiced."""
        documents = self.env["nu.pos.dgii.documents"]
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(SUM((n.amount_total - COALESCE(apart.net, 0))
                           * CASE WHEN kind.code = '04' AND n.order_id IS NULL THEN -1
                                  ELSE 1 END), 0)
                  FROM nu_pos_ncf n
                  JOIN %s ON kind.id = n.document_type_id
                  LEFT JOIN account_move m
                         ON m.nu_ncf_id = n.id AND n.order_id IS NULL
                  LEFT JOIN (%s) apart ON apart.order_id = n.order_id
                 WHERE n.company_id = %s AND n.state = 'issued' AND n.kind <> %s
                   AND NOT %s AND COALESCE(m.invoice_date, n.date_issued_day)
                       BETWEEN %s AND %s
                """,
                documents._types(SOLD),
                documents._apart(),
                self.report.company_id.id,
                REPLACEMENT,
                documents._is_test(),
                self.report.date_from,
                self.report.date_to,
            )
        )
        return self.env.cr.fetchone()[0]
