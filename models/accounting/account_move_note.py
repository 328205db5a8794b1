from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...fiscal import ncf

#: Days within which a note takes back the ITBIS too (Código Tributario art. 338).
NOTE_DAYS = 30
NOTE_CODES = ("03", "04", "33", "34")


class AccountMove(models.Model):
    """Credit and debit notes: what they modify, and how far.

    A note names one receipt and its date, goes to the same buyer, and all credit notes
    together give back no more than the receipt (Decreto 254-06; Formato e-CF section
    F). Debit notes are made by Odoo's own wizard (``debit_origin_id``).
    """

    _inherit = "account.move"

    nu_modified_ncf = fields.Char(
        string="Modified NCF",
        size=19,
        compute="_compute_nu_modified",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        index="btree_not_null",
        help="Number of the receipt that this note modifies.",
    )
    nu_modified_date = fields.Date(
        string="Date of the modified NCF",
        compute="_compute_nu_modified",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    nu_note_reason = fields.Char(string="Reason of the note", size=90, copy=False)
    nu_is_late_note = fields.Boolean(
        string="More than 30 days",
        compute="_compute_nu_is_late_note",
        store=True,
        help="IndicadorNotaCredito 1: the ITBIS of the note is not deducted.",
    )

    def _nu_origin(self):
        """The invoice in Odoo that this one modifies, if it is in Odoo."""
        return self.reversed_entry_id or self.debit_origin_id

    def _nu_is_note(self):
        return bool(self.move_type in ("out_refund", "in_refund") or self._nu_origin())

    def _nu_modifies_own(self):
        """A note on a purchase receipt that we issued ourselves."""
        origin = self._nu_origin()
        return bool(self.is_purchase_document() and origin.nu_ncf_id)

    @api.depends("reversed_entry_id", "debit_origin_id")
    def _compute_nu_modified(self):
        for move in self:
            origin = move._nu_origin()
            number = origin.nu_ncf or origin.nu_supplier_ncf
            if number:
                move.nu_modified_ncf = number
                move.nu_modified_date = (
                    origin.nu_ncf_id.date_issued_day or origin.invoice_date
                )
            else:
                move.nu_modified_ncf = move.nu_modified_ncf
                move.nu_modified_date = move.nu_modified_date

    @api.depends("nu_modified_date", "invoice_date", "move_type")
    def _compute_nu_is_late_note(self):
        for move in self:
            since = move.nu_modified_date
            move.nu_is_late_note = bool(
                since
                and move.move_type in ("out_refund", "in_refund")
                and (move._nu_fiscal_date() - since).days > NOTE_DAYS
            )

    def _nu_check_modified(self):
        """The number a note names: known, older, and of a type that can be modified.

        :return: ``fiscal.ncf.Ncf``
        """
        if not self.nu_modified_ncf or not self.nu_modified_date:
            raise UserError(
                self.env._(
                    "%s: a note names the number it modifies and its date.",
                    self.display_name,
                )
            )
        try:
            number = ncf.parse_reference(self.nu_modified_ncf)
        except ncf.NcfError as error:
            raise UserError(
                self.env._("%s is not a fiscal number.", self.nu_modified_ncf)
            ) from error
        if self.nu_modified_date > self._nu_fiscal_date():
            raise UserError(
                self.env._(
                    "%s: a note is not older than the receipt it modifies.",
                    self.display_name,
                )
            )
        return number

    def _nu_check_note(self):
        number = self._nu_check_modified()
        if (
            number.text.startswith("E")
            and not self.nu_document_type_id.nu_is_electronic
            # series B stands in for it, and is replaced after the contingency
            and not self.company_id._nu_ecf_cannot_issue()
        ):
            raise UserError(
                self.env._(
                    "%s is electronic: it is modified by an electronic note.",
                    number.text,
                )
            )
        if number.document_type.code in NOTE_CODES:
            raise UserError(
                self.env._("%s is a note itself: modify the receipt.", number.text)
            )
        origin = self._nu_origin()
        if not origin:
            rule = self.env["l10n_latam.document.type"]._nu_find(
                number.document_type.prefix
            )
            self._nu_check_buyer(rule.nu_buyer_rule, self._nu_total())
            return
        if origin.commercial_partner_id != self.commercial_partner_id:
            raise UserError(
                self.env._(
                    "The note on %(ncf)s is for %(partner)s, as the receipt.",
                    ncf=number.text,
                    partner=origin.commercial_partner_id.display_name,
                )
            )
        origin._nu_check_modifiable()
        if self.move_type in ("out_refund", "in_refund"):
            self._nu_check_not_more(origin)

    def _nu_check_modifiable(self):
        """The receipt stands, and is no note: DGII rejects since 23-09-2025 what
        modifies a note, or what a note annulled as a whole, and burns the number.

        :raise UserError: in plain words
        """
        for move in self.sudo().filtered("nu_ncf_id"):
            ncf = move.nu_ncf_id
            if ncf.document_type_id.doc_code_prefix[1:] in NOTE_CODES:
                raise UserError(
                    self.env._("%s is a note itself: modify the receipt.", ncf.name)
                )
            if ncf.state != "issued":
                raise UserError(
                    self.env._("%s is annulled: there is nothing to modify.", ncf.name)
                )
            annulling = ncf._annulling_note()
            if annulling:
                raise UserError(
                    self.env._(
                        "%(ncf)s was annulled as a whole by %(note)s: nothing modifies "
                        "it any more. Issue another receipt.",
                        ncf=ncf.name,
                        note=annulling.name,
                    )
                )

    def _nu_check_not_more(self, origin):
        given = self._nu_given_back(origin)
        left = origin._nu_total() - given
        if self.company_currency_id.compare_amounts(self._nu_total(), left) > 0:
            raise UserError(
                self.env._(
                    "%(move)s gives back %(amount).2f, and of %(ncf)s only %(left).2f "
                    "is left.",
                    move=self.display_name,
                    amount=self._nu_total(),
                    ncf=origin.nu_ncf or origin.nu_supplier_ncf,
                    left=left,
                )
            )

    def _nu_lock_origins(self):
        """Of two notes at once the second is run again and sees the first: both write
        the row of the number they modify."""
        numbers = self.reversed_entry_id.nu_ncf_id
        if numbers:
            self.env.cr.execute(
                SQL(
                    "UPDATE nu_pos_ncf SET write_date = write_date WHERE id IN %s",
                    tuple(sorted(numbers.ids)),
                )
            )

    def _nu_given_back(self, origin):
        """Total of the other notes on the original, in pesos."""
        notes = self.sudo().search(
            [
                ("reversed_entry_id", "=", origin.id),
                ("state", "=", "posted"),
                ("id", "not in", self.ids),
            ]
        )
        return sum(note._nu_total() for note in notes)

    def _nu_annuls(self):
        """Whether the note takes back the whole receipt."""
        origin = self._nu_origin()
        return bool(origin) and not self.company_currency_id.compare_amounts(
            self._nu_total(), origin._nu_total()
        )
