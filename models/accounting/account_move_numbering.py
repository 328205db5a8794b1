from collections import defaultdict

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.http import request

from ..runtime.nu_pos_unit import has_written
from ..runtime.problem import ApiProblem


class AccountMove(models.Model):
    """The number of an invoice: taken from the ledger, issued at posting.

    The ledger knows the invoice as ``MOVE/<id>``. Buttons and actions that post take
    the number before the transaction writes anything, durably: if posting fails the
    number stays reserved for this invoice, in sight, and the next attempt finds it.
    What is made and posted in one transaction (an invoice of another module, a
    reversal at one click) has no such moment; its number is taken in the transaction
    itself and goes back with it: nothing is lost then either, but other tills wait
    for the range meanwhile.
    """

    _inherit = "account.move"

    def _nu_reference(self):
        self.ensure_one()
        return f"MOVE/{self.id}"

    def _nu_ledger_kind(self):
        """``kind`` in the ledger."""
        if self.move_type in ("out_refund", "in_refund"):
            return "credit_note"
        if self.debit_origin_id:
            return "debit_note"
        return "sale" if self.is_sale_document() else "purchase"

    def _nu_to_number(self):
        return self.filtered(
            lambda move: (
                move.state == "draft"
                and move.nu_ncf_id.state in (False, "voided")
                and move._nu_has_own_number()
            )
        )

    # -- Doors ---------------------------------------------------------------------

    def action_post(self):
        # EXTENDS 'account'
        self._nu_take_ahead()
        return super().action_post()

    def action_validate_moves_with_confirmation(self):
        # EXTENDS 'account'
        draft = self.filtered(lambda move: move.state == "draft" and move.line_ids)
        (draft - draft._get_moves_requiring_confirmation())._nu_take_ahead()
        return super().action_validate_moves_with_confirmation()

    def _nu_take_ahead(self):
        """Take the numbers durably, where the request has not written yet."""
        moves = self._nu_to_number()
        if not moves or not self.env["account.move"].has_access("write"):
            return
        for move in moves:
            move._nu_check_own_document()
        moves -= moves.filtered(lambda move: move._nu_reserved())
        if not moves:
            return
        own = self.env["nu.pos.unit"]._has_own_connections()
        if own and has_written(self.env.cr):
            moves._nu_take_ahead_late()
            return
        with self.env["nu.pos.unit"].beside(self.env) as unit:
            moves._nu_take(unit.outside)

    def _nu_take_ahead_late(self):
        """The request has written: let it begin again, with the numbers known.

        Only for invoices that others can see: a new one would have another id then.
        """
        if not request:
            return
        with self.env.registry.cursor() as cr:
            known = self.with_env(api.Environment(cr, SUPERUSER_ID, {})).exists().ids
        moves = self.filtered(lambda move: move.id in known)
        if moves:
            with self.env["nu.pos.unit"].beside(self.env) as unit:
                moves._nu_take(unit.durable)
            raise ConcurrencyError("the numbers are taken: begin again")

    # -- Taking --------------------------------------------------------------------

    def _nu_reserved(self):
        """The number in the ledger that waits for this invoice, of its type."""
        self.ensure_one()
        found = (
            self.env["nu.pos.ncf"]
            .sudo()
            ._live(self.company_id, self._nu_reference(), self._nu_ledger_kind())
        )
        if found.state == "issued":
            raise found._issued_elsewhere(self.display_name)
        if found.document_type_id == self.nu_document_type_id:
            return found
        return found.browse()

    def _nu_take(self, execute):
        """Take the numbers of all, one statement for each company, type and kind.

        :param execute: runs a query, gives rows as ``dict``
        :raise UserError: why there is no number
        """
        groups = defaultdict(self.browse)
        for move in self:
            key = (move.company_id, move.nu_document_type_id, move._nu_ledger_kind())
            groups[key] += move
        ledger = self.env["nu.pos.ncf"].sudo()
        for (company, document_type, kind), moves in groups.items():
            for result in ledger._take_for_moves(
                execute, company, document_type, kind, moves
            ):
                if isinstance(result, ApiProblem):
                    raise UserError(self._nu_refusal(result.code, document_type))

    def _nu_refusal(self, code, document_type):
        of = document_type.display_name
        if code == "CONFLICT":
            return self.env._("This invoice has a number other than of %s.", of)
        return self.env["nu.pos.ncf"]._refusal(code, of)

    # -- Posting -------------------------------------------------------------------

    def _post(self, soft=True):
        # EXTENDS 'account'
        self._nu_check_bills()
        numbered = self._nu_to_number()
        if soft:
            # core posts what is dated ahead on its day
            today = fields.Date.context_today(self)
            numbered = numbered.filtered(lambda move: move.date <= today)
        if not numbered:
            return super()._post(soft)
        numbered._nu_lock_origins()
        for move in numbered:
            move._nu_check_own_document()
        missing = numbered.filtered(lambda move: not move._nu_reserved())
        if missing:
            self.env.flush_all()
            missing._nu_take(self._nu_execute_here)
        for move in numbered:
            number = move._nu_reserved()
            move.sudo().write({"nu_ncf_id": number.id, **move._nu_buyer_now()})
        posted = super()._post(soft)
        issued = numbered.filtered(lambda move: move.state == "posted")
        issued.nu_ncf_id.sudo()._issue_moves(issued)
        for move in issued:
            # of another kind, from before the draft was changed
            move._nu_release_reserved()
            move._nu_sign()
        return posted

    def _nu_sign(self):
        """Sign the document of a number just issued; paper has no signature, see the
        floor of e-CF."""

    def _nu_execute_here(self, query):
        self.env.cr.execute(query)
        return self.env.cr.dictfetchall()

    @api.depends("nu_ncf_id.state")
    def _compute_show_reset_to_draft_button(self):
        # EXTENDS 'account'
        result = super()._compute_show_reset_to_draft_button()
        self._nu_issued().show_reset_to_draft_button = False
        return result

    # -- Drafts that go ------------------------------------------------------------

    def _nu_give_back(self):
        """Numbers reserved for drafts that will not be posted go out again."""
        for move in self.filtered(lambda move: move.state == "draft"):
            held = move._nu_release_reserved()
            if move.nu_ncf_id and move.nu_ncf_id in held:
                move.sudo().nu_ncf_id = False

    def _nu_release_reserved(self):
        """Give back what is reserved for this invoice and was not issued."""
        held = (
            self.env["nu.pos.ncf"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("pos_reference", "=", self._nu_reference()),
                    ("state", "=", "reserved"),
                ]
            )
        )
        for ncf in held:
            ncf._release()
        return held

    def button_cancel(self):
        # EXTENDS 'account'
        self._nu_give_back()
        return super().button_cancel()

    def unlink(self):
        # EXTENDS 'account'
        self._nu_give_back()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        for move in self:
            if move.nu_ncf_id:
                raise UserError(
                    self.env._(
                        "%(move)s has the fiscal number %(ncf)s: it is never deleted.",
                        move=move.display_name,
                        ncf=move.nu_ncf,
                    )
                )
