"""What card acquirers withhold on account of ITBIS: box 27 of Anexo A."""

from decimal import Decimal
from typing import NamedTuple

from odoo.tools import SQL

from ...fiscal.calendar import day_bounds_utc
from ..sale.pos_order_wire import PAID_STATES

#: Cents that rounding may cost of each transaction before a difference is told.
_ROUNDING = Decimal("0.01")


class Acquirer(NamedTuple):
    """Of one account, which is that of one acquirer.

    ``base``: amount of the card transactions of the month, less what was given back;
    ``withheld``: what their percentage makes, each rounded; ``booked``: movement of
    the account in the month.
    """

    account: object
    journals: object
    count: int
    base: Decimal
    withheld: Decimal
    booked: Decimal

    @property
    def difference(self):
        return self.booked - self.withheld

    @property
    def differs(self):
        """Whether more than rounding lies between what was withheld and booked."""
        return abs(self.difference) > max(1, self.count * _ROUNDING)


def acquirers(report):
    """``Acquirer`` of each account of the company's journals that withhold.

    Norma 08-04 and NG 06-2023: 2 % of the amount of each transaction, ITBIS and tip
    included. Transactions of the till count on the day they were paid, of the back
    office on the day of their payment.
    """
    env, company = report.env, report.company_id
    rows = env.execute_query(
        SQL(
            """
            SELECT j.nu_acquirer_account_id, array_agg(DISTINCT j.id),
                   COUNT(paid.amount), COALESCE(SUM(paid.amount), 0),
                   COALESCE(SUM(round(paid.amount * j.nu_acquirer_percent / 100, 2)), 0)
              FROM account_journal j
              LEFT JOIN (
                    SELECT method.journal_id, p.amount::numeric AS amount
                      FROM pos_payment p
                      JOIN pos_payment_method method ON method.id = p.payment_method_id
                      JOIN pos_order o ON o.id = p.pos_order_id AND o.state IN %(paid)s
                     WHERE o.company_id = %(company)s
                       AND p.payment_date >= %(start)s AND p.payment_date < %(end)s
                     UNION ALL
                    SELECT pay.journal_id,
                           pay.amount_company_currency_signed::numeric
                      FROM account_payment pay
                     WHERE pay.company_id = %(company)s
                       AND pay.date BETWEEN %(first)s AND %(last)s
                       AND pay.state IN ('in_process', 'paid')
                       AND pay.partner_type = 'customer'
                       AND pay.pos_session_id IS NULL
              ) paid ON paid.journal_id = j.id
             WHERE j.company_id = %(company)s AND j.nu_acquirer_percent > 0
               AND j.nu_acquirer_account_id IS NOT NULL
             GROUP BY 1 ORDER BY 1
            """,
            paid=PAID_STATES,
            company=company.id,
            start=day_bounds_utc(report.date_from)[0],
            end=day_bounds_utc(report.date_to)[1],
            first=report.date_from,
            last=report.date_to,
        )
    )
    booked = _booked(report, [row[0] for row in rows])
    return [
        Acquirer(
            env["account.account"].browse(account_id),
            env["account.journal"].browse(sorted(journal_ids)),
            count,
            Decimal(base),
            Decimal(withheld),
            booked.get(account_id, Decimal(0)),
        )
        for account_id, journal_ids, count, base, withheld in rows
    ]


def _booked(report, account_ids):
    """``{account id: movement of the month}``"""
    if not account_ids:
        return {}
    rows = report.env.execute_query(
        SQL(
            """
            SELECT account_id, SUM(balance) FROM account_move_line
             WHERE company_id = %s AND parent_state = 'posted'
               AND date BETWEEN %s AND %s AND account_id IN %s
             GROUP BY 1
            """,
            report.company_id.id,
            report.date_from,
            report.date_to,
            tuple(account_ids),
        )
    )
    return {account_id: Decimal(balance) for account_id, balance in rows}
