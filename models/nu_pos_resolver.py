"""Which record a client means: by id, code, barcode, name."""

from odoo import api, models
from odoo.fields import Domain

#: For each kind of reference: model, and keys a text is tried on, in this order.
KINDS = {
    "product": ("product.product", ("default_code", "barcode", "name")),
    "customer": ("res.partner", ("vat", "ref", "barcode", "phone", "email", "name")),
    "payment_method": ("pos.payment.method", ("nu_code", "name")),
    "register": ("pos.config", ("uuid", "name")),
    "table": ("restaurant.table", ("table_number",)),
    "employee": ("hr.employee", ("barcode", "user_id.login")),
}
#: What a key is called in an object reference.
OBJECT_KEYS = {"code": {"product": "default_code", "payment_method": "nu_code"}}


class NuPosResolver(models.AbstractModel):
    """Resolves the references of a request.

    A reference is a whole number (the id), a text (tried on the keys of its kind in
    order) or an object of keys. It must name exactly one active record the company
    may use; two candidates are an error that lists them, never a guess.
    """

    _name = "nu.pos.resolver"
    _description = "Reference resolver of the POS API"

    @api.model
    def _domain(self, kind, company, config):
        """What of a kind is within the reach of a register."""
        if kind == "payment_method":
            return Domain("id", "in", config.payment_method_ids.ids)
        if kind == "table":
            return Domain("floor_id", "in", config.floor_ids.ids)
        if kind == "register":
            return Domain("company_id", "=", company.id)
        return Domain("company_id", "in", [company.id, False])

    @api.private
    @api.model
    def one(self, kind, reference, path, findings, config):
        """The record meant, or an empty set with a finding."""
        found = self.many(kind, [(path, reference)], findings, config)
        return found.get(path) or self.env[KINDS[kind][0]]

    @api.private
    @api.model
    def many(self, kind, references, findings, config):
        """Resolve many references of one kind, ids in one query.

        :param references: ``[(path, reference)]``
        :return: ``{path: record}``; what is absent has a finding
        """
        model, _keys = KINDS[kind]
        within = self._domain(kind, config.company_id, config)
        ids = {ref for _path, ref in references if isinstance(ref, int)}
        by_id = {}
        if ids:
            allowed = self.env[model].search(Domain("id", "in", list(ids)) & within)
            by_id = {record.id: record for record in allowed}
        result, by_key = {}, {}
        for path, ref in references:
            if isinstance(ref, int):
                record = by_id.get(ref)
                if not record:
                    findings.add(
                        "UNKNOWN_REFERENCE", path, f"no such {_words(kind)}", given=ref
                    )
            else:
                key = repr(ref)
                if key not in by_key:
                    by_key[key] = self._by_keys(kind, ref, path, findings, within)
                record = by_key[key]
            if record:
                result[path] = record
        return result

    @api.model
    def _by_keys(self, kind, reference, path, findings, within):
        model, keys = KINDS[kind]
        Model = self.env[model]
        if isinstance(reference, dict):
            criteria = self._object_criteria(kind, reference, path, findings)
        else:
            text = reference.strip()
            criteria = [(key, self._clean(key, text)) for key in keys]
        for key, value in criteria:
            if value in (None, ""):
                continue
            candidates = Model.search(Domain(key, "=", value) & within, limit=3)
            if len(candidates) == 1:
                return candidates
            if candidates:
                findings.add(
                    "AMBIGUOUS_REFERENCE",
                    path,
                    f"several {_words(kind)}s match: "
                    + ", ".join(str(candidate.id) for candidate in candidates),
                    given=reference,
                )
                return Model
        if criteria:
            findings.add(
                "UNKNOWN_REFERENCE", path, f"no such {_words(kind)}", given=reference
            )
        return Model

    @api.model
    def _object_criteria(self, kind, reference, path, findings):
        _model, keys = KINDS[kind]
        criteria = []
        for name, value in reference.items():
            key = OBJECT_KEYS.get(name, {}).get(kind, name)
            if key not in (*keys, "id") or not isinstance(value, (str, int)):
                findings.add(
                    "VALIDATION",
                    f"{path}.{name}",
                    "unknown key",
                    expected=", ".join(("id", *keys)),
                )
                return []
            criteria.append((key, value))
        if not criteria:
            findings.add("VALIDATION", path, "empty reference")
        return criteria

    @api.model
    def _clean(self, key, text):
        if key == "vat":
            # RNC and cédula are kept as digits
            digits = "".join(char for char in text if char in "0123456789")
            return digits if len(digits) in (9, 11) else None
        if key == "table_number":
            return int(text) if text.isascii() and text.isdigit() else None
        return text


def _words(kind):
    return kind.replace("_", " ")
