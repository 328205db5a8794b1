"""Figures of a report, and their comparison with both ledgers."""

from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...fiscal.calendar import day_bounds_utc
from ..numbers.nu_pos_ncf import REPLACEMENT
from ..sale.late_numbers import unnumbered
from .nu_pos_dgii_documents import SOLD
from .nu_pos_dgii_it1 import of_the_state

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

#: Boxes of Anexo A that hold one type of receipt, by code of series B.
_OF_TYPE = {
    1: "01", 2: "02", 3: "03", 4: "04", 5: "12", 6: "14", 7: "15", 8: "16",
}  # fmt: skip


class NuPosDgiiFigures(models.AbstractModel):
    _name = "nu.pos.dgii.figures"
    _description = "Figures of reports to DGII"

    @api.model
    def _fill(self, report):
        """Write the figures of a computed report anew; what a person gave stays."""
        Figure = self.env["nu.pos.dgii.report.figure"].sudo()
        old = Figure.search([("report_id", "=", report.id)])
        given = old._given()
        old.unlink()
        if report.format == "it1":
            rows = report._it1_rows(given)
        else:
            rows = self._rows(report)
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

    @api.model
    def _rows(self, report):
        rows = []
        if report.format in COMPARED:
            rows += self._compared(report)
        rows += self._sums(report, "listed", SUMMED[report.format], SQL("listed"))
        if report.format == "607":
            # what the file leaves to DGII's e-CF, its screen of consumer invoices does
            series = "%" if report._settings().electronic_sales else "B%"
            consumer = SQL("type_code = '02' AND ncf LIKE %s", series)
            rows += self._sums(report, "consumer", CONSUMER, consumer)
            below = SQL("%s AND NOT listed", consumer)
            rows += self._sums(report, "consumer_below", CONSUMER, below)
        return rows

    @api.model
    def _sums(self, report, section, names, which):
        """Count and sums of the lines ``which``; credit notes are taken off.

        Of a receipt that was counted in its own month and comes again only the tax
        that was withheld is added; a 609 tells such payments whole.
        """
        again = SQL("repeated AND %s", report.format in ("606", "607"))
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
                report.id,
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

    @api.model
    def _compared(self, report):
        """Of each figure: the report, the ledger of numbers, the general ledger and
        all that explains the difference between them."""
        names = COMPARED[report.format]
        mine = self._mine(report, names)
        booked = self._booked(report)
        sale = report.format == "607"
        others = self._of_other_months(report) if sale else {}
        annulled = self._annulled(report) if sale else {}
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
                    "ledger": self._numbered(report),
                }
            )
        return rows

    @api.model
    def _mine(self, report, names):
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
                        report.date_from,
                        report.date_to,
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
                report.id,
            )
        )
        return self.env.cr.dictfetchone()

    @api.model
    def _booked(self, report):
        """Movement of the month: sales accounts, ITBIS and tip of sales; or the ITBIS
        of purchases."""
        sale = report.format == "607"
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
                company=report.company_id.id,
                first=report.date_from,
                last=report.date_to,
            )
        )
        return self.env.cr.dictfetchone()

    @api.model
    def _of_other_months(self, report):
        """Sales of other months that are booked in this one: of sessions over midnight
        of the last day, or invoiced later."""
        start, _end = day_bounds_utc(report.date_from)
        _start, end = day_bounds_utc(report.date_to)
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
                company=report.company_id.id,
                first=report.date_from,
                last=report.date_to,
                start=start,
                end=end,
            )
        )
        return self.env.cr.dictfetchone()

    @api.model
    def _annulled(self, report):
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
                    report.company_id,
                    day_bounds_utc(report.date_from - timedelta(days=62))[0],
                    day_bounds_utc(report.date_to)[1],
                ),
                company=report.company_id.id,
                first=report.date_from,
                last=report.date_to,
            )
        )
        return self.env.cr.dictfetchone()

    @api.model
    def _numbered(self, report):
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
                report.company_id.id,
                REPLACEMENT,
                documents._is_test(),
                report.date_from,
                report.date_to,
            )
        )
        return self.env.cr.fetchone()[0]

    # -- Drill down --------------------------------------------------------------------

    @api.model
    def _action(self, figure):
        """Action that lists the documents behind a figure."""
        report, domain = figure.report_id, Domain.TRUE
        if report.format == "it1":
            report, domain = self._it1_documents(figure)
        elif figure.section == "listed":
            domain = Domain("listed", "=", True)
            if report.format in ("606", "607") and figure.code not in (
                "count",
                *WITHHELD,
            ):
                domain &= Domain("repeated", "=", False)
        elif figure.section in ("consumer", "consumer_below"):
            domain = Domain("type_code", "=", "02")
            if not report._settings().electronic_sales:
                domain &= Domain("ncf", "=like", "B%")
            if figure.section == "consumer_below":
                domain &= Domain("listed", "=", False)
        if figure.code in self.env["nu.pos.dgii.report.line"]._fields:
            domain &= _not_zero(figure.code)
        return report._action_lines(figure.name, domain)

    @api.model
    def _it1_documents(self, figure):
        """``(report, domain)`` of the documents of a box: bills of the 606, or sales of
        the 607."""
        box, report = int(figure.code), figure.report_id
        bought, sold = report.report_606_id, report.report_607_id or report
        withheld, once = _not_zero("itbis_withheld"), Domain("repeated", "=", False)
        if figure.section == "annex":
            if box in _OF_TYPE:
                return sold, once & Domain("type_code", "=", _OF_TYPE[box])
            if 12 <= box <= 18:
                return sold, once & _not_zero(PAYMENTS[box - 12])
            if 20 <= box <= 25:
                return sold, once & Domain("income_type", "=", f"{box - 19:02}")
            if box in (29, 31):
                state = of_the_state()
                return sold, withheld & (state if box == 31 else ~state)
            if box == 43:
                return sold, Domain("id", "in", report._late_notes().ids)
            if box == 44:
                special = Domain("listed", "=", True) & Domain("type_code", "=", "14")
                return bought, once & special
            if 45 <= box <= 56:
                return bought, once & Domain("listed", "=", True)
        elif box in (2, 5):
            return sold, once & Domain("type_code", "=", "16" if box == 2 else "14")
        elif box == 30:
            return sold, withheld
        elif 22 <= box <= 25:
            return bought, once & Domain("listed", "=", True)
        elif 39 <= box <= 60:
            return bought, withheld
        return sold, once


def _not_zero(name):
    """Neither zero nor empty."""
    return Domain(name, "<", 0) | Domain(name, ">", 0)
