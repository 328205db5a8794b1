"""Numbers for what was sold without one, while its month is under way."""

from odoo import fields
from odoo.tools import SQL

from ...fiscal import calendar
from ..runtime.problem import ApiProblem
from .pos_order_wire import PAID_STATES

CONSUMER = "B02"
#: Refusals that every other order would meet too.
_FOR_ALL = ("NCF_NO_RANGE", "NCF_EXHAUSTED", "NCF_EXPIRED", "PERMISSION_DENIED")


def unnumbered(company, start, end, returns=False):
    """SQL of ``(id, NULL, pos_reference)`` of paid orders without number.

    The return of an annulled or unnumbered sale has none rightly; collections are no
    sales.

    :param start: moments in UTC, ``start <= date_order < end``
    :param returns: the returns too, of sales that are in the answer or have a number
    """
    rightly = SQL(
        """
        AND NOT EXISTS (
             SELECT 1 FROM pos_order_line back
               JOIN pos_order_line sold ON sold.id = back.refunded_orderline_id
               JOIN pos_order first ON first.id = sold.order_id
               LEFT JOIN nu_pos_ncf n ON n.id = first.nu_ncf_id
              WHERE back.order_id = o.id
                AND COALESCE(n.state, 'voided') = 'voided')
        """
    )
    return SQL(
        """
        SELECT o.id, NULL::integer, o.pos_reference
          FROM pos_order o
         WHERE o.company_id = %s AND o.date_order >= %s AND o.date_order < %s
           AND o.state IN %s AND o.nu_ncf_id IS NULL AND o.amount_total <> 0
           AND COALESCE(o.nu_mode, '') <> 'payment'
           AND NOT EXISTS (
                SELECT 1 FROM account_move m
                  JOIN nu_pos_ncf n ON n.id = m.nu_ncf_id AND n.state = 'issued'
                 WHERE m.id = o.account_move)
           %s
         ORDER BY o.id
        """,
        company.id,
        start,
        end,
        PAID_STATES,
        SQL() if returns else rightly,
    )


class LateNumbers:
    """Gives consumer numbers (B02, or E32 after the switch) to sales of the month under
    way that have none, and notes to their returns. Each is dated the day of numbering,
    in a transaction of its own.

    Older ones stay a problem of their month: a receipt of today is no receipt of then.
    """

    def __init__(self, env, company):
        self.env = env
        self.company = company

    def bounds(self):
        """First moment of the month under way, and now."""
        now = fields.Datetime.now()
        first = calendar.fiscal_day(now).replace(day=1)
        return calendar.day_bounds_utc(first)[0], now

    def orders(self):
        """The sales, before their returns."""
        query = unnumbered(self.company, *self.bounds(), returns=True)
        ids = [row[0] for row in self.env.execute_query(query)]
        # what was invoiced, or is a sale and a return in one, needs a person
        found = (
            self.env["pos.order"]
            .browse(ids)
            .filtered(lambda order: not order.account_move)
        )
        sales = found.filtered(_is_sale)
        notes = found.filtered(_is_note).filtered(
            lambda note: (
                note.refunded_order_id in sales
                or note.refunded_order_id.nu_ncf_id.state == "issued"
            )
        )
        return sales + notes

    def number(self, orders):
        """Number them, in the order they were sold.

        :return: ``(orders that got one, [(order, why not)])``
        """
        numbered, refused = self.env["pos.order"], []
        for order in orders.sorted(lambda o: (_is_note(o), o.date_order, o.id)):
            try:
                self._number(order)
            except ApiProblem as problem:
                refused.append((order, problem.detail or problem.code))
                if problem.code in _FOR_ALL:
                    break
            else:
                numbered += order
        return numbered, refused

    def _number(self, order):
        if not _is_note(order):
            wire = {"order_ref": str(order.id), "fiscal_type": self.kind()}
            self.env["nu.pos.reissue"].submit(wire)
            return
        self.env["nu.pos.reissue"].number_note(order.config_id, order)

    def kind(self):
        """Prefix of the consumer receipt of today."""
        kind = self.env["l10n_latam.document.type"]._nu_find(CONSUMER)
        return kind._nu_current(self.company).doc_code_prefix


def _is_sale(order):
    return order.amount_total > 0 and not order.refunded_order_id


def _is_note(order):
    given_back = all(line.refunded_orderline_id for line in order.lines)
    return order.amount_total < 0 and given_back and len(order.refunded_order_id) == 1
