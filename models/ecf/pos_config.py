from odoo import fields, models
from odoo.tools import SQL

from ...fiscal import calendar
from .nu_pos_ecf import FINAL_STATES


class PosConfig(models.Model):
    _inherit = "pos.config"

    nu_ecf_waiting_count = fields.Integer(
        string="e-CF to send", compute="_compute_nu_ecf_counts", compute_sudo=True
    )
    nu_ecf_stuck_count = fields.Integer(
        string="e-CF stuck",
        compute="_compute_nu_ecf_counts",
        compute_sudo=True,
        help="Signed more than an hour ago and not judged by DGII yet.",
    )
    nu_ecf_rejected_count = fields.Integer(
        string="e-CF rejected today",
        compute="_compute_nu_ecf_counts",
        compute_sudo=True,
    )

    nu_ecf_contingency = fields.Selection(
        related="company_id.nu_ecf_contingency", string="e-CF contingency"
    )
    nu_series_b_warning = fields.Char(
        related="company_id.nu_series_b_warning", string="Series B has ended"
    )

    def _compute_nu_ecf_counts(self):
        """One query for all cards."""
        Ecf = self.env["nu.pos.ecf"]
        Ecf.flush_model(["config_id", "state", "date_signed", "date_issue"])
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                SELECT config_id,
                       count(*) FILTER (WHERE state NOT IN %(final)s),
                       count(*) FILTER (
                           WHERE state NOT IN %(final)s AND date_signed < %(late)s),
                       count(*) FILTER (WHERE state = 'rejected')
                  FROM nu_pos_ecf
                 WHERE config_id IN %(registers)s
                   AND (state NOT IN %(final)s
                        OR (state = 'rejected' AND date_issue = %(today)s))
                 GROUP BY config_id
                """,
                final=FINAL_STATES,
                late=fields.Datetime.subtract(now, hours=1),
                today=calendar.fiscal_day(now),
                registers=tuple(self.ids) or (0,),
            )
        )
        found = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        for config in self:
            waiting, stuck, rejected = found.get(config.id, (0, 0, 0))
            config.nu_ecf_waiting_count = waiting
            config.nu_ecf_stuck_count = stuck
            config.nu_ecf_rejected_count = rejected

    def action_nu_open_contingency(self):
        """The contingency that the company of the register is in."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nu_restaurant_pos.nu_pos_ecf_contingency_action"
        )
        return {**action, "domain": [("company_id", "=", self.company_id.id)]}

    def action_nu_set_up_ecf(self):
        """Set up electronic receipts of the register's company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nu_restaurant_pos.nu_pos_ecf_setup_action"
        )
        return {**action, "context": {"default_company_id": self.company_id.id}}

    def action_nu_open_ecf(self):
        """The register's electronic receipts that DGII has not taken."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nu_restaurant_pos.nu_pos_ecf_action"
        )
        return {
            **action,
            "domain": [("config_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }
