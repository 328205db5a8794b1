"""Contacts and DGII's list of taxpayers."""

from odoo import api, fields, models
from odoo.fields import Domain

from ...fiscal import identity
from ...schemas.customer import RncCheck
from ..runtime.wire import reads

#: Who may search the list; everybody is told of the one taxpayer a contact is.
_READERS = ",".join(
    (
        "point_of_sale.group_pos_manager",
        "account.group_account_readonly",
        "account.group_account_invoice",
        "base.group_system",
    )
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    nu_rnc_id = fields.Many2one(
        "nu.pos.rnc",
        string="DGII taxpayer",
        compute="_compute_nu_rnc",
        compute_sudo=True,
        readonly=False,
        groups=_READERS,
        help="Type an RNC, or how a name begins; name and tax ID are filled in.",
    )
    nu_rnc_name = fields.Char(
        string="Name at DGII", compute="_compute_nu_rnc", compute_sudo=True
    )
    nu_rnc_state = fields.Char(
        string="State at DGII", compute="_compute_nu_rnc", compute_sudo=True
    )
    nu_rnc_warning = fields.Char(
        string="Warning of DGII's list", compute="_compute_nu_rnc", compute_sudo=True
    )

    @api.depends("vat", "country_id")
    def _compute_nu_rnc(self):
        found = self.env["nu.pos.rnc"]._nu_find_many(
            partner.vat for partner in self if partner._nu_is_dominican()
        )
        for partner in self:
            taxpayer = self.env["nu.pos.rnc"].sudo()
            if partner._nu_is_dominican():
                taxpayer = found.get(partner.vat, taxpayer)
            partner.nu_rnc_id = taxpayer
            partner.nu_rnc_name = taxpayer.name
            partner.nu_rnc_state = taxpayer.state
            partner.nu_rnc_warning = taxpayer._nu_warning()

    @api.depends("vat", "country_id", "company_id")
    def _compute_same_vat_partner_id(self):
        # EXTENDS 'base': one RNC with and without its dashes
        result = super()._compute_same_vat_partner_id()
        for partner in self:
            if partner.same_vat_partner_id or partner.parent_id or not partner.vat:
                continue
            if not partner._nu_is_dominican():
                continue
            try:
                digits = identity.check_tax_id(partner.vat).digits
            except identity.TaxIdError:
                continue
            domain = Domain("vat", "in", (digits, identity.format_tax_id(digits)))
            if partner.company_id:
                domain &= Domain("company_id", "in", [False, partner.company_id.id])
            if partner._origin:
                domain &= ~Domain("id", "child_of", partner._origin.id)
            others = self.with_context(active_test=False).sudo()
            partner.same_vat_partner_id = others.search(domain, limit=1)
        return result

    def _nu_is_dominican(self):
        return not self.country_id or self.country_id.code == "DO"

    @api.onchange("nu_rnc_id")
    def _onchange_nu_rnc_id(self):
        taxpayer = self.nu_rnc_id.sudo()
        if taxpayer and taxpayer != self.env["nu.pos.rnc"]._nu_find(self.vat):
            self.update(taxpayer._partner_values())

    @api.onchange("vat")
    def _onchange_nu_vat(self):
        """Fill in the registered name; say so when the taxpayer is not in order."""
        if not self._nu_is_dominican():
            return None
        taxpayer = self.env["nu.pos.rnc"]._nu_find(self.vat)
        if not taxpayer:
            return None
        if not self.name:
            self.update({**taxpayer._partner_values(), "vat": self.vat})
        warning = taxpayer._nu_warning()
        if not warning:
            return None
        return {"warning": {"title": self.env._("DGII taxpayer"), "message": warning}}

    def action_nu_use_registered_name(self):
        """Call the contact as DGII does."""
        for partner in self:
            if partner.nu_rnc_name:
                partner.name = partner.nu_rnc_name

    @api.private
    @api.model
    @reads
    def _nu_validate_rnc(self, wire: RncCheck):
        """``POST /customers/validate-rnc``: what is known of an RNC or cédula.

        One that cannot be is an answer too: where the buyer is optional, the sale goes
        on.
        """
        answer = {
            "status": "ok",
            "rnc": wire.rnc,
            "valid": False,
            "kind": None,
            "formatted": None,
            "check_digit_ok": False,
            "warnings": [],
            **self.env["nu.pos.rnc"].browse()._wire(),
            "partner_id": None,
        }

        def warn(code, message):
            entry = {"code": code, "path": "rnc", "message": message}
            answer["warnings"].append(entry)

        try:
            tax_id = identity.check_tax_id(wire.rnc)
        except identity.TaxIdError as error:
            warn(error.code, str(error))
            return answer
        taxpayer = self.env["nu.pos.rnc"]._nu_find(tax_id.digits)
        formatted = identity.format_tax_id(tax_id.digits)
        answer.update(
            rnc=tax_id.digits,
            valid=True,
            kind=tax_id.kind,
            formatted=formatted,
            check_digit_ok=tax_id.check_digit_ok,
            **taxpayer._wire(),
            partner_id=self._nu_with_vat(tax_id.digits, formatted).id or None,
        )
        if not taxpayer:
            warn("RNC_NOT_LISTED", self.env._("DGII's list does not name this number."))
            if not tax_id.check_digit_ok:
                message = self.env._("The check digit is not the usual one.")
                warn("CHECK_DIGIT", message)
        elif warning := taxpayer._nu_warning():
            warn("RNC_NOT_ACTIVE", warning)
        return answer

    def _nu_with_vat(self, *spellings):
        """The contact of the caller's company, or of all, with this tax ID."""
        return self.sudo().search(
            [
                ("vat", "in", spellings),
                ("parent_id", "=", False),
                ("company_id", "in", [False, *self.env.companies.ids]),
            ],
            order="id",
            limit=1,
        )
