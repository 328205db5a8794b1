"""Which record a client means: by id, code, barcode, name."""

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from ...fiscal.identity import digits_of
from ...schemas.base import listed
from .problem import Findings
from .reference import database_id
from .sale_reads import READS, SaleReads
from .service import Service

#: For each kind of reference: model, and keys a text is tried on, in this order.
KINDS = {
    "product": ("product.product", ("default_code", "barcode", "name")),
    "customer": ("res.partner", ("vat", "ref", "barcode", "phone", "email", "name")),
    "payment_method": ("pos.payment.method", ("nu_code", "name")),
    "register": ("pos.config", ("uuid", "name")),
    "table": ("restaurant.table", ("table_number",)),
    "employee": ("hr.employee", ("barcode", "user_id.login")),
    "session": ("pos.session", ()),
}
#: What a key is called in an object reference.
OBJECT_KEYS = {
    "code": {"product": "default_code", "payment_method": "nu_code"},
    # as bootstrap and documents call it
    "rnc": {"customer": "vat"},
}
#: Keys that are whole numbers in the database.
NUMBERS = ("id", "table_number")
#: For how many references of a request it is looked up what could have been meant.
MAX_SUGGESTED = 5


class Known:
    """What was resolved by id for the orders of one transaction, in the context under
    ``nu_known``. Nobody can send an object of this class."""

    def __init__(self):
        self._found = {}

    def of(self, kind, config):
        """``{id: record, None if there is none}``, to be filled."""
        return self._found.setdefault((kind, config.id), {})


class ReferenceResolver(Service):
    """Resolves the references of a request.

    A reference is a whole number (the id), a text (tried on the keys of its kind in
    order) or an object of keys. It must name exactly one active record the company
    may use; two candidates are an error that lists them, never a guess.

    A sale that is paid already may also name what was archived, or taken off the
    register, since: callers that sell such pass ``warnings``.
    """

    def _domain(self, kind, company, config):
        """What of a kind is within the reach of a register."""
        if kind == "payment_method":
            return Domain("id", "in", config.payment_method_ids.ids)
        if kind == "table":
            return Domain("floor_id", "in", config.floor_ids.ids)
        if kind == "register":
            return Domain("company_id", "=", company.id)
        if kind == "session":
            return Domain("config_id", "=", config.id)
        return Domain("company_id", "in", [company.id, False])

    def _past_domain(self, kind, company):
        """What of a kind a sale made some time ago may have named beside what
        :meth:`_domain` says; archived records count."""
        if kind == "payment_method":
            return Domain("company_id", "=", company.id)
        if kind == "table":
            archived = Domain("active", "=", False) | Domain(
                "floor_id.active", "=", False
            )
            return archived & Domain(
                "floor_id.pos_config_ids.company_id", "=", company.id
            )
        return Domain("company_id", "in", [company.id, False])

    def _was_on(self, method, config):
        """Whether payments of a register may once have been of this method, which is
        not on it now; what is on another register and never was paid by here is not.
        """
        if not method.active or not method.config_ids:
            return True
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM pos_payment p JOIN pos_session s ON s.id = p.session_id
                 WHERE p.payment_method_id = %s AND s.config_id = %s LIMIT 1
                """,
                method.id,
                config.id,
            )
        )
        return bool(rows)

    def one(self, kind, reference, path, findings, config, warnings=None):
        """The record meant, or an empty set with a finding."""
        found = self.many(kind, [(path, reference)], findings, config, warnings)
        return found.get(path) or self.env[KINDS[kind][0]]

    def many(self, kind, references, findings, config, warnings=None):
        """Resolve many references of one kind, ids in one query.

        :param references: ``[(path, reference)]``
        :param warnings: of a sale that is paid already: gets an entry for each
            reference to what is archived or off the register, which is then resolved
        :return: ``{path: record}``; what is absent has a finding
        """
        missing = Findings()
        found = self._many(kind, references, missing, config)
        if missing.errors:
            if warnings is not None:
                self._past(kind, references, found, missing, config, warnings)
            self._suggest(kind, references, missing, config)
            findings.extend(missing)
        return found

    def _suggest(self, kind, references, findings, config):
        """Say what would have been right: the methods and tables of the register,
        products that bear the text. Customers are nobody's to know."""
        unknown = findings.paths("UNKNOWN_REFERENCE")
        unknown = [pair for pair in references if pair[0] in unknown]
        for path, reference in unknown[:MAX_SUGGESTED]:
            findings.expect(path, self._candidates(kind, reference, config))

    def _candidates(self, kind, reference, config):
        Model = self.env[KINDS[kind][0]]
        by_id = isinstance(reference, int)
        domain = self._domain(kind, config.company_id, config)
        if kind == "payment_method":
            return listed(
                f"{method.id} ({method.name})" if by_id else method.name
                for method in config.payment_method_ids
            )
        if kind == "table":
            tables = Model.search(domain, order="table_number", limit=60)
            return listed(
                f"{table.id} (table {table.table_number})"
                if by_id
                else table.table_number
                for table in tables
            )
        if kind != "product" or by_id:
            return None
        texts = reference.values() if isinstance(reference, dict) else [reference]
        named = Domain.OR(
            Domain(key, "=ilike", escape_psql(text.strip()))
            for text in texts
            if isinstance(text, str)
            for key in KINDS[kind][1]
        )
        near = Model.search(named & domain & Domain("sale_ok", "=", True), limit=5)
        return listed(product.default_code or product.name for product in near)

    def _past(self, kind, references, found, findings, config, warnings):
        """Resolve what :meth:`_many` did not find among what there was; takes its
        findings off the list."""
        within = self._past_domain(kind, config.company_id)
        past = self.with_env(
            self.env(context={**self.env.context, "active_test": False})
        )
        unknown = findings.paths("UNKNOWN_REFERENCE")
        for path, reference in references:
            if path not in unknown:
                continue
            missing = Findings()
            if isinstance(reference, int):
                record = past._search_ids(kind, Domain("id", "=", reference) & within)
            else:
                record = past._by_keys(kind, reference, path, missing, within)
            if kind == "payment_method" and record:
                record = record if self._was_on(record, config) else record.browse()
            if record:
                record = record.with_env(self.env)
                found[path] = record
                findings.drop(path)
                warnings.append(self._past_warning(kind, path, record))
            elif missing.code == "AMBIGUOUS_REFERENCE":
                findings.drop(path)
                findings.extend(missing)

    def _past_warning(self, kind, path, record):
        archived = "active" in record._fields and not record.active
        state = "is archived" if archived else "is no longer on the register"
        return {
            "code": "ARCHIVED_REFERENCE",
            "path": path,
            "message": f"the {_words(kind)} {record.display_name} {state}",
        }

    def _many(self, kind, references, findings, config):
        model, _keys = KINDS[kind]
        within = self._domain(kind, config.company_id, config)
        ids = {ref for _path, ref in references if isinstance(ref, int)}
        by_id = {}
        if ids:
            by_id = self.by_ids(kind, ids, config)
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

    def by_ids(self, kind, ids, config):
        """``{id: record}`` with what a sale reads of them; None for what is not there
        or out of reach."""
        if kind == "payment_method":
            return {method.id: method for method in config.payment_method_ids}
        known = self.env.context.get("nu_known")
        found = known.of(kind, config) if isinstance(known, Known) else {}
        unknown = ids.difference(found)
        if unknown:
            found.update(dict.fromkeys(unknown))
            domain = Domain("id", "in", list(unknown)) & self._domain(
                kind, config.company_id, config
            )
            for record in self._search_ids(kind, domain):
                found[record.id] = record
        return found

    def _search_ids(self, kind, domain):
        Model, reads = self.env[KINDS[kind][0]], SaleReads(self.env)
        names = reads.names(Model._name) if Model._name in READS else ()
        records = Model.search_fetch(domain, names, order="id")
        if kind == "product":
            reads.products(records)
        return records

    def _by_keys(self, kind, reference, path, findings, within):
        model, keys = KINDS[kind]
        Model = self.env[model]
        if isinstance(reference, dict):
            criteria = self._object_criteria(kind, reference, path, findings)
        else:
            text = reference.strip()
            criteria = [(key, self._read(key, text)) for key in keys]
        for key, value in criteria:
            if value in (None, ""):
                continue
            named = Domain(key, "=", value) & within
            candidates = Model
            if key == "vat":
                # contacts of a company bear its RNC: the company is meant
                candidates = Model.search(
                    named & Domain("parent_id", "=", False), limit=3
                )
            candidates = candidates or Model.search(named, limit=3)
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
            if key in NUMBERS:
                number = database_id(value)
                if number is None:
                    findings.add(
                        "VALIDATION",
                        f"{path}.{name}",
                        "must be a whole number",
                        given=value,
                    )
                    return []
                value = number
            elif isinstance(value, (bool, int)):
                value = str(value)
            if key == "vat":
                value = self._read(key, value) or value
            criteria.append((key, value))
        if not criteria:
            findings.add("VALIDATION", path, "empty reference")
        return criteria

    def _read(self, key, text):
        """The value a text may mean for a key, None if it cannot."""
        if key == "vat":
            # RNC and cédula are kept as digits
            digits = digits_of(text)
            return digits if len(digits) in (9, 11) else None
        if key == "table_number":
            return database_id(text)
        return text


def _words(kind):
    return kind.replace("_", " ")
