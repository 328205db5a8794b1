"""ITBIS and ISR withheld in a month, by receipt."""

from odoo.tools import SQL

from ..accounting.account_move_amounts import WITHHELD

SALES = ("out_invoice", "out_refund")
PURCHASES = ("in_invoice", "in_refund")


class WithheldInMonth:
    """Taxes withheld in the month of a report, by receipt.

    Computed from what is reconciled, by the rules that ``account_move_withheld`` has
    for the sums: an invoice paid in two months is in both, with the part of each. The
    receipts are few and are named to the database, so that it reads no history for
    them.

    :param kinds: types of entry
    """

    def __init__(self, report, kinds):
        self.report, self.env, self.kinds = report, report.env, kinds
        #: ``[(move_id, ITBIS, ISR, last day of the month it was withheld on)]``
        self.rows = self._rows()
        #: of the receipts; a tuple that is never empty, for ``IN``
        self.ids = tuple(row[0] for row in self.rows) or (0,)

    def table(self):
        """``withheld (move_id, itbis, isr, day)``, to be joined."""
        rows = self.rows or [(None, None, None, None)]
        return SQL(
            "(VALUES %s) AS withheld (move_id, itbis, isr, day)",
            SQL(", ").join(
                SQL("(%s::integer, %s::numeric, %s::numeric, %s::date)", *row)
                for row in rows
            ),
        )

    def numbers(self):
        """Ids of the numbers of earlier months among the receipts."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT n.id FROM account_move m
                  JOIN nu_pos_ncf n ON n.id = m.nu_ncf_id AND n.date_issued_day < %s
                 WHERE m.id IN %s
                 ORDER BY n.id
                """,
                self.report.date_from,
                self.ids,
            )
        )
        return [row[0] for row in rows]

    def _rows(self):
        parts = [self._by_taxes()]
        if self.kinds == SALES:
            parts.append(self._by_entries())
        return self.env.execute_query(
            SQL(
                """
                WITH receipt AS MATERIALIZED (%(receipts)s),
                     settled AS MATERIALIZED (%(settled)s)
                SELECT move_id,
                       COALESCE(SUM(amount) FILTER (WHERE kind = 'itbis_withheld'), 0),
                       COALESCE(SUM(amount) FILTER (WHERE kind = 'isr_withheld'), 0),
                       max(day)
                  FROM (%(parts)s) part
                 WHERE amount <> 0
                 GROUP BY move_id
                 ORDER BY move_id
                """,
                receipts=self._receipts(),
                settled=self._settled(),
                parts=SQL(" UNION ALL ").join(parts),
            )
        )

    def _receipts(self):
        """Receipts with tax withheld of which something was settled in the month, or
        whose day somebody gave. ``is_debit``: the receipt is owed to us.
        """
        return SQL(
            """
            SELECT m.id, m.move_type IN ('out_invoice', 'in_refund') AS is_debit,
                   CASE WHEN m.nu_withheld_given THEN m.nu_date_withheld END AS given,
                   m.nu_date_withheld BETWEEN %(first)s AND %(last)s AS is_given_now
              FROM account_move m
             WHERE m.company_id = %(company)s AND m.state = 'posted'
               AND m.move_type IN %(kinds)s
               AND (m.nu_amount_itbis_withheld <> 0 OR m.nu_amount_isr_withheld <> 0)
               AND m.id IN (
                    SELECT owed.move_id
                      FROM account_partial_reconcile part
                      JOIN account_move_line owed
                        ON owed.id IN (part.debit_move_id, part.credit_move_id)
                     WHERE part.max_date BETWEEN %(first)s AND %(last)s
                     UNION
                    SELECT id FROM account_move
                     WHERE nu_date_withheld BETWEEN %(first)s AND %(last)s
                       AND nu_withheld_given)
            """,
            company=self.report.company_id.id,
            kinds=self.kinds,
            first=self.report.date_from,
            last=self.report.date_to,
        )

    def _settled(self):
        """What entries settled of the receipts until the end of the month. A note that
        is set off pays nothing."""
        return SQL(
            """
            SELECT receipt.id AS move_id, receipt.is_debit, part.id AS part_id,
                   part.amount, part.max_date AS day,
                   part.max_date >= %(first)s AS is_now, entry.id AS entry_id
              FROM receipt
              JOIN account_move_line owed ON owed.move_id = receipt.id
              JOIN account_account account ON account.id = owed.account_id
               AND account.account_type IN ('asset_receivable', 'liability_payable')
              JOIN LATERAL (
                    SELECT id, amount, max_date, credit_move_id AS line_id
                      FROM account_partial_reconcile WHERE debit_move_id = owed.id
                     UNION ALL
                    SELECT id, amount, max_date, debit_move_id
                      FROM account_partial_reconcile WHERE credit_move_id = owed.id
              ) part ON part.max_date <= %(last)s
              JOIN account_move_line line ON line.id = part.line_id
              JOIN account_move entry ON entry.id = line.move_id
               AND entry.move_type = 'entry'
            """,
            first=self.report.date_from,
            last=self.report.date_to,
        )

    def _by_taxes(self):
        """What the taxes of a receipt withhold: the part that was settled, so that
        the months of a receipt add up to the cent; or all of it on the day given."""
        return SQL(
            """
            SELECT receipt.id AS move_id, tax.kind,
                   CASE WHEN receipt.given IS NULL
                        THEN round(tax.amount * LEAST(paid.until / owed.whole, 1), 2)
                             - round(tax.amount * LEAST(paid.before / owed.whole, 1), 2)
                        WHEN receipt.is_given_now THEN tax.amount
                        ELSE 0 END AS amount,
                   COALESCE(receipt.given, paid.day) AS day
              FROM receipt
              JOIN LATERAL (
                    SELECT tax.nu_kind AS kind,
                           SUM(line.balance)
                               * CASE WHEN receipt.is_debit THEN 1 ELSE -1 END
                               AS amount
                      FROM account_move_line line
                      JOIN account_tax tax ON tax.id = line.tax_line_id
                       AND tax.nu_kind IN %(withheld)s
                     WHERE line.move_id = receipt.id AND line.display_type = 'tax'
                     GROUP BY tax.nu_kind
              ) tax ON TRUE
              LEFT JOIN LATERAL (
                    SELECT NULLIF(abs(SUM(line.balance)), 0) AS whole
                      FROM account_move_line line
                      JOIN account_account account ON account.id = line.account_id
                       AND account.account_type IN ('asset_receivable',
                                                    'liability_payable')
                     WHERE line.move_id = receipt.id
              ) owed ON TRUE
              LEFT JOIN LATERAL (
                    SELECT COALESCE(SUM(amount), 0) AS until,
                           COALESCE(SUM(amount) FILTER (WHERE NOT is_now), 0) AS before,
                           max(day) FILTER (WHERE is_now) AS day
                      FROM settled WHERE move_id = receipt.id
              ) paid ON TRUE
            """,
            withheld=WITHHELD,
        )

    def _by_entries(self):
        """What the entry of a payment books as withheld, by what it settles of the
        receipt, as ``account.move._nu_held``."""
        return SQL(
            """
            SELECT settled.move_id, booked.kind,
                   round(booked.amount * (earlier.amount + settled.amount)
                         / theirs.paid, 2)
                   - round(booked.amount * earlier.amount / theirs.paid, 2) AS amount,
                   settled.day
              FROM settled
              JOIN LATERAL (
                    SELECT account.nu_withheld AS kind,
                           SUM(line.balance)
                               * CASE WHEN settled.is_debit THEN 1 ELSE -1 END AS amount
                      FROM account_move_line line
                      JOIN account_account account ON account.id = line.account_id
                       AND account.nu_withheld IS NOT NULL
                     WHERE line.move_id = settled.entry_id
                     GROUP BY account.nu_withheld
              ) booked ON TRUE
             CROSS JOIN LATERAL (
                    SELECT NULLIF(SUM(line.balance)
                               * CASE WHEN settled.is_debit THEN -1 ELSE 1 END, 0)
                               AS paid,
                           array_agg(line.id) AS line_ids
                      FROM account_move_line line
                      JOIN account_account account ON account.id = line.account_id
                       AND account.account_type = 'asset_receivable'
                     WHERE line.move_id = settled.entry_id
              ) theirs
             CROSS JOIN LATERAL (
                    SELECT COALESCE(SUM(amount), 0) AS amount
                      FROM account_partial_reconcile
                     WHERE id < settled.part_id
                       AND (settled.is_debit
                            AND credit_move_id = ANY (theirs.line_ids)
                            OR NOT settled.is_debit
                            AND debit_move_id = ANY (theirs.line_ids))
              ) earlier
             WHERE settled.is_now
            """
        )
