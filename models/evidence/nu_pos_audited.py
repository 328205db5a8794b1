from odoo import api, models

from .audit_secrets import HIDDEN, is_secret


class NuPosAudited(models.AbstractModel):
    """Records in the audit who changed which field from what to what.

    A model inherits it and says which of its fields matter::

        _inherit = "nu.pos.audited"
        _nu_audit_event = "device"
        _nu_audit_fields = ("name", "active")

    The row is written in the transaction of the change. Values of fields with a secret
    name are hidden: only that they changed is told. A write that changes nothing, or
    other fields only, leaves no row; nor does a new record without any of them.
    """

    _name = "nu.pos.audited"
    _description = "Changes go to the audit"

    _nu_audit_event = "config"
    _nu_audit_fields = ()

    @api.model
    def _nu_audited_fields(self):
        """Names of the fields whose changes are recorded: ``_nu_audit_fields``, or of a
        model of core all fields that this addon gave it and a person may set."""
        return self._nu_audit_fields or tuple(
            name
            for name, field in self._fields.items()
            if name.startswith("nu_")
            and field.store
            and not (field.compute and field.readonly)
        )

    def _nu_audit_company(self):
        """Company whose chain gets the row; an empty set for none."""
        self.ensure_one()
        if "company_id" in self._fields:
            return self.company_id
        return self.env["res.company"]

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        names = records._nu_audited_fields()
        for record, vals, after in zip(
            records, vals_list, records._nu_audit_values(names)
        ):
            changes = {
                name: [None, value]
                for name, value in after.items()
                # what a new record of core has by default is no decision of anybody
                if value not in (None, False, [])
                and (self._nu_audit_fields or name in vals)
            }
            if changes:
                record._nu_audit_record("create", changes)
        return records

    def write(self, vals):
        names = [name for name in self._nu_audited_fields() if name in vals]
        if not names:
            return super().write(vals)
        # one write may move another audited field of the same record
        names = self._nu_audited_fields()
        before = self._nu_audit_values(names)
        result = super().write(vals)
        for record, old, new in zip(self, before, self._nu_audit_values(names)):
            changes = {
                name: [old[name], new[name]] for name in names if old[name] != new[name]
            }
            if changes:
                record._nu_audit_record("write", changes)
        return result

    def unlink(self):
        names = self._nu_audited_fields()
        gone = [
            (
                record,
                record._nu_audit_company(),
                {n: [v, None] for n, v in values.items() if v not in (None, False, [])},
                record.display_name,
            )
            for record, values in zip(self, self._nu_audit_values(names))
        ]
        result = super().unlink()
        for record, company, changes, name in gone:
            record._nu_audit_record("unlink", changes, company, name)
        return result

    def _nu_audit_values(self, names):
        """The values of each record, as the audit tells them."""
        return [
            {name: record._nu_audit_value(name) for name in names}
            for record in self.sudo()
        ]

    def _nu_audit_value(self, name):
        field, value = self._fields[name], self[name]
        if field.relational:
            many = field.type != "many2one"
            told = [[r.id, r.display_name] for r in value.sorted("id")]
            return told if many else (told[0] if told else None)
        if field.type == "boolean":
            return bool(value)
        if value is False or value is None:
            return None
        if field.type in ("date", "datetime"):
            return value.isoformat()
        if isinstance(value, float):
            return repr(value)
        # what has no plain text of its own (JSON, files) is told as it shows
        return value if isinstance(value, str | int) else str(value)

    def _nu_audit_record(self, act, changes, company=None, name=None):
        for field in filter(is_secret, changes):
            changes[field] = [value and HIDDEN for value in changes[field]]
        self.env["nu_restaurant_pos.order_audit"]._record(
            self._nu_audit_event,
            company=self._nu_audit_company() if company is None else company,
            payload={
                "model": self._name,
                "id": self.id,
                "name": name if name is not None else self.display_name,
                "act": act,
                "changes": changes,
            },
        )
