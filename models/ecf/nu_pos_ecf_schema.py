"""DGII's own schema files, which an administrator may load for a second check."""

import base64
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...fiscal.ecf.schema import SchemaError, root_name, schema_problems
from .nu_pos_ecf import VALID_STATES

TYPES = ("31", "32", "33", "34", "41", "43", "44", "45", "46", "47")
KINDS = [(kind, f"e-CF {kind}") for kind in TYPES] + [
    ("RFCE", "RFCE"),
    ("ANECF", "ANECF"),
    ("ARECF", "ARECF"),
    ("ACECF", "ACECF"),
]
_ROOT = re.compile(rb"(?:<\?xml[^>]*>)?\s*<(\w+)")
_TYPE = re.compile(rb"<TipoeCF>(\d\d)</TipoeCF>")
_FILE = re.compile(r"e-?CF\D{0,3}(\d\d)\b", re.I)
#: Documents that DGII accepted before and a new file is held against.
WITNESSES = 20


class NuPosEcfSchema(models.Model):
    """A schema file of DGII for one kind of document.

    The addon ships none: its own table is what every document passes. While a file is
    here, documents of its kind pass it too before they are signed; archive it to do
    without. What DGII accepted before must pass a file, or it is not taken: a wrong one
    would stop sales.
    """

    _name = "nu.pos.ecf.schema"
    _inherit = ["nu.pos.remembered"]
    _description = "Schema of DGII"
    _order = "kind, id"

    name = fields.Char(string="File", required=True)
    kind = fields.Selection(KINDS, string="Document", required=True)
    xsd = fields.Binary(string="Schema (XSD)", attachment=False, required=True)
    active = fields.Boolean(default=True)

    _kind_uniq = models.UniqueIndex(
        "(kind) WHERE active", "There is a schema for this document: archive it first."
    )

    @api.onchange("name", "xsd")
    def _onchange_file(self):
        self.kind = self._kind_of_file(self._content(), self.name) or self.kind

    @api.model
    def _kind_of_file(self, xsd, name):
        """By the root that it describes; of invoices and notes by the file's name."""
        try:
            root = root_name(xsd) if xsd else None
        except SchemaError:
            return None
        if root in dict(KINDS):
            return root
        found = _FILE.search(name or "") if root == "ECF" else None
        return found[1] if found and found[1] in TYPES else None

    def _content(self):
        return base64.b64decode(self.xsd or b"")

    @api.constrains("xsd", "kind", "active")
    def _check_file(self):
        for record in self.filtered("active"):
            try:
                root = root_name(record._content())
                record._check_witnesses()
            except SchemaError as error:
                raise ValidationError(
                    self.env._("%s is no XML schema that can be read.", record.name)
                ) from error
            if root != ("ECF" if record.kind in TYPES else record.kind):
                raise ValidationError(
                    self.env._(
                        "%(file)s describes %(root)s, not %(kind)s.",
                        file=record.name,
                        root=root or "-",
                        kind=dict(KINDS)[record.kind],
                    )
                )

    def _check_witnesses(self):
        """:raise SchemaError: the file cannot be read"""
        xsd = self._content()
        field = "summary_xml" if self.kind == "RFCE" else "xml"
        prefix = "32" if self.kind == "RFCE" else self.kind
        accepted = (
            self.env["nu.pos.ecf"]
            .sudo()
            .search(
                [
                    ("name", "=like", f"E{prefix}%"),
                    ("state", "in", VALID_STATES),
                    (field, "!=", False),
                ],
                limit=WITNESSES,
            )
        )
        # read once even without documents: what cannot be read is told now
        schema_problems(b"<x/>", xsd)
        for ecf in accepted:
            problems = schema_problems(ecf[field].encode(), xsd)
            if problems:
                raise ValidationError(
                    self.env._(
                        "%(file)s refuses %(encf)s, which DGII accepted: %(problem)s",
                        file=self.name,
                        encf=ecf.name,
                        problem=problems[0].message,
                    )
                )

    # -- Using it --------------------------------------------------------------------

    @api.model
    def _problems(self, xml):
        """What the schema of its kind has against a document; nothing where none is
        loaded."""
        loaded = self._loaded()
        if not loaded:
            return []
        root = _ROOT.match(xml)
        kind = root[1].decode() if root else ""
        if kind == "ECF":
            found = _TYPE.search(xml)
            kind = found[1].decode() if found else ""
        return schema_problems(xml, loaded[kind]) if kind in loaded else []

    @api.model
    @ormcache()
    def _loaded(self):
        return {record.kind: record._content() for record in self.sudo().search([])}
