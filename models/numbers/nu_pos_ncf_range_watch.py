"""What is left of the authorised ranges, and who is told when it gets short."""

from datetime import timedelta

from odoo import api, fields, models

from ...fiscal import calendar


class NuPosNcfRange(models.Model):
    _inherit = "nu.pos.ncf.range"

    series_b_warning = fields.Char(
        string="Series B has ended", compute="_compute_series_b_warning"
    )

    def _api_warnings(self):
        """Low stock and near expiry, for the terminals. Counts what lies ahead only:
        numbers given back are few, and a sale must not count them."""
        self.ensure_one()
        prefix, warnings = self.document_type_id.doc_code_prefix, []
        left = self.last_number - self.next_number + 1
        if left < self.warning_numbers:
            warnings.append(
                {
                    "code": "NCF_LOW",
                    "path": "fiscal",
                    "message": f"{left} numbers of type {prefix} are left",
                }
            )
        if self.is_near_expiry:
            warnings.append(
                {
                    "code": "NCF_NEAR_EXPIRY",
                    "path": "fiscal",
                    "message": f"Numbers of type {prefix} expire on {self.date_expiry}",
                }
            )
        return warnings

    @api.depends("document_type_id", "company_id", "state")
    def _compute_series_b_warning(self):
        for record in self:
            live = record.state in ("active", "queued")
            paper = record.document_type_id.nu_series == "B"
            record.series_b_warning = (
                record.company_id.nu_series_b_warning if live and paper else False
            )

    @api.model
    def _stock(self, config):
        """What is left for sales of a register, by id of fiscal type:
        ``{id: {"remaining", "expiration_date"}}``. The date is that of the range in
        use, ISO or None."""
        ranges = self.search(
            [
                ("company_id", "=", config.company_id.id),
                ("config_id", "in", [False, config.id]),
                ("state", "in", ["active", "queued"]),
                "|",
                ("date_expiry", "=", False),
                ("date_expiry", ">=", calendar.fiscal_day(fields.Datetime.now())),
            ],
            order="state, sequence, first_number",
        )
        stock = {}
        for record in ranges:
            expiry = record.date_expiry
            known = stock.setdefault(
                record.document_type_id.id,
                {
                    "remaining": 0,
                    "expiration_date": expiry.isoformat() if expiry else None,
                },
            )
            known["remaining"] += record.remaining
        return stock

    # -- Cron ---------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Mark the ranges that expired and warn the managers of those that will, or
        that run low. Runs after midnight of Santo Domingo and during the day."""
        today = calendar.fiscal_day(fields.Datetime.now())
        live = self.search([("state", "in", ("queued", "active"))])
        live.filtered(lambda r: r.date_expiry and r.date_expiry < today).write(
            {"state": "expired"}
        )
        for record in live.filtered(
            lambda r: r.state == "active" and (r.is_low or r.is_near_expiry)
        ):
            record._warn_manager()
        for company in live.company_id:
            company._nu_warn_of_series_b(live)

    def _warn_manager(self):
        """One open activity a range: the next number shortage must be seen once."""
        self.ensure_one()
        summary = self.env._("Ask DGII for more %s", self.document_type_id.display_name)
        if self.activity_ids.filtered(lambda a: a.summary == summary):
            return
        for user in self.company_id._nu_managers() or self.create_uid:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=fields.Date.context_today(self) + timedelta(days=3),
                summary=summary,
                note=self.env._(
                    "%(left)s numbers are left, valid until %(until)s.",
                    left=self.remaining,
                    until=self.date_expiry or "-",
                ),
                user_id=user.id,
            )
