"""Who signs for which supplier: what a person has confirmed."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from . import certificate_authorities as authorities


class NuPosEcfSigner(models.Model):
    """A certificate that a person of this company has confirmed for a taxpayer.

    Certificates name persons, and who is delegated to sign for a company is known to
    DGII only (Oficina Virtual). So a person's certificate says nothing of the company
    it signs for until somebody who knows the supplier confirms one of its documents
    (trust on first use). The key is kept: another certificate in the same name is
    another signer, unless a trusted authority issued it.
    """

    _name = "nu.pos.ecf.signer"
    _description = "Confirmed signer of a taxpayer"
    _order = "taxpayer_rnc, id"
    _rec_name = "signer"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    taxpayer_rnc = fields.Char(string="Signs for (RNC)", required=True, readonly=True)
    taxpayer_name = fields.Char(string="Signs for", readonly=True)
    signer = fields.Char(readonly=True)
    signer_number = fields.Char(
        string="Signer's identity", readonly=True, help="RNC, cédula or passport."
    )
    key = fields.Char(
        string="Key (SHA-256)", required=True, readonly=True, help="Of the public key."
    )
    active = fields.Boolean(default=True)

    _key_uniq = models.UniqueIndex(
        "(company_id, taxpayer_rnc, key)", "This signer is confirmed already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("A signer is confirmed on a document that it signed.")
            )
        return super().create(vals_list)

    def write(self, vals):
        # taking the trust back is all that a person changes
        if set(vals) - {"active"}:
            raise AccessError(self.env._("A confirmed signer is not changed."))
        return super().write(vals)

    @api.private
    @api.model
    def confirm(self, company, rnc, values):
        """Trust a signer for a taxpayer, as the system; again what was taken back.

        :param values: ``taxpayer_name``, ``signer``, ``signer_number`` and ``key``
        """
        known = self.with_context(active_test=False).search(
            [
                ("company_id", "=", company.id),
                ("taxpayer_rnc", "=", rnc),
                ("key", "=", values["key"]),
            ]
        )
        if known:
            known.active = True
            return known
        return self.create({**values, "company_id": company.id, "taxpayer_rnc": rnc})

    @api.private
    @api.model
    def trusts(self, company, rnc, verdict):
        """Whether a document is believed to be of the taxpayer in whose name it is.

        :param verdict: ``fiscal.ecf.signature.Verdict`` that holds
        """
        info = verdict.certificate
        if verdict.vouched and authorities.belongs_to(info, rnc):
            return True
        rows = self.search(
            [("company_id", "=", company.id), ("taxpayer_rnc", "=", rnc)]
        )
        return any(
            row.key == info.key
            # the same person with a new certificate
            or (
                verdict.vouched
                and info.holder_id
                and row.signer_number == info.holder_id
            )
            for row in rows
        )
