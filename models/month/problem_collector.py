"""Collector of the problems of a report, with a limit for each kind."""

from collections import Counter

from odoo.tools import SQL

from .problem_texts import problem_texts

#: Of one kind, so many are listed with their records; the rest is counted.
MOST_OF_A_KIND = 200
#: Errors that a person may answer for: the books or the form may be right as they are,
#: and only he can say why.
WAIVABLE = ("LEDGER", "IT1_NEGATIVE")
#: Problems that are corrected on the contact.
_CONTACT = ("IDENTITY", "NO_RNC", "COUNTRY")


class ProblemCollector:
    """Problems of a report while it is checked; of one kind only the first are listed,
    all are counted."""

    def __init__(self, report):
        self.report = report
        self.counts = Counter()
        self.rows = []

    def count(self, code, severity):
        """Count one more of a kind; whether it is still to be listed."""
        self.counts[code, severity] += 1
        return self.counts[code, severity] <= MOST_OF_A_KIND

    def add(self, code, severity, line=None, record=None, counted=False, **about):
        if line is None and not counted and not self.count(code, severity):
            return
        model, record_id = (record._name, record.id) if record else (None, None)
        self.rows.append((code, severity, line, model, record_id, about))

    def add_rows(self, code, severity, query, model=None):
        """Add the rows of a query: ``(record id, line id, number)``."""
        cr = self.report.env.cr
        cr.execute(SQL("SELECT COUNT(*) FROM (%s) found", query))
        [count] = cr.fetchone()
        if not count:
            return
        cr.execute(SQL("%s LIMIT %s", query, MOST_OF_A_KIND))
        for record_id, line, number in cr.fetchall():
            record = self.report.env[model].browse(record_id) if record_id else None
            self.add(code, severity, line, record, counted=True, ncf=number)
        self.counts[code, severity] += count

    def save(self):
        """Persist the problems, each with a link to the record to correct, and the
        counts of the report."""
        report = self.report
        lines = report.env["nu.pos.dgii.report.line"].browse(
            {row[2] for row in self.rows if row[2]}
        )
        places = {line.id: line for line in lines}
        values = [self._values(row, places) for row in self.rows]
        for (code, severity), count in self.counts.items():
            if count > MOST_OF_A_KIND:
                what = problem_texts(report.env).get(code, (code,))[0]
                values.append(
                    {
                        "report_id": report.id,
                        "code": "MORE",
                        "severity": severity,
                        "detail": f"{what}: {count}",
                        "ncf": f"+{count - MOST_OF_A_KIND}",
                    }
                )
        report.env["nu.pos.dgii.report.problem"].sudo().create(values)
        sums = Counter()
        for (code, severity), count in self.counts.items():
            sums[severity] += count
            if severity == "error" and code not in WAIVABLE:
                sums["blocking"] += count
        report.sudo().write(
            {
                "error_count": sums["error"],
                "blocking_count": sums["blocking"],
                "warning_count": sums["warning"],
            }
        )
        report.invalidate_recordset(["problem_ids"])

    def _values(self, row, places):
        code, severity, line, model, record_id, about = row
        if line and not record_id:
            place = places[line]
            # the buyer of what we issued stays as sold: the contact corrects nothing
            issued = place.order_id or place.ncf_id
            partner = place.partner_id if code in _CONTACT and not issued else None
            record = partner or place.move_id or place.order_id or place.ncf_id
            model, record_id = record._name, record.id
        return {
            "report_id": self.report.id,
            "code": code,
            "severity": severity,
            "ncf": about.get("ncf"),
            "column_number": about.get("column") or 0,
            "detail": about.get("detail"),
            "res_model": record_id and model,
            "res_id": record_id,
        }
