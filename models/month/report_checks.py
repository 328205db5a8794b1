"""Checks of a report before it is filed: the rules of its format, line by line, and
those that need the database."""

from odoo import fields
from odoo.tools import SQL

from ...fiscal.calendar import day_bounds_utc, fiscal_day
from ...fiscal.reports import checks
from ..numbers.nu_pos_ncf import REPLACEMENT
from ..sale.late_numbers import unnumbered
from ..sale.pos_order_wire import PAID_STATES
from .it1_return import It1Return
from .nu_pos_dgii_documents import SOLD, paper_codes
from .problem_collector import ProblemCollector

_NAMED = {("606", 1): "NO_RNC", ("606", 2): "NO_RNC", ("606", 3): "EXPENSE_TYPE"}


class ReportChecks:
    """Checks of one computed report; they collect in ``problems``."""

    def __init__(self, report):
        self.report, self.env = report, report.env
        self.problems = ProblemCollector(report)

    def run(self):
        """Check the report and save all its problems."""
        report = self.report
        if not report._month():
            self.problems.add("REPORTER", "error", record=report.company_id)
        elif report.format != "it1":
            self._lines()
        for check in {
            "607": (
                self._sales,
                self._numbers,
                self._ecf,
                self._test_documents,
                self._series_b,
                self._not_income,
            ),
            "606": (
                self._bills,
                self._test_documents,
                self._series_b,
                self._withholdings,
                self._electronic_suppliers,
            ),
            "608": (self._numbers,),
            "609": (self._withholdings,),
            "it1": (self._it1,),
        }[report.format]:
            check()
        self._comparison()
        self.problems.save()

    # -- Lines -------------------------------------------------------------------------

    def _lines(self):
        """The rules of the format, on the lines of the file as they are read."""
        writer, current = self.report._writer(), {}

        def rows():
            for current["id"], current["row"] in self.report._rows():
                yield current["row"]

        for problem in checks.check(
            writer,
            self.report._month(),
            rows(),
            self.report._settings(),
            annulled=self._annulled_numbers() if self.report.format == "607" else (),
            reported=self._reported_numbers() if self.report.format == "608" else (),
            date_of=self._date_of,
        ):
            code = problem.code
            if code == "REQUIRED":
                code = _NAMED.get((self.report.format, problem.column), code)
            # ORM once a problem: they are few, or the collector lists no more
            if not problem.line:
                self.problems.add(code, problem.severity, detail=problem.message)
            elif self.problems.count(code, problem.severity):
                row = current["row"]
                self.problems.add(
                    code,
                    problem.severity,
                    detail=str(problem),
                    line=current["id"],
                    ncf=getattr(row, "ncf", None) or getattr(row, "document", None),
                    column=problem.column,
                )

    def _annulled_numbers(self):
        """Numbers of the company that are annulled, of any month."""
        numbers = checks.Numbers()
        for (name,) in self.env.execute_query(
            SQL(
                "SELECT name FROM nu_pos_ncf "
                "WHERE company_id = %s AND state = 'voided'",
                self.report.company_id.id,
            )
        ):
            numbers.add(name)
        return numbers

    def _reported_numbers(self):
        """Numbers of this 608 that a 607 in force lists as sales."""
        return {
            name
            for (name,) in self.env.execute_query(
                SQL(
                    """
                    SELECT sale.ncf
                      FROM nu_pos_dgii_report_line mine
                      JOIN nu_pos_dgii_report_line sale ON sale.ncf = mine.ncf
                      JOIN nu_pos_dgii_report report
                        ON report.id = sale.report_id AND report.format = '607'
                       AND report.state = 'filed' AND report.company_id = %s
                     WHERE mine.report_id = %s
                    """,
                    self.report.company_id.id,
                    self.report.id,
                )
            )
        }

    def _date_of(self, number):
        """Day of one of the company's own receipts; None for what is none."""
        rows = self.env.execute_query(
            SQL(
                "SELECT COALESCE(n.date_issued_day, m.invoice_date) FROM nu_pos_ncf n "
                "LEFT JOIN account_move m ON m.nu_ncf_id = n.id AND m.state = 'posted' "
                "WHERE n.company_id = %s AND n.name = %s "
                "AND n.state IN ('issued', 'voided') LIMIT 1",
                self.report.company_id.id,
                number,
            )
        )
        return rows[0][0] if rows else None

    # -- Sales -------------------------------------------------------------------------

    def _bounds(self):
        start, _end = day_bounds_utc(self.report.date_from)
        _start, end = day_bounds_utc(self.report.date_to)
        return start, end

    def _sales(self):
        forms = "cash bank card credit voucher barter other_form".split()
        self.problems.add_rows(
            "SUM",
            "error",
            SQL(
                """
                SELECT NULL, id, ncf FROM nu_pos_dgii_report_line
                 WHERE report_id = %s AND NOT listed
                   AND round(total, 2) <> round(%s, 2)
                 ORDER BY id
                """,
                self.report.id,
                SQL(" + ").join(
                    SQL("COALESCE(%s, 0)", SQL.identifier(name)) for name in forms
                ),
            ),
        )
        self.problems.add_rows(
            "SIGN",
            "error",
            SQL(
                """
                SELECT NULL, id, ncf FROM nu_pos_dgii_report_line
                 WHERE report_id = %s AND least(%s) < 0 ORDER BY id
                """,
                self.report.id,
                SQL(", ").join(
                    SQL.identifier(name)
                    for name in ("amount", "itbis", "isc", "tip", "total", *forms)
                ),
            ),
        )
        # while the month is under way they can be numbered; then they are told
        over = self.report.date_to < fiscal_day(fields.Datetime.now())
        self.problems.add_rows(
            "UNNUMBERED_PAST" if over else "UNNUMBERED",
            "warning" if over else "error",
            unnumbered(self.report.company_id, *self._bounds()),
            "pos.order",
        )
        self.problems.add_rows(
            "SESSION_OPEN",
            "warning",
            SQL(
                """
                SELECT DISTINCT o.session_id, NULL::integer, s.name
                  FROM nu_pos_dgii_report_line l
                  JOIN pos_order o ON o.id = l.order_id
                  JOIN pos_session s ON s.id = o.session_id
                 WHERE l.report_id = %s AND l.date_posted IS NULL
                """,
                self.report.id,
            ),
            "pos.session",
        )

    def _numbers(self):
        _start, end = self._bounds()
        types = self.env["nu.pos.dgii.documents"]._types(SOLD)
        if self.report.format == "607":
            self.problems.add_rows(
                "NO_DOCUMENT",
                "error",
                SQL(
                    """
                    SELECT n.id, NULL::integer, n.name
                      FROM nu_pos_ncf n JOIN %s ON kind.id = n.document_type_id
                      LEFT JOIN pos_order o ON o.id = n.order_id
                     WHERE n.company_id = %s AND n.state = 'issued'
                       AND n.kind <> %s
                       AND n.date_issued_day BETWEEN %s AND %s
                       AND COALESCE(o.state, '') NOT IN %s
                       AND NOT EXISTS (SELECT 1 FROM account_move m
                            WHERE m.nu_ncf_id = n.id AND m.state = 'posted')
                     ORDER BY n.id
                    """,
                    types,
                    self.report.company_id.id,
                    # its document carries the receipt that it replaces
                    REPLACEMENT,
                    self.report.date_from,
                    self.report.date_to,
                    PAID_STATES,
                ),
                "nu.pos.ncf",
            )
        self.problems.add_rows(
            "RESERVED",
            "warning",
            SQL(
                "SELECT id, NULL::integer, name FROM nu_pos_ncf "
                "WHERE company_id = %s AND state = 'reserved' AND date_reserved < %s "
                "ORDER BY id",
                self.report.company_id.id,
                end,
            ),
            "nu.pos.ncf",
        )
        ranges = (
            self.env["nu.pos.ncf.range"]
            .sudo()
            .with_context(active_test=False)
            .search([("company_id", "=", self.report.company_id.id)])
        )
        for row in ranges._invariant() if ranges else ():
            if not row["ok"]:
                self.problems.add(
                    "LEDGER_BROKEN",
                    "error",
                    record=ranges.browse(row["range_id"]),
                    ncf=row["prefix"],
                )

    def _ecf(self):
        """What DGII has not accepted: of the receipts of the month, and of the e-CF in
        the place of those of a contingency."""
        states = {
            "ECF_REJECTED": ("error", SQL("e.state IN ('rejected', 'annulled')")),
            "ECF_WAITING": (
                "warning",
                SQL(
                    "e.state NOT IN ('rejected', 'annulled', 'accepted', 'conditional')"
                ),
            ),
            "ECF_MISSING": ("error", SQL("e.id IS NULL")),
        }
        for code, (severity, which) in states.items():
            self.problems.add_rows(
                code,
                severity,
                SQL(
                    """
                    SELECT e.id, l.id, l.ncf
                      FROM nu_pos_dgii_report_line l
                      LEFT JOIN nu_pos_ecf e ON e.ncf_id = l.ncf_id AND %(last)s
                     WHERE l.report_id = %(report)s AND l.ncf LIKE 'E%%'
                       AND NOT l.repeated AND %(which)s
                     UNION ALL
                    SELECT e.id, l.id, l.ncf
                      FROM nu_pos_dgii_report_line l
                      JOIN nu_pos_ecf e ON e.replaces_ncf_id = l.ncf_id AND %(last)s
                     WHERE l.report_id = %(report)s AND NOT l.repeated AND %(which)s
                     ORDER BY 2
                    """,
                    report=self.report.id,
                    which=which,
                    # what was corrected is told by its correction
                    last=SQL(
                        "NOT EXISTS (SELECT 1 FROM nu_pos_ecf c "
                        "WHERE c.corrects_id = e.id)"
                    ),
                ),
                "nu.pos.ecf",
            )

    def _test_documents(self):
        """e-CF of the month signed for DGII's tests or certification: sold, and in no
        report."""
        sold = self.report.format == "607"
        documents = self.env["nu.pos.dgii.documents"]
        kinds = paper_codes().values() if not sold else SOLD
        self.problems.add_rows(
            "TEST_DOCUMENT",
            "warning",
            SQL(
                """
                SELECT e.id, NULL::integer, n.name
                  FROM nu_pos_ecf e
                  JOIN nu_pos_ncf n ON n.id = e.ncf_id AND n.state = 'issued'
                  JOIN %(types)s ON kind.id = n.document_type_id
                  LEFT JOIN account_move m
                         ON m.nu_ncf_id = n.id AND n.order_id IS NULL
                 WHERE e.company_id = %(company)s AND e.environment <> 'ecf'
                   AND COALESCE(m.invoice_date, n.date_issued_day)
                       BETWEEN %(first)s AND %(last)s
                   AND (COALESCE(m.move_type, 'out_invoice') LIKE 'out%%') = %(sold)s
                   AND NOT EXISTS (SELECT 1 FROM nu_pos_ecf later
                                    WHERE later.corrects_id = e.id)
                   AND %(test)s
                 ORDER BY n.id
                """,
                types=documents._types(kinds),
                company=self.report.company_id.id,
                first=self.report.date_from,
                last=self.report.date_to,
                sold=sold,
                test=documents._is_test(),
            ),
            "nu.pos.ecf",
        )

    def _series_b(self):
        """Receipts of series B that the company issued after its last day, outside a
        contingency: a row for each type, with the first of its numbers."""
        company = self.report.company_id.sudo()
        until = company.nu_series_b_until
        if not until or company.nu_ecf_pending or self.report.date_to <= until:
            return
        kinds = set(paper_codes().values()) - set(SOLD)
        self.env.cr.execute(
            SQL(
                """
                SELECT left(n.name, 3), COUNT(*), MIN(n.name), MAX(n.name),
                       (array_agg(n.id ORDER BY n.name))[1]
                  FROM nu_pos_ncf n
                  JOIN %(types)s ON kind.id = n.document_type_id
                 WHERE n.company_id = %(company)s AND n.state = 'issued'
                   AND n.name LIKE 'B%%'
                   AND n.date_issued_day BETWEEN %(first)s AND %(last)s
                   AND n.date_issued_day > %(until)s
                   AND NOT EXISTS (
                        SELECT 1 FROM nu_pos_ecf_contingency c
                         WHERE c.company_id = n.company_id AND c.kind = 'incapable'
                           AND n.date_issued >= c.date_start
                           AND (c.date_end IS NULL OR n.date_issued <= c.date_end))
                 GROUP BY 1 ORDER BY 1
                """,
                types=self.env["nu.pos.dgii.documents"]._types(
                    SOLD if self.report.format == "607" else kinds
                ),
                company=company.id,
                first=self.report.date_from,
                last=self.report.date_to,
                until=until,
            )
        )
        norm = company._nu_series_b_norm()
        for prefix, count, first, last, ncf_id in self.env.cr.fetchall():
            self.problems.add(
                "SERIES_B",
                "warning",
                record=self.env["nu.pos.ncf"].browse(ncf_id),
                ncf=first,
                detail=f"{prefix}: {count}, {first} - {last} ({norm})",
            )

    def _not_income(self):
        """Vouchers and tips whose product books them as income of the house."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT part.product_id, SUM(abs(part.price_subtotal))
                  FROM nu_pos_dgii_report_line l
                  JOIN pos_order_line part ON part.order_id = l.order_id
                   AND part.nu_is_not_invoiced
                 WHERE l.report_id = %s AND NOT l.repeated
                 GROUP BY 1 ORDER BY 1
                """,
                self.report.id,
            )
        )
        for product_id, amount in rows:
            product = self.env["product.product"].sudo().browse(product_id)
            accounts = product.with_company(self.report.company_id).product_tmpl_id
            account = accounts.get_product_accounts()["income"]
            if account.account_type == "income":
                self.problems.add(
                    "NOT_INCOME",
                    "warning",
                    record=product.product_tmpl_id,
                    detail=f"{product.display_name}: {amount:,.2f} ({account.code})",
                )

    # -- Purchases ---------------------------------------------------------------------

    def _bills(self):
        for code, severity, which in (
            ("NO_NCF", "warning", SQL("ncf IS NULL")),
            ("CONSUMER_BILL", "warning", SQL("type_code = '02'")),
        ):
            self.problems.add_rows(
                code,
                severity,
                SQL(
                    "SELECT NULL, id, ncf FROM nu_pos_dgii_report_line "
                    "WHERE report_id = %s AND NOT listed AND %s ORDER BY id",
                    self.report.id,
                    which,
                ),
            )
        self.problems.add_rows(
            "DUPLICATE_BILL",
            "error",
            SQL(
                """
                SELECT DISTINCT other.id, l.id, l.ncf
                  FROM nu_pos_dgii_report_line l
                  JOIN account_move mine ON mine.id = l.move_id
                  JOIN account_move other
                    ON other.commercial_partner_id = mine.commercial_partner_id
                   AND upper(trim(other.nu_supplier_ncf)) = upper(l.ncf)
                   AND other.company_id = mine.company_id
                   AND other.state = 'posted' AND other.id <> mine.id
                 WHERE l.report_id = %s AND l.listed AND mine.nu_ncf_id IS NULL
                 ORDER BY l.id
                """,
                self.report.id,
            ),
            "account.move",
        )

    def _withholdings(self):
        """Bills that withhold otherwise than the norms of 2026 have it."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move_id, MIN(id) FROM nu_pos_dgii_report_line
                 WHERE report_id = %s AND move_id IS NOT NULL
                   AND (itbis_withheld <> 0 OR isr_withheld <> 0)
                 GROUP BY move_id ORDER BY 2
                """,
                self.report.id,
            )
        )
        lines = self.env["nu.pos.dgii.report.line"].browse(line for _m, line in rows)
        moves = self.env["account.move"].sudo().browse(move for move, _l in rows)
        for move, line in zip(moves, lines, strict=True):
            for notice in move._nu_withholding_notices():
                if self.problems.count(notice.code, "warning"):
                    detail = f"{notice.given}: {notice.right} ({notice.norm})"
                    self.problems.add(
                        notice.code,
                        "warning",
                        line=line.id,
                        ncf=line.ncf,
                        detail=detail,
                    )

    def _electronic_suppliers(self):
        """Series B of suppliers that issued e-CF before, while others still may."""
        self.problems.add_rows(
            "SUPPLIER_SERIES_B",
            "warning",
            SQL(
                """
                SELECT NULL::integer, l.id, l.ncf
                  FROM nu_pos_dgii_report_line l
                  JOIN account_move m ON m.id = l.move_id
                 WHERE l.report_id = %(report)s AND l.listed AND l.ncf LIKE 'B%%'
                   AND m.nu_ncf_id IS NULL AND l.date <= %(until)s
                   AND (EXISTS (
                        SELECT 1 FROM nu_pos_ecf_received other
                         WHERE other.company_id = m.company_id
                           AND other.issuer_rnc = l.identity
                           AND other.state = 'received'
                           AND other.date_issue < l.date)
                     OR EXISTS (
                        SELECT 1 FROM account_move other
                         WHERE other.company_id = m.company_id
                           AND other.commercial_partner_id = m.commercial_partner_id
                           AND other.nu_supplier_ncf LIKE 'E%%'
                           AND other.state = 'posted'
                           AND other.invoice_date < l.date))
                 ORDER BY l.id
                """,
                report=self.report.id,
                until=self.report._settings().series_b_until,
            ),
        )

    # -- IT-1, and the ledgers ---------------------------------------------------------

    def _it1(self):
        It1Return(self.report).check(self.problems)

    def _comparison(self):
        for figure in self.report.figure_ids.filtered(
            lambda row: row.section == "compare"
        ):
            if figure.has_ledger and figure.currency_id.compare_amounts(
                figure.amount, figure.ledger
            ):
                self.problems.add("NUMBER_LEDGER", "error", ncf=figure.name)
            if not figure.currency_id.is_zero(figure.difference):
                self.problems.add(
                    "LEDGER",
                    "error",
                    ncf=figure.name,
                    detail=f"{figure.name}: {figure.difference:,.2f}",
                )
