"""What the back office needs to know of an electronic receipt."""

from markupsafe import Markup

from odoo import api, fields, models

from ...fiscal.ecf.dgii_answers import Message
from ...fiscal.ecf.dgii_states import explain


class NuPosEcf(models.Model):
    _inherit = "nu.pos.ecf"

    explanation = fields.Html(
        string="In plain words",
        compute="_compute_explanation",
        help="DGII's known messages, each once.",
    )
    is_note = fields.Boolean(
        related="document_type_id.nu_needs_reference", string="Note"
    )

    @api.depends("messages")
    @api.depends_context("lang")
    def _compute_explanation(self):
        spanish = (self.env.lang or "").startswith("es")
        for record in self:
            found = dict.fromkeys(
                explain(Message(str(entry.get("code") or ""), entry.get("text") or ""))
                for entry in record.messages or ()
            )
            words = [
                known.spanish if spanish else known.english for known in found if known
            ]
            record.explanation = (
                Markup("<ul class='mb-0'>%s</ul>")
                % Markup("").join(Markup("<li>%s</li>") % text for text in words)
                if words
                else False
            )

    def action_open_modified(self):
        """The receipt that this note modifies."""
        self.ensure_one()
        return self.modified_id._open()
