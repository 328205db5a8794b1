"""Authorised ranges (``fiscal-sequences``) over the API."""

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...schemas.sequence import (
    NewSequence,
    SequenceChange,
    SequenceOut,
    SequenceQuery,
)
from ..runtime.problem import ApiProblem
from ..runtime.wire import reads

FIELDS = {
    "last_number": "last_number",
    "expiration_date": "date_expiry",
    "authorization": "authorization",
    "warning_numbers": "warning_numbers",
    "warning_days": "warning_days",
}


class NuPosNcfRange(models.Model):
    """Listed, added and changed by whoever has the permission ``settings``: on a
    register for the ranges dedicated to it, on all registers for the company's."""

    _inherit = "nu.pos.ncf.range"

    @api.model
    @reads
    def _api_list(self, wire: SequenceQuery):
        domain = Domain("company_id", "in", self._companies(wire.config_id))
        without = self.env["nu.pos.permission"].registers_without("settings")
        domain &= Domain("config_id", "not in", without.ids)
        if wire.fiscal_type:
            kind = self.env["l10n_latam.document.type"]._nu_find(wire.fiscal_type)
            domain &= Domain("document_type_id", "=", kind.id)
        if wire.state:
            domain &= Domain("state", "=", wire.state)
        found = self.sudo().search(domain)
        return {"status": "ok", "data": [SequenceOut.from_record(one) for one in found]}

    @api.model
    @reads
    def _api_add(self, wire: NewSequence):
        """:raise ApiProblem: ``CONFLICT`` for numbers another range has"""
        config = self.env["pos.config"]._nu_pick(wire.config_id)
        kind = self.env["l10n_latam.document.type"]._nu_find(wire.fiscal_type)
        company_id = config._nu_company_id(config.id)
        self._check_free(company_id, kind, wire.first_number, wire.last_number)
        values = {
            "company_id": company_id,
            "document_type_id": kind.id,
            "first_number": wire.first_number,
            "last_number": wire.last_number,
            "date_expiry": wire.expiration_date,
            "authorization": wire.authorization,
        }
        if wire.dedicated_to:
            register = self.env["pos.config"]._nu_pick(wire.dedicated_to)
            values["config_id"] = register.id
        self._require_settings(values.get("config_id"))
        for name in ("warning_numbers", "warning_days"):
            if getattr(wire, name) is not None:
                values[name] = getattr(wire, name)
        record = self._in_words(lambda: self.sudo().create(values))
        return {"status": "ok", "data": SequenceOut.from_record(record)}

    @api.model
    @reads
    def _api_change(self, range_id, wire: SequenceChange):
        """:raise ApiProblem: ``NOT_FOUND``; ``CONFLICT`` when another range has them"""
        record = self.sudo().search(
            [("id", "=", range_id), ("company_id", "in", self._companies())]
        )
        if not record:
            raise ApiProblem("NOT_FOUND", "There is no such range")
        self._require_settings(record.config_id.id)
        told = wire.model_dump(exclude_unset=True)
        values = {column: told[name] for name, column in FIELDS.items() if name in told}
        last = values.get("last_number")
        if last is not None:
            if last < record.next_number - 1:
                raise ApiProblem(
                    "VALIDATION",
                    errors=[
                        {
                            "path": "last_number",
                            "message": "numbers beyond it were taken already",
                            "given": str(last),
                            "expected": f"at least {record.next_number - 1}",
                        }
                    ],
                )
            self._check_free(
                record.company_id.id,
                record.document_type_id,
                record.first_number,
                last,
                record,
            )
        self._in_words(lambda: record.write(values))
        if wire.state == "closed":
            record.action_close()
        elif wire.state == "open":
            record.action_reopen()
        return {"status": "ok", "data": SequenceOut.from_record(record)}

    @api.model
    def _require_settings(self, config_id):
        Permission = self.env["nu.pos.permission"]
        if config_id:
            Permission.require("settings", self.env["pos.config"].browse(config_id))
        else:
            Permission.require_everywhere("settings")

    @api.model
    def _companies(self, config_id=None):
        Config = self.env["pos.config"]
        if config_id:
            return [Config._nu_company_id(Config._nu_pick(config_id).id)]
        return list(Config._nu_company_ids())

    @api.model
    def _check_free(self, company_id, kind, first, last, besides=()):
        """The database refuses overlaps anyway, in its own words."""
        taken = self.sudo().search(
            [
                ("company_id", "=", company_id),
                ("document_type_id", "=", kind.id),
                ("first_number", "<=", last),
                ("last_number", ">=", first),
                ("id", "not in", besides and besides.ids),
            ],
            limit=1,
        )
        if taken:
            raise ApiProblem(
                "CONFLICT",
                f"Range {taken.id} holds {taken.first_number} to {taken.last_number} "
                f"of type {kind.doc_code_prefix} already",
            )

    @api.model
    def _in_words(self, act):
        """The rules of a range, told as a problem of the request."""
        try:
            return act()
        except ValidationError as error:
            raise ApiProblem(
                "VALIDATION", errors=[{"path": "", "message": str(error)}]
            ) from error
