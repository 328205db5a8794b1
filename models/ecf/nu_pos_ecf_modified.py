"""What a note may modify: DGII's rules of 23-09-2025."""

from odoo import api, models
from odoo.tools import SQL

from ...fiscal.ecf.build import parse_ecf
from ...fiscal.ecf.description import ANONYMOUS, Buyer
from ..runtime.problem import ApiProblem

#: Nota de débito, nota de crédito.
NOTES = ("33", "34")
_ANNULS = "%<CodigoModificacion>1</CodigoModificacion>%"


class NuPosEcf(models.Model):
    """Since 23-09-2025 DGII rejects, and burns the number of:

    * a note on a document that another note annulled as a whole (CodigoModificacion 1);
    * a note on a note: it modifies the original receipt;
    * a note for another buyer than the original names (message 615).

    The first two are refused before a number is taken, where a note is made; here they
    are refused once more before anything is signed.
    """

    _inherit = "nu.pos.ecf"

    @api.private
    @api.model
    def annulling(self, ncf):
        """The note that annulled the document of a number as a whole; empty for none.

        :param ncf: ``nu.pos.ncf``
        """
        if not ncf.document_type_id.nu_is_electronic:
            return self.browse()
        self.flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT n.id FROM nu_pos_ecf m JOIN nu_pos_ecf n ON n.modified_id = m.id
                 WHERE m.ncf_id = %s AND n.name LIKE 'E34%%' AND n.xml LIKE %s
                   AND n.state NOT IN ('rejected', 'annulled')
                 ORDER BY n.id DESC LIMIT 1
                """,
                ncf.id,
                _ANNULS,
            )
        )
        return self.sudo().browse(rows[0] if rows else ())

    @api.private
    def buyer_signed(self):
        """Describe the buyer as the signed document names him; None for a consumer
        nobody named.

        :return: ``fiscal.ecf.description.Buyer`` or None
        """
        self.ensure_one()
        buyer = parse_ecf(self._xml_bytes()).buyer
        if buyer is None or (
            buyer.name == ANONYMOUS and not buyer.rnc and not buyer.foreign_id
        ):
            return None
        return Buyer(
            rnc=buyer.rnc,
            foreign_id=buyer.foreign_id,
            name=buyer.name,
            email=buyer.email,
            address=buyer.address,
        )

    @api.model
    def _sign(self, ncf, document, modified=None, **links):
        # EXTENDS nu_restaurant_pos
        if document.kind in NOTES and modified:
            self._check_modified(modified)
        return super()._sign(ncf, document, modified, **links)

    @api.model
    def _check_modified(self, modified):
        """:raise ApiProblem: ``ECF_INVALID``"""
        if modified.name[1:3] in NOTES:
            raise ApiProblem(
                "ECF_INVALID",
                f"{modified.name} is a note itself: a note modifies the receipt",
                errors=[
                    {
                        "path": "InformacionReferencia/NCFModificado",
                        "message": "must be the number of a receipt",
                    }
                ],
            )
        annulling = self.annulling(modified.ncf_id)
        if annulling:
            raise ApiProblem(
                "ECF_INVALID",
                f"{modified.name} was annulled as a whole by {annulling.name}: nothing "
                "modifies it any more",
                errors=[
                    {
                        "path": "InformacionReferencia/NCFModificado",
                        "message": "must be the number of a receipt that stands",
                    }
                ],
            )
