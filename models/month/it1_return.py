"""Figures of the ITBIS return, from the rows of the month's 606 and 607."""

from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo.fields import Domain
from odoo.tools import SQL

from ...fiscal.money import round_half_up
from ...fiscal.reports import it1
from ..sale.pos_order_amounts import signed_sql
from .acquirers import acquirers

#: Boxes a person may give: nothing in the books of a restaurant fills them; or it fills
#: them by rule, and an accountant knows better (29, 31, and 39 to 48).
GIVEN = {
    "annex": {9, 10, *range(27, 33), 45, 46, 49},
    "form": {
        3, 6, 7, 8, 28, 29, 31, 32, 35, 36, 37, 39, 40, 42, 43, 44, 45, 47, 48, 59,
        61, 64, 65, 66,
    },
}  # fmt: skip


#: Receipts of the State, of both series.
GOVERNMENT = ("B15", "E45")
#: What the form reckons of the bases of withheld ITBIS.
WITHHELD_RATES = {
    39: Decimal("0.18"), 42: Decimal("0.18"), 43: Decimal("0.054"),
    47: Decimal("0.18"), 48: Decimal("0.16"),
}  # fmt: skip


def of_the_state():
    """Receipts of the State, and the notes on them."""
    return Domain("type_code", "=", "15") | Domain(
        "type_code", "in", ("03", "04")
    ) & Domain.OR(Domain("modified_ncf", "=like", f"{name}%") for name in GOVERNMENT)


def _decimal(amount):
    """Odoo reads numeric as float."""
    return Decimal(f"{amount:.2f}")


def _columns(figures, box):
    """The columns that a box of section IX has, as fields of a figure."""
    columns = figures.columns.get(box)
    if not columns or box == 54:
        return {}
    return {f"{name}_amount": amount for name, amount in columns.items()}


class It1Return:
    """Anexo A and IT-1 of one report: figures of the rows of its 606 and 607."""

    def __init__(self, report):
        self.report, self.env = report, report.env

    def _of_format(self, code):
        """The report of the month that the IT-1 is reckoned from: the newest."""
        return self.report.search(
            [
                ("company_id", "=", self.report.company_id.id),
                ("format", "=", code),
                ("date_from", "=", self.report.date_from),
                ("date_computed", "!=", False),
            ],
            order="version desc",
            limit=1,
        )

    def figure_rows(self, given):
        """Compute the rows of ``nu.pos.dgii.report.figure``; write the report's totals.

        :param given: ``{(section, code): pesos}`` that a person gave
        """
        purchases, sales = self._of_format("606"), self._of_format("607")
        totals = self._totals(purchases, sales)
        self._give(totals, given)
        figures = totals.figures()
        self.report.sudo().write(
            {
                "proportion": figures.coefficient,
                "report_606_id": purchases.id,
                "report_607_id": sales.id,
                "amount": figures.form[1],
                "itbis": figures.form[21],
                "total": figures.form[38],
                "line_count": sales.line_count,
            }
        )
        rows = []
        for section, boxes in (("annex", figures.annex), ("form", figures.form)):
            for box, amount in boxes.items():
                rows.append(
                    {
                        "section": section,
                        "code": str(box),
                        "amount": amount,
                        "is_given": box in GIVEN[section],
                        **(_columns(figures, box) if section == "annex" else {}),
                        "count": figures.counts.get(box, 0)
                        if section == "annex"
                        else 0,
                    }
                )
        return rows + self._acquirer_rows()

    def _acquirer_rows(self):
        """What card acquirers withheld, against what is booked of it."""
        return [
            {
                "section": "acquirer",
                "code": str(row.account.id),
                "label": f"{row.account.display_name}: "
                + ", ".join(row.journals.mapped("name")),
                "count": row.count,
                "amount": row.withheld,
                "booked": row.booked,
                "difference": row.difference,
            }
            for row in acquirers(self.report)
        ]

    def _check_acquirers(self, problems, totals, given):
        """Box 27 is a suggestion: what is claimed should be booked, and certified."""
        rows = acquirers(self.report)
        for row in rows:
            if row.differs:
                problems.add(
                    "ACQUIRER",
                    "warning",
                    record=row.account,
                    detail=f"{row.account.display_name}: {row.booked:,.2f} / "
                    f"{row.withheld:,.2f}",
                )
        if not rows and ("annex", "27") not in given and totals.payments.get("card"):
            methods = self.env["pos.payment.method"].sudo()
            card = methods.search(
                [
                    ("company_id", "=", self.report.company_id.id),
                    ("journal_id", "!=", False),
                ]
            ).filtered(lambda method: method._nu_api_type() == "card")
            problems.add(
                "ACQUIRER_UNSET", "warning", record=card.journal_id[:1] or self.report
            )

    def _give(self, totals, given):
        """What a person gives, a zero too, goes before what was reckoned.

        :param given: ``{(section, box): pesos}``
        """
        for (section, code), amount in given.items():
            if section in GIVEN and int(code) in GIVEN[section]:
                getattr(totals, section)[int(code)] = _decimal(amount)
        if self.report.proportion_given:
            totals.proportion = Decimal(f"{self.report.proportion:.6f}")

    def check(self, problems):
        """Add the problems of the return to a ``ProblemCollector``."""
        newest = self._of_format("606"), self._of_format("607")
        used = self.report.report_606_id, self.report.report_607_id
        if newest != used or any(
            not report or report.date_computed > self.report.date_computed
            for report in used
        ):
            problems.add(
                "STALE", "error", record=self.report.report_607_id or self.report
            )
        totals = self._totals(*used)
        given = self.report.figure_ids._given()
        self._give(totals, given)
        self._check_late_notes(problems)
        self._check_acquirers(problems, totals, given)
        before = self._month_before()
        if ("form", "29") not in given and before.state not in (False, "filed"):
            if totals.form.get(29):
                problems.add("IT1_BALANCE", "warning", record=before)
        for problem in totals.figures().problems:
            problems.add(
                problem.code,
                problem.severity,
                record=self.report.report_607_id,
                detail=str(problem),
            )

    def _check_late_notes(self, problems):
        """Each note whose ITBIS stays due: in the accounts it was taken back."""
        for line in self.late_notes():
            if line.itbis and problems.count("LATE_NOTE", "warning"):
                detail = f"ITBIS {line.itbis:,.2f}"
                problems.add(
                    "LATE_NOTE", "warning", line=line.id, ncf=line.ncf, detail=detail
                )

    def late_notes(self):
        """Lines of the 607 used that are notes of more than 30 days."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM nu_pos_dgii_report_line
                 WHERE report_id = %s AND NOT repeated AND type_code = '04'
                   AND date - modified_date > 30
                 ORDER BY id
                """,
                self.report.report_607_id.id,
            )
        )
        return self.env["nu.pos.dgii.report.line"].browse(row for (row,) in rows)

    def _totals(self, purchases, sales):
        """``fiscal.reports.it1.Totals`` of the rows of both reports."""
        totals = it1.Totals(serves=self.report.company_id.sudo().nu_purchases_serve)
        if sales:
            self._sales(totals, sales)
        if purchases:
            self._purchases(totals, purchases)
        totals.form[29] = self._balance()
        withheld = sum((row.withheld for row in acquirers(self.report)), Decimal(0))
        totals.annex[27] = round_half_up(withheld)
        return totals

    def _month_before(self):
        """The IT-1 in force of the month before."""
        return self.report.search(
            [
                ("company_id", "=", self.report.company_id.id),
                ("format", "=", "it1"),
                ("date_from", "=", self.report.date_from - relativedelta(months=1)),
                ("date_computed", "!=", False),
            ],
            order="version desc",
        )._in_force()[:1]

    def _balance(self):
        """Box 29: what box 34 of the month before had in favour."""
        box = self._month_before().figure_ids.filtered(
            lambda figure: figure.section == "form" and figure.code == "34"
        )
        return _decimal(box.amount)

    def _sales(self, totals, sales):
        net = {}
        for code, count, amount, signed in self.env.execute_query(
            SQL(
                """
                SELECT type_code, COUNT(*), SUM(amount), SUM(amount_net)
                  FROM nu_pos_dgii_report_line
                 WHERE report_id = %s AND NOT repeated GROUP BY type_code
                """,
                sales.id,
            )
        ):
            totals.add_sales(code, count, _decimal(amount))
            net[code] = _decimal(signed)
        [forms] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(cash), 0), COALESCE(SUM(bank), 0),
                       COALESCE(SUM(card), 0), COALESCE(SUM(credit), 0),
                       COALESCE(SUM(voucher), 0), COALESCE(SUM(barter), 0),
                       COALESCE(SUM(other_form), 0)
                  FROM nu_pos_dgii_report_line WHERE report_id = %s AND NOT repeated
                """,
                sales.id,
            )
        )
        totals.add_payments(
            {
                name: _decimal(amount)
                for name, amount in zip(it1.PAYMENTS, forms, strict=True)
            }
        )
        for code, amount in self.env.execute_query(
            SQL(
                """
                SELECT income_type, SUM(amount_net) FROM nu_pos_dgii_report_line
                 WHERE report_id = %s AND NOT repeated GROUP BY income_type
                """,
                sales.id,
            )
        ):
            totals.incomes[code] = _decimal(amount)
        [[old]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(amount), 0) FROM nu_pos_dgii_report_line
                 WHERE report_id = %s AND NOT repeated AND type_code = '04'
                   AND date - modified_date > 30
                """,
                sales.id,
            )
        )
        totals.old_credit_notes = _decimal(old)
        self._withheld_by_customers(totals, sales)
        self._rates(totals, sales, net)

    def _withheld_by_customers(self, totals, sales):
        """ITBIS that customers withheld in the month, also of earlier receipts: the
        State (box 31), and other companies (29). A note is of whom its receipt was, and
        what went back with a credit note is taken off."""
        for government, held in self.env.execute_query(
            SQL(
                """
                SELECT type_code = '15' OR type_code IN ('03', '04')
                           AND COALESCE(left(modified_ncf, 3) IN %s, FALSE),
                       SUM(CASE WHEN type_code = '04' THEN -itbis_withheld
                                ELSE itbis_withheld END)
                  FROM nu_pos_dgii_report_line
                 WHERE report_id = %s AND itbis_withheld <> 0 GROUP BY 1
                """,
                GOVERNMENT,
                sales.id,
            )
        ):
            totals.annex[31 if government else 29] = _decimal(held)

    def _rates(self, totals, sales, net):
        """Sales by rate; what no rate takes is exempt: by destination for special
        regimes, exported, or by its kind."""
        self.env.cr.execute(
            SQL(
                """
                WITH rate AS (%(rates)s), part AS (
                    -- a fiscal position may have taken the tax off a whole sale
                    SELECT l.id, CASE WHEN l.itbis <> 0 THEN rate.amount END AS rate,
                           %(signed)s AS amount
                      FROM nu_pos_dgii_report_line l
                      JOIN pos_order_line sold ON sold.order_id = l.order_id
                      LEFT JOIN account_tax_pos_order_line_rel bears
                             ON bears.pos_order_line_id = sold.id
                            AND bears.account_tax_id IN (SELECT id FROM rate)
                      LEFT JOIN rate ON rate.id = bears.account_tax_id
                     WHERE l.report_id = %(report)s AND NOT l.repeated
                    UNION ALL
                    SELECT l.id, rate.amount, -sold.balance
                      FROM nu_pos_dgii_report_line l
                      JOIN account_move_line sold ON sold.move_id = l.move_id
                       AND sold.display_type = 'product'
                      LEFT JOIN account_move_line_account_tax_rel bears
                             ON bears.account_move_line_id = sold.id
                            AND bears.account_tax_id IN (SELECT id FROM rate)
                      LEFT JOIN rate ON rate.id = bears.account_tax_id
                     WHERE l.report_id = %(report)s AND NOT l.repeated
                       AND l.order_id IS NULL
                ), base AS (
                    SELECT part.id, rate, SUM(part.amount) AS base,
                           l.amount_net - SUM(SUM(part.amount)) OVER (
                               PARTITION BY part.id) AS rest,
                           row_number() OVER (
                               PARTITION BY part.id ORDER BY rate DESC NULLS LAST
                           ) AS place
                      FROM part JOIN nu_pos_dgii_report_line l ON l.id = part.id
                     GROUP BY part.id, l.amount_net, rate
                ), whole AS (
                    -- the cents that rounding leaves between a document and its lines
                    -- are of its highest rate: they are no sale without tax
                    SELECT id, rate, place,
                           base + CASE WHEN place = 1 AND abs(rest) < 1 THEN rest
                                       ELSE 0 END AS base
                      FROM base WHERE rate IS NOT NULL
                ), tax AS (
                    SELECT *, round(base * rate / 100, 2) AS tax,
                           SUM(round(base * rate / 100, 2)) OVER (
                               PARTITION BY id) AS taxes
                      FROM whole
                )
                SELECT l.type_code, tax.rate, SUM(tax.base),
                       SUM(mine.itbis) FILTER (WHERE NOT mine.late),
                       SUM(mine.itbis) FILTER (WHERE mine.late)
                  FROM tax JOIN nu_pos_dgii_report_line l ON l.id = tax.id
                 CROSS JOIN LATERAL (
                       SELECT l.type_code = '04' AND l.date - l.modified_date > 30
                                  AS late,
                              CASE WHEN tax.place > 1 THEN tax.tax
                              ELSE CASE WHEN l.type_code = '04' THEN -l.itbis
                                        ELSE l.itbis END - (tax.taxes - tax.tax)
                              END AS itbis) mine
                 GROUP BY l.type_code, tax.rate
                """,
                rates=self.env["nu.pos.sales.report"]._itbis_rates(),
                signed=signed_sql("sold", "price_subtotal"),
                report=sales.id,
            )
        )
        for code, rate, base, tax, late in self.env.cr.fetchall():
            name = f"{rate:.0f}"
            for sums, amount in (
                (totals.taxed, base),
                (totals.itbis, tax),
                (totals.late_itbis, late and -late),
            ):
                sums[name] = sums.get(name, Decimal(0)) + _decimal(amount or 0)
            net[code] = net.get(code, Decimal(0)) - _decimal(base)
        totals.exported = net.pop("16", Decimal(0))
        totals.exempt_by_destination = net.pop("14", Decimal(0))
        totals.exempt = sum(net.values(), Decimal(0))

    def _purchases(self, totals, purchases):
        [sums] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(sign * (credit - round(credit * share, 2))), 0),
                       COALESCE(SUM(sign * round(credit * share, 2)), 0),
                       COALESCE(SUM(sign * cost), 0),
                       COALESCE(SUM(sign * round(cost * share, 2)), 0),
                       COALESCE(SUM(sign * proportional), 0),
                       COALESCE(SUM(sign * round(proportional * share, 2)), 0),
                       COALESCE(SUM(special), 0)
                  FROM (
                    SELECT CASE WHEN amount_net < 0 THEN -1 ELSE 1 END AS sign,
                           COALESCE(itbis_cost, 0) AS cost,
                           COALESCE(itbis_proportional, 0) AS proportional,
                           COALESCE(itbis_credit, 0) - COALESCE(itbis_proportional, 0)
                               AS credit,
                           CASE WHEN amount = 0 THEN 0
                                ELSE COALESCE(services, 0) / amount END AS share,
                           CASE WHEN type_code = '14' THEN amount_net END AS special
                      FROM nu_pos_dgii_report_line
                     WHERE report_id = %s AND listed AND NOT repeated
                  ) bill
                """,
                purchases.id,
            )
        )
        (
            totals.itbis_local_purchases,
            totals.itbis_services,
            totals.itbis_not_deductible,
            totals.itbis_not_deductible_services,
            totals.itbis_proportional,
            totals.itbis_proportional_services,
            totals.special_purchases,
        ) = map(_decimal, sums)
        self._withheld(totals, purchases)

    def _withheld(self, totals, purchases):
        """ITBIS withheld of suppliers in the month: what it was withheld of, by who
        they are and how much of it is withheld once all is paid (boxes 39, 42, 43, 47
        and 48). The boxes are bases, such that their formulas give what was withheld to
        the cent; what came back with a credit note is taken off."""
        for box, held in self.env.execute_query(
            SQL(
                """
                SELECT CASE WHEN l.type_code = '11' AND COALESCE(l.goods, 0) >
                                                        COALESCE(l.services, 0)
                            THEN CASE WHEN l.itbis <= round(l.amount * 0.17, 2) THEN 48
                                      ELSE 47 END
                            WHEN l.identity_type = '2' THEN 39
                            WHEN COALESCE(m.nu_amount_itbis_withheld, l.itbis_withheld)
                                 > l.itbis * 0.65 THEN 42
                            ELSE 43 END,
                       SUM(CASE WHEN l.type_code = '04' THEN -l.itbis_withheld
                                ELSE l.itbis_withheld END)
                  FROM nu_pos_dgii_report_line l
                  LEFT JOIN account_move m ON m.id = l.move_id
                 WHERE l.report_id = %s AND l.itbis_withheld <> 0 GROUP BY 1
                """,
                purchases.id,
            )
        ):
            totals.form[box] = round_half_up(_decimal(held) / WITHHELD_RATES[box])
