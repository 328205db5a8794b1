"""DGII's list of taxpayers, for looking up who an RNC belongs to."""

import re

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ...fiscal import identity
from ...fiscal.taxpayers import ACTIVE, search_key

#: How many taxpayers one name may find; what a person looks through.
MOST_FOUND = 200
_DIGITS = re.compile(r"[0-9][0-9 -]*")


class NuPosRnc(models.Model):
    """A taxpayer as DGII publishes it.

    Rows are written by ``nu.pos.rnc.import`` alone, with SQL; nobody edits them. State
    and regime are in DGII's own words (ACTIVO, SUSPENDIDO, DADO DE BAJA...). A state
    other than ACTIVO warns and never stops a sale: DGII forbids nothing there, but the
    buyer may lose the credit. A taxpayer that is missing in the list may be new.

    Names are found by how they begin, through an index: a list of 750,000 is not
    searched from end to end at the till.
    """

    _name = "nu.pos.rnc"
    _description = "DGII taxpayer"
    _log_access = False
    _rec_name = "name"
    _order = "id"

    rnc = fields.Char(
        string="RNC or cédula", required=True, readonly=True, help="Digits only."
    )
    name = fields.Char(string="Registered name", required=True, readonly=True)
    trade_name = fields.Char(readonly=True)
    activity = fields.Char(string="Economic activity", readonly=True)
    start_date = fields.Date(string="Operating since", readonly=True)
    state = fields.Char(readonly=True, help="As DGII has it; ACTIVO is in order.")
    regime = fields.Char(string="Payment regime", readonly=True)
    missing_since = fields.Date(
        string="Not listed since",
        readonly=True,
        help="Day of the first import that did not name this taxpayer any more.",
    )
    search_name = fields.Char(readonly=True)
    search_trade = fields.Char(readonly=True)

    _rnc_uniq = models.UniqueIndex("(rnc varchar_pattern_ops)")
    _search_name_idx = models.Index("(search_name varchar_pattern_ops)")
    _search_trade_idx = models.Index(
        "(search_trade varchar_pattern_ops) WHERE search_trade IS NOT NULL"
    )
    _state_idx = models.Index("(state) WHERE state <> 'ACTIVO'")

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Taxpayers come from DGII's file: import it."))

    @api.depends("rnc", "name")
    def _compute_display_name(self):
        for record in self:
            shown = record.rnc or ""
            if shown:
                shown = identity.format_tax_id(shown)
            record.display_name = f"{record.name} ({shown})" if shown else record.name

    # -- Looking up --------------------------------------------------------------------

    @api.model
    def _search_display_name(self, operator, value):
        """By RNC or by how the name or trade name begins; other operators as usual."""
        if operator not in ("ilike", "like", "=ilike", "=like") or not value:
            return super()._search_display_name(operator, value)
        if not isinstance(value, str):
            return super()._search_display_name(operator, value)
        return Domain("id", "in", self._ids_like(value.strip("%")))

    @api.model
    def _ids_like(self, text, limit=MOST_FOUND):
        """Ids of taxpayers whose RNC, name or trade name begins like this, in the order
        of the names."""
        text = text.strip()
        if _DIGITS.fullmatch(text):
            digits = re.sub("[ -]", "", text)
            query = SQL(
                "SELECT id FROM nu_pos_rnc WHERE rnc LIKE %s"
                " ORDER BY rnc USING ~<~ LIMIT %s",
                f"{digits}%",
                limit,
            )
        elif key := search_key(text):
            # the key has letters, digits and spaces: nothing LIKE would take otherwise
            query = SQL(
                """
                (SELECT id FROM nu_pos_rnc WHERE search_name LIKE %(key)s
                  ORDER BY search_name USING ~<~ LIMIT %(limit)s)
                UNION
                (SELECT id FROM nu_pos_rnc WHERE search_trade LIKE %(key)s
                  ORDER BY search_trade USING ~<~ LIMIT %(limit)s)
                LIMIT %(limit)s
                """,
                key=f"{key}%",
                limit=limit,
            )
        else:
            return []
        return [row_id for (row_id,) in self.env.execute_query(query)]

    @api.model
    def _nu_find(self, text):
        """The taxpayer with this RNC or cédula, in whatever spelling; may be empty.

        The list is public, so that anybody who may ask gets the answer.
        """
        try:
            digits = identity.check_tax_id(text).digits
        except identity.TaxIdError:
            return self.sudo().browse()
        return self.sudo().search([("rnc", "=", digits)], limit=1)

    @api.model
    def _nu_find_many(self, texts):
        """``{text: taxpayer}`` of those that are listed."""
        digits = {}
        for text in filter(None, texts):
            try:
                digits[text] = identity.check_tax_id(text).digits
            except identity.TaxIdError:
                continue
        found = self.sudo().search([("rnc", "in", list(set(digits.values())))])
        by_rnc = {record.rnc: record for record in found}
        return {text: by_rnc[rnc] for text, rnc in digits.items() if rnc in by_rnc}

    def _is_in_order(self):
        """Whether DGII lists the taxpayer as active."""
        self.ensure_one()
        return self.state == ACTIVE and not self.missing_since

    def _nu_warning(self):
        """What is to be said of a taxpayer that is not in order; else False."""
        if not self or self._is_in_order():
            return False
        if self.missing_since:
            return self.env._(
                "%(name)s is not in DGII's list since %(day)s.",
                name=self.name,
                day=self.missing_since,
            )
        return self.env._(
            "DGII lists %(name)s as %(state)s: the buyer may lose the tax credit.",
            name=self.name,
            state=self.state or "?",
        )

    def _wire(self):
        """The taxpayer in the words of the API; nulls where there is none."""
        return {
            "found": bool(self),
            "name": self.name or None,
            "trade_name": self.trade_name or None,
            "activity": self.activity or None,
            "state": self.state or None,
            "active": self._is_in_order() if self else None,
            "regime": self.regime or None,
            "start_date": self.start_date.isoformat() if self.start_date else None,
        }

    # -- To a customer -----------------------------------------------------------------

    def action_open_partner(self):
        """The contact with this RNC; a new one, filled in, where there is none."""
        self.ensure_one()
        self.check_access("read")
        partners = self.env["res.partner"]
        formatted = identity.format_tax_id(self.rnc)
        partner = partners.search(
            [("vat", "in", [self.rnc, formatted]), ("parent_id", "=", False)], limit=1
        )
        values = {f"default_{k}": v for k, v in self._partner_values().items()}
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "res.partner",
            "view_mode": "form",
            "res_id": partner.id,
            "context": {} if partner else values,
        }

    def _partner_values(self):
        """Values of a contact for this taxpayer."""
        self.ensure_one()
        return {
            "name": self.name,
            "vat": self.rnc,
            "is_company": len(self.rnc) == 9,
            "country_id": self.env.ref("base.do").id,
        }
