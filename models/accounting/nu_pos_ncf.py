from odoo import api, fields, models
from odoo.tools import SQL

from ...fiscal import calendar
from ..numbers.nu_pos_ncf import REPLACEMENT
from ..runtime.problem import ApiProblem


class NuPosNcf(models.Model):
    """Numbers of invoices, bills and notes of the back office."""

    _inherit = "nu.pos.ncf"

    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, index="btree_not_null"
    )

    def _is_borne(self):
        return self._is_on("account.move") or super()._is_borne()

    @api.model
    def _take_for_moves(self, execute, company, document_type, kind, moves):
        """Numbers for invoices of one company, type and kind, see :meth:`take_all`.

        A number of another type that waits for the invoice goes back: a draft was
        shown to nobody.

        :param execute: runs a query, gives rows as ``dict``
        :return: for each invoice ``(record, created, replaced)`` or ``ApiProblem``
        """
        rows = execute(
            SQL(
                "SELECT * FROM nu_pos_ncf_take_all("
                "%s, %s, NULL, %s, %s, %s, false, %s, %s)",
                company.id,
                document_type.id,
                kind,
                calendar.fiscal_day(fields.Datetime.now()),
                self.env.uid,
                [move._nu_reference() for move in moves],
                [True] * len(moves),
            )
        )
        self.browse(
            row[name] for row in rows for name in ("ncf_id", "replaced_id") if row[name]
        ).invalidate_recordset(flush=False)
        return [self._taken(row, document_type) for row in rows]

    @api.model
    def _take_for_move(self, unit, document_type, kind, move):
        """Another number for a posted invoice, issued: in the place of one that DGII
        burned, or beside one of series B that it replaces.

        :raise ApiProblem: as :meth:`take`
        """
        [result] = self._take_for_moves(
            unit.outside, move.company_id, document_type, kind, move
        )
        if isinstance(result, ApiProblem):
            raise result
        number = result[0]
        if number.state == "reserved":
            number._issue_moves(move)
        return number

    def _issue_moves(self, moves):
        """The numbers are now on these posted invoices, each on its own."""
        if not moves:
            return
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE nu_pos_ncf
                   SET state = 'issued', move_id = booked.move_id,
                       amount_total = booked.amount_total::numeric,
                       date_issued = %s, date_issued_day = booked.day::date,
                       write_uid = %s, write_date = %s
                  FROM (VALUES %s) AS booked
                       (id, move_id, reference, company, amount_total, day)
                 WHERE nu_pos_ncf.id = booked.id AND state = 'reserved'
                   AND nu_pos_ncf.pos_reference = booked.reference
                   AND nu_pos_ncf.company_id = booked.company
                """,
                now,
                self.env.uid,
                now,
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s, %s, %s)",
                        number.id,
                        move.id,
                        move._nu_reference(),
                        move.company_id.id,
                        move._nu_total(),
                        _day_of(number, move, now),
                    )
                    for number, move in zip(self, moves, strict=True)
                ),
            )
        )
        moved = self.env.cr.rowcount
        self.invalidate_recordset(flush=False)
        if moved != len(moves):
            owners = [(move.company_id, move._nu_reference()) for move in moves]
            self._refuse_issue(owners)
        for number, move in zip(self, moves, strict=True):
            self.env["nu_restaurant_pos.order_audit"].sudo()._record(
                "invoice",
                company=move.company_id,
                pos_reference=move._nu_reference(),
                ncf=number.name,
                payload={
                    "move": move.id,
                    "name": move.name,
                    "total": f"{move._nu_total():.2f}",
                    "modifies": move.nu_modified_ncf or None,
                },
            )


def _day_of(number, move, now):
    """Day of a document in Santo Domingo: the invoice's, but what replaces its receipt
    is issued when it is made."""
    if number.kind != REPLACEMENT and move.invoice_date:
        return move.invoice_date
    return calendar.fiscal_day(now)
