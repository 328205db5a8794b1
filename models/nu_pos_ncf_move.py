from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ..fiscal import calendar


class NuPosNcf(models.Model):
    """Numbers of invoices, bills and notes of the back office."""

    _inherit = "nu.pos.ncf"

    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, index="btree_not_null"
    )

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

    def _issue_moves(self, moves):
        """The numbers are now on these posted invoices."""
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
                  FROM (VALUES %s) AS booked (id, move_id, reference, amount_total, day)
                 WHERE nu_pos_ncf.id = booked.id AND state = 'reserved'
                   AND nu_pos_ncf.pos_reference = booked.reference
                """,
                now,
                self.env.uid,
                now,
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s, %s)",
                        move.nu_ncf_id.id,
                        move.id,
                        move._nu_reference(),
                        move._nu_total(),
                        move.invoice_date or calendar.fiscal_day(now),
                    )
                    for move in moves
                ),
            )
        )
        moved = self.env.cr.rowcount
        self.invalidate_recordset(flush=False)
        if moved != len(moves):
            raise ConcurrencyError(f"numbers {self.ids} changed meanwhile")
        for move in moves:
            self.env["nu_restaurant_pos.order_audit"].sudo()._record(
                "invoice",
                company=move.company_id,
                pos_reference=move._nu_reference(),
                ncf=move.nu_ncf,
                payload={
                    "move": move.id,
                    "name": move.name,
                    "total": f"{move._nu_total():.2f}",
                    "modifies": move.nu_modified_ncf or None,
                },
            )
