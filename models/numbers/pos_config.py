"""A Dominican register does not sell without numbers in silence."""

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

from ...fiscal import calendar


class PosConfig(models.Model):
    """What a register needs before its session opens: a default fiscal type, and a
    range of it that has numbers left (Ley 11-92 art. 50; Decreto 254-06)."""

    _inherit = "pos.config"

    nu_numbering_problem = fields.Char(
        string="Cannot number its sales",
        compute="_compute_nu_numbering_problem",
        help="Why no session can be opened.",
    )

    @api.depends("nu_default_document_type_id", "company_id")
    def _compute_nu_numbering_problem(self):
        for config in self:
            config.nu_numbering_problem = config.sudo()._nu_numbering_problem()[0]

    def _nu_must_number(self):
        """Whether sales of this register get fiscal numbers by law."""
        self.ensure_one()
        company = self.company_id
        return (
            company.account_fiscal_country_id.code == "DO"
            and not company.nu_allow_unnumbered
        )

    def _nu_numbering_problem(self):
        """``(why sales would get no number, what to open to mend it)``; ``(False,
        None)`` for nothing."""
        self.ensure_one()
        if not self._nu_must_number():
            return False, None
        usual = self.nu_default_document_type_id
        if not usual:
            return self.env._(
                "%s has no default fiscal type: what is sold would have no NCF.",
                self.display_name,
            ), "register"
        kind = usual._nu_current(self.company_id)
        if self._nu_has_numbers(kind):
            return False, None
        return self.env._(
            "%(register)s sells with %(type)s and there is no range in force with "
            "numbers left.",
            register=self.display_name,
            type=kind.display_name,
        ), "range"

    def _nu_has_numbers(self, document_type):
        """Whether a range in force of this type has numbers for the register."""
        today = calendar.fiscal_day(fields.Datetime.now())
        ranges = self.env["nu.pos.ncf.range"].search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("document_type_id", "=", document_type.id)
            & Domain("config_id", "in", [False, self.id])
            & Domain("state", "in", ("queued", "active", "exhausted"))
            & (Domain("date_expiry", "=", False) | Domain("date_expiry", ">=", today))
        )
        # numbers that were given back are taken again, of a used up range too
        return any(record.remaining for record in ranges)

    def _nu_check_numbering(self):
        """:raise RedirectWarning: with the way to mend it"""
        for config in self.sudo():
            problem, target = config._nu_numbering_problem()
            if problem:
                raise RedirectWarning(
                    self.env._(
                        "%s\n\nA house that has not begun may allow it in Settings > "
                        "POS API.",
                        problem,
                    ),
                    config._nu_action_number(target),
                    self.env._("Set the fiscal type")
                    if target == "register"
                    else self.env._("Add a range"),
                )

    def action_nu_set_numbering(self):
        """Open what keeps the register from numbering its sales."""
        self.ensure_one()
        return self._nu_action_number(self.sudo()._nu_numbering_problem()[1])

    def _nu_action_number(self, target):
        if target == "range":
            kind = self.nu_default_document_type_id._nu_current(self.company_id)
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "nu_restaurant_pos.nu_pos_ncf_range_action"
            )
            return {
                **action,
                "domain": [
                    ("company_id", "=", self.company_id.id),
                    ("document_type_id", "=", kind.id),
                ],
                "context": {
                    "default_company_id": self.company_id.id,
                    "default_document_type_id": kind.id,
                },
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "pos.config",
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def write(self, vals):
        # EXTENDS 'point_of_sale'
        if "nu_default_document_type_id" in vals:
            if not vals["nu_default_document_type_id"]:
                self._nu_check_no_session()
        return super().write(vals)

    def _nu_check_no_session(self):
        """The default type stays while something is sold with it."""
        for config in self.sudo():
            if (
                config.nu_default_document_type_id
                and config._nu_must_number()
                and config.session_ids.filtered(lambda s: s.state != "closed")
            ):
                raise UserError(
                    self.env._(
                        "Close the session of %s first: without default fiscal type "
                        "its sales would have no NCF.",
                        config.display_name,
                    )
                )
