from odoo import api, fields, models
from odoo.tools import SQL

from ..sale.pos_order_amounts import signed_sql
from .nu_pos_dgii_report_line import Link


class NuPosSalesReport(models.Model):
    """Lines of paid orders by fiscal type, ITBIS rate, register and hour.

    A view over the tables: nothing is kept, nothing can be stale. Amounts are signed,
    returns negative. The tip of an order is spread over its lines by their price.
    """

    _name = "nu.pos.sales.report"
    _description = "Fiscal sales"
    _auto = False
    _order = "date desc"
    _rec_name = "ncf"

    order_id = Link("pos.order", readonly=True)
    company_id = Link("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    config_id = Link("pos.config", string="Register", readonly=True)
    session_id = Link("pos.session", readonly=True)
    user_id = Link("res.users", string="Seller", readonly=True)
    waiter = fields.Char(
        readonly=True,
        help="Who served: as the terminal said, else the employee of the order, else "
        "its user. What came back is of who served it.",
    )
    partner_id = Link("res.partner", string="Customer", readonly=True)
    product_id = Link("product.product", readonly=True)
    document_type_id = Link(
        "l10n_latam.document.type", string="Fiscal type", readonly=True
    )
    ncf = fields.Char(string="NCF", readonly=True)
    date = fields.Datetime(readonly=True)
    day = fields.Date(readonly=True, help="In Santo Domingo.")
    hour = fields.Selection(
        [(f"{hour:02}", f"{hour:02}:00") for hour in range(24)],
        readonly=True,
        help="In Santo Domingo.",
    )
    rate = fields.Selection(
        [("18", "18 %"), ("16", "16 %"), ("0", "Exempt"), ("other", "Other")],
        string="ITBIS rate",
        readonly=True,
    )
    quantity = fields.Float(readonly=True)
    amount = fields.Monetary(readonly=True, help="Without taxes and legal tip.")
    itbis = fields.Monetary(string="ITBIS", readonly=True)
    tip = fields.Monetary(string="Propina legal", readonly=True)
    total = fields.Monetary(readonly=True)

    @api.model
    def _itbis_rates(self):
        """SQL: the ITBIS rate of each tax or group of taxes that charges it."""
        return SQL(
            """
            SELECT tax.id, tax.amount FROM account_tax tax
             WHERE tax.nu_kind = 'itbis' AND tax.amount > 0
               AND tax.amount_type <> 'group'
            UNION
            SELECT held.parent_tax, tax.amount
              FROM account_tax_filiation_rel held
              JOIN account_tax tax ON tax.id = held.child_tax
             WHERE tax.nu_kind = 'itbis' AND tax.amount > 0
            """
        )

    @api.model
    def _tip_taxes(self):
        """SQL: taxes and groups of taxes that hold the legal tip."""
        return SQL(
            """
            SELECT tax.id, tax.amount FROM account_tax tax
             WHERE tax.nu_kind = 'tip' AND tax.amount_type <> 'group'
            UNION
            SELECT held.parent_tax, tax.amount
              FROM account_tax_filiation_rel held
              JOIN account_tax tax ON tax.id = held.child_tax
             WHERE tax.nu_kind = 'tip'
            """
        )

    def _rate_of_tax(self, taxes):
        """SQL: the rate of ``bears.account_tax_id``, as one expression: a million lines
        are not joined with a handful of taxes."""
        self.env["account.tax"].flush_model()
        rows = self.env.execute_query(taxes)
        if not rows:
            return SQL("NULL::numeric")
        whens = SQL(" ").join(SQL("WHEN %s THEN %s", *row) for row in rows)
        return SQL("CASE bears.account_tax_id %s END::numeric", whens)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT line.id, o.id AS order_id, o.company_id, session.config_id,
                   o.session_id, o.user_id, o.partner_id, line.product_id,
                   COALESCE(NULLIF(server.nu_staff_name, ''), employee.name,
                            contact.name) AS waiter,
                   o.nu_document_type_id AS document_type_id, o.nu_ncf AS ncf,
                   o.date_order AS date, local.at::date AS day,
                   to_char(local.at, 'HH24') AS hour,
                   CASE WHEN borne.itbis IS NULL THEN '0'
                        WHEN borne.itbis IN (18, 16) THEN to_char(borne.itbis, 'FM99')
                        ELSE 'other' END AS rate,
                   line.qty AS quantity, signed.amount,
                   signed.total - signed.amount
                       - COALESCE(round(signed.amount * borne.tip / 100, 2), 0)
                       AS itbis,
                   COALESCE(round(signed.amount * borne.tip / 100, 2), 0) AS tip,
                   signed.total
              FROM pos_order_line line
              JOIN pos_order o ON o.id = line.order_id
               AND o.state IN ('paid', 'done')
               AND COALESCE(o.nu_mode, '') <> 'payment'
               AND line.nu_is_not_invoiced IS NOT TRUE
              LEFT JOIN pos_session session ON session.id = o.session_id
              -- what comes back was served by who served it
              JOIN pos_order server ON server.id = CASE
                    WHEN line.refunded_orderline_id IS NULL THEN o.id
                    ELSE (SELECT sold.order_id FROM pos_order_line sold
                           WHERE sold.id = line.refunded_orderline_id) END
              LEFT JOIN hr_employee employee ON employee.id = server.employee_id
              LEFT JOIN res_users seller ON seller.id = server.user_id
              LEFT JOIN res_partner contact ON contact.id = seller.partner_id
              CROSS JOIN LATERAL (
                    SELECT %(amount)s AS amount, %(total)s AS total) signed
              CROSS JOIN LATERAL (
                    SELECT o.date_order AT TIME ZONE 'UTC'
                           AT TIME ZONE 'America/Santo_Domingo' AS at) local
              LEFT JOIN LATERAL (
                    SELECT max(%(rate)s) AS itbis,
                           -- a fiscal position takes the tip off what is taken away
                           CASE WHEN o.nu_document_type_id IS NULL
                                  OR o.nu_amount_tip <> 0
                                THEN max(%(tip)s) END AS tip
                      FROM account_tax_pos_order_line_rel bears
                     WHERE bears.pos_order_line_id = line.id) borne ON TRUE
            """,
            amount=signed_sql("line", "price_subtotal"),
            total=signed_sql("line", "price_subtotal_incl"),
            rate=self._rate_of_tax(self._itbis_rates()),
            tip=self._rate_of_tax(self._tip_taxes()),
        )

    def action_open(self):
        """Open the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.order_id.display_name,
            "res_model": "pos.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }
