"""From draft to filed, and what a person opens on the way."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from .acquirers import acquirers
from .report_checks import ReportChecks
from .report_figures import ReportFigures


class NuPosDgiiReport(models.Model):
    _inherit = "nu.pos.dgii.report"

    # -- Steps -------------------------------------------------------------------------

    def _begin(self):
        """The right to work on these reports, and a lock so that none is computed
        twice at a time."""
        self.check_access("write")
        self._check_not_frozen()
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM nu_pos_dgii_report WHERE id IN %s ORDER BY id "
                "FOR NO KEY UPDATE",
                tuple(self.ids) or (0,),
            )
        )
        self.invalidate_recordset(["state"])
        self._check_not_frozen()

    def action_compute(self):
        """Take the month's documents and figures anew."""
        self._begin()
        for report in self:
            report._compute_report()
        return True

    def _compute_report(self):
        self.ensure_one()
        self._clear()
        self.env.flush_all()
        if self.format != "it1":
            self._fill_lines()
        self.sudo().write(
            {
                "state": "draft",
                "date_computed": fields.Datetime.now(),
                **self._totals(),
            }
        )
        ReportFigures(self).fill()

    def _clear(self):
        """Forget lines, figures and problems; figures a person gave stay."""
        if not self.ids:
            return
        self.env.flush_all()
        for table in ("line", "problem"):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE report_id IN %s",
                    SQL.identifier(f"nu_pos_dgii_report_{table}"),
                    tuple(self.ids),
                )
            )
        self.env.invalidate_all(flush=False)

    def _fill_lines(self):
        """All lines, by one statement; their ids are in the order of the file."""
        columns, query = self.env["nu.pos.dgii.documents"]._of(self)
        self.env.cr.execute(
            SQL(
                "INSERT INTO nu_pos_dgii_report_line (report_id, company_id, %s) "
                "SELECT %s, %s, row.* FROM (%s) row",
                SQL(", ").join(map(SQL.identifier, columns)),
                self.id,
                self.company_id.id,
                query,
            )
        )
        self.env["nu.pos.dgii.report.line"].invalidate_model(flush=False)

    def _totals(self):
        """Totals of the lines, for the report's own record."""
        self.env.cr.execute(
            SQL(
                """
                SELECT COUNT(*) AS line_count,
                       COUNT(*) FILTER (WHERE listed) AS listed_count,
                       COUNT(*) FILTER (WHERE ncf LIKE 'E%%') AS electronic_count,
                       COALESCE(SUM(amount_net), 0) AS amount,
                       COALESCE(SUM(total_net), 0) AS total,
                       COALESCE(SUM(CASE WHEN repeated THEN 0
                            WHEN total_net < 0 THEN -itbis ELSE itbis END), 0) AS itbis,
                       COALESCE(SUM(CASE WHEN repeated THEN 0
                            WHEN total_net < 0 THEN -tip ELSE tip END), 0) AS tip
                  FROM nu_pos_dgii_report_line WHERE report_id = %s
                """,
                self.id,
            )
        )
        [totals] = self.env.cr.dictfetchall()
        counts = ("error_count", "blocking_count", "warning_count")
        return {**totals, **dict.fromkeys(counts, 0), "difference": 0}

    def action_check(self):
        """Compute anew and look for all that is wrong; without errors that block it the
        report is checked."""
        self._begin()
        for report in self:
            report._compute_report()
            ReportChecks(report).run()
            if not report.blocking_count:
                report.sudo().state = "checked"
        return True

    def action_ask_file(self):
        """Ask before a report is frozen, naming what it differs by."""
        self.ensure_one()
        self._check_checked()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mark as filed"),
            "res_model": "nu.pos.dgii.file",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_report_id": self.id},
        }

    def action_file(self, reason=None):
        """Freeze what is sent to DGII: the file, the lines and the figures.

        :param reason: why a report with errors is right; kept with it
        """
        self._begin()
        reason = (reason or "").strip()
        for report in self:
            report._check_checked()
            if report.error_count and not reason:
                raise UserError(
                    self.env._(
                        "%(report)s differs: %(errors)s. Say why it is right to file "
                        "it so.",
                        report=report.name,
                        errors="; ".join(report._error_texts()),
                    )
                )
            report._freeze_file()
            report.sudo().write(
                {
                    "state": "filed",
                    "date_filed": fields.Datetime.now(),
                    "filed_by_id": self.env.uid,
                    "filed_reason": reason if report.error_count else False,
                }
            )
            report.amended_id._mark_amended()
        return True

    def _check_checked(self):
        for report in self:
            if report.state != "checked":
                raise UserError(
                    self.env._("%s has not been checked without errors.", report.name)
                )

    def _error_texts(self):
        """What a person who files answers for, with its amounts."""
        self.ensure_one()
        errors = self.problem_ids.filtered(lambda row: row.severity == "error")
        return [
            f"{error.message} ({error.detail})" if error.detail else error.message
            for error in errors
        ]

    def _mark_amended(self):
        """The version in force is a later one. The only change a filed report has."""
        if self:
            self.env.cr.execute(
                SQL(
                    "UPDATE nu_pos_dgii_report SET state = 'amended' "
                    "WHERE id = %s AND state = 'filed'",
                    self.id,
                )
            )
            self.invalidate_recordset(["state"])

    def action_amend(self):
        """A new version of a filed report, which sends the whole month again."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "filed":
            raise UserError(self.env._("Only what is filed can be amended."))
        later = self._others().filtered(lambda other: other.amended_id == self)
        version = later or self.sudo().create(
            {
                "company_id": self.company_id.id,
                "format": self.format,
                "date_from": self.date_from,
                "version": max(self._others().mapped("version") + [self.version]) + 1,
                "amended_id": self.id,
            }
        ).with_env(self.env)
        if not later:
            version.action_compute()
        return version._action_form()

    def _in_force(self):
        """The versions that count: neither amended nor waiting to replace another."""
        return self.filtered(
            lambda report: (
                report.state == "filed"
                or (report.state != "amended" and not report.amended_id)
            )
        )

    # -- Card acquirers ----------------------------------------------------------------

    def _action_acquirer(self, account_id):
        """Items of the month on the account of an acquirer."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Withheld by card acquirers"),
            "res_model": "account.move.line",
            "views": [(False, "list"), (False, "form")],
            "domain": [
                ("account_id", "=", account_id),
                ("company_id", "=", self.company_id.id),
                ("parent_state", "=", "posted"),
                ("date", ">=", self.date_from),
                ("date", "<=", self.date_to),
            ],
        }

    def action_book_acquirers(self):
        """Draft the entry of what acquirers withheld and nobody booked: off what they
        owe, on their account. An accountant posts it with their certificate."""
        self.ensure_one()
        self.check_access("write")
        lines = []
        # an accountant does not sell: the methods of the till are read for him
        methods = self.env["pos.payment.method"].sudo()
        for row in acquirers(self):
            missing = float(-row.difference)
            if not row.differs or missing <= 0:
                continue
            journal = row.journals[0]
            method = methods.search([("journal_id", "in", row.journals.ids)], limit=1)
            owed = method.outstanding_account_id or journal.default_account_id
            name = self.env._("Withheld by the acquirer, %s", journal.name)
            lines += [
                {"account_id": row.account.id, "debit": missing, "name": name},
                {"account_id": owed.id, "credit": missing, "name": name},
            ]
        if not lines:
            raise UserError(self.env._("All that acquirers withheld is booked."))
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company_id.id), ("type", "=", "general")], limit=1
        )
        move = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": self.date_to,
                "ref": self.env._("ITBIS withheld by card acquirers, %s", self.name),
                "line_ids": [Command.create(line) for line in lines],
            }
        )
        return move._get_records_action(name=move.display_name)

    # -- Screens -----------------------------------------------------------------------

    def _action_form(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_view_lines(self):
        self.ensure_one()
        return self._action_lines(self.name, Domain.TRUE)

    def action_view_listed(self):
        self.ensure_one()
        return self._action_lines(self.name, Domain("listed", "=", True))

    def _action_lines(self, name, domain):
        view = self.env.ref(
            f"nu_restaurant_pos.nu_pos_dgii_report_line_view_list_{self.format}",
            raise_if_not_found=False,
        )
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "nu.pos.dgii.report.line",
            "views": [
                (view and view.id or False, "list"),
                (False, "form"),
                (False, "pivot"),
            ],
            "domain": list(Domain("report_id", "=", self.id) & domain),
        }

    def action_view_problems(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Problems of %s", self.name),
            "res_model": "nu.pos.dgii.report.problem",
            "views": [(False, "list"), (False, "form")],
            "domain": [("report_id", "=", self.id)],
        }
