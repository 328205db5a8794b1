from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import ormcache

from ...fiscal import ncf
from ...schemas.base import listed
from ..runtime.problem import ApiProblem

#: Types of which a sale may be, as callers name them.
SALE_TYPES = listed(
    prefix
    for prefix, kind in sorted(ncf.DOCUMENT_TYPES.items())
    if kind.direction == "sale" and kind.active and not kind.needs_reference
)
ALL_TYPES = listed(sorted(ncf.DOCUMENT_TYPES))


class L10nLatamDocumentType(models.Model):
    """Types of comprobantes fiscales of the Dominican Republic.

    The rules of a type are data of its record, so that a new norm is an edit and not
    a release; ``fiscal.ncf.DOCUMENT_TYPES`` is what they start from. NG 06-2018 and
    NG 05-2019 for series B, Ley 32-23 art. 16 for series E.
    """

    _name = "l10n_latam.document.type"
    _inherit = ["l10n_latam.document.type", "nu.pos.remembered", "nu.pos.audited"]

    nu_series = fields.Selection(
        [("B", "B (NCF)"), ("E", "E (e-NCF)")],
        string="Series",
        help="Letter of the number. Empty for types of other countries.",
    )
    nu_is_electronic = fields.Boolean(
        string="Electronic",
        help="Comprobante fiscal electrónico (e-CF): signed and sent to DGII.",
    )
    nu_expires = fields.Boolean(
        string="Numbers expire",
        help="An authorised range of this type carries an expiry date.",
    )
    nu_buyer_rule = fields.Selection(
        [
            ("required", "RNC or cédula required"),
            ("threshold", "Required from RD$250,000"),
            ("special", "RNC or foreign identification, and name"),
            ("name", "Name only"),
            ("optional", "Optional"),
            ("as_original", "As the modified document"),
            ("none", "No buyer"),
        ],
        string="Buyer",
        help="Who must be identified on a document of this type.",
    )
    nu_needs_reference = fields.Boolean(
        string="Modifies another document",
        help="Credit and debit notes name the number they modify.",
    )
    nu_direction = fields.Selection(
        [("sale", "Sale"), ("purchase", "Purchase (issued by the buyer)")],
        string="Direction",
    )
    nu_is_exempt = fields.Boolean(
        string="Without ITBIS",
        help="Every line of such a document is exempt, whatever the product says.",
    )
    nu_twin_id = fields.Many2one(
        "l10n_latam.document.type",
        string="Twin",
        help="The same type in the other series (B01 and E31).",
    )

    @api.model
    @ormcache("prefix")
    def _nu_id_of_prefix(self, prefix):
        """Database id of the type whose numbers begin with ``prefix``, or False."""
        return (
            self.sudo()
            .search(
                [
                    ("country_id.code", "=", "DO"),
                    ("doc_code_prefix", "=", prefix),
                    ("nu_series", "!=", False),
                ],
                limit=1,
            )
            .id
        )

    @api.model
    def _nu_find(self, text, path="fiscal_type", electronic=False, sale=False):
        """The type a client names: ``B02``, ``02``, ``E32``, ``32`` or a word.

        :param electronic: the series that words mean; a code means itself
        :param sale: whether a sale is to be of it
        :raise ApiProblem: ``VALIDATION`` for anything else; never another type than
            the one asked for
        """
        try:
            prefix = ncf.resolve_type(text, electronic)
        except ncf.NcfError as error:
            prefix = None
            message = str(error)
        found = self.browse(self._nu_id_of_prefix(prefix) if prefix else False)
        if not found:
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": path,
                        "message": "unknown fiscal type" if prefix else message,
                        "given": str(text)[:32],
                        "expected": SALE_TYPES if sale else ALL_TYPES,
                    }
                ],
            )
        return found

    def _nu_current(self, company):
        """This type, or its electronic twin once the company has switched; its twin of
        series B while the company cannot issue electronic receipts. For defaults only:
        whoever names a type by its code gets that type."""
        if self.nu_is_electronic and company._nu_ecf_cannot_issue():
            return self._nu_twin() or self
        if not self or self.nu_is_electronic or not company._nu_is_electronic():
            return self
        return self.nu_twin_id or self

    def _nu_credit_note(self, company):
        """Type of a credit note on a receipt of this type: electronic for one that is,
        and for any once the company has switched; of series B while the company cannot
        issue electronic receipts (NG 05-2019; Decreto 587-24 art. 55)."""
        electronic = self.nu_is_electronic or company._nu_is_electronic()
        if company._nu_ecf_cannot_issue():
            electronic = False
        return self._nu_find("E34" if electronic else "B04")

    def _nu_twin(self):
        """The same type of the other series; empty if there is none."""
        return self.nu_twin_id or self.search([("nu_twin_id", "=", self.id)], limit=1)

    def _nu_check_sale(self, path="fiscal_type"):
        """A sale is issued with a sale's type; notes are made from the document they
        modify and purchases by the buyer."""
        self.ensure_one()
        if self.nu_direction != "sale" or self.nu_needs_reference or not self.active:
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": path,
                        "message": "this type cannot number a sale",
                        "given": self.doc_code_prefix,
                        "expected": SALE_TYPES,
                    }
                ],
            )

    def _nu_check_can_sign(self, company):
        """Before a number is taken: can the company sign documents of this type? Paper
        needs no signature; see the floor of e-CF.

        :raise ApiProblem: ``ECF_UNAVAILABLE``
        """

    @api.model
    def _nu_consumer_threshold(self):
        """Consumer sales from this total, taxes included, name their buyer (DOP)."""
        return Decimal(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("nu_pos.consumer_threshold", "250000")
        )
