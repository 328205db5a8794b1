from odoo import fields, models
from odoo.tools import SQL

from ..register.pos_payment_method import PAYMENT_KINDS
from .nu_pos_dgii_documents_sales import PAID_BY
from .nu_pos_dgii_report_line import Link


class NuPosPaymentsReport(models.Model):
    """Payments of paid orders by form, register and hour; change is taken off."""

    _name = "nu.pos.payments.report"
    _description = "Fiscal sales by form of payment"
    _auto = False
    _order = "date desc"

    order_id = Link("pos.order", readonly=True)
    company_id = Link("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    config_id = Link("pos.config", string="Register", readonly=True)
    method_id = Link("pos.payment.method", readonly=True)
    document_type_id = Link(
        "l10n_latam.document.type", string="Fiscal type", readonly=True
    )
    kind = fields.Selection(PAYMENT_KINDS, string="Form of payment", readonly=True)
    date = fields.Datetime(readonly=True)
    day = fields.Date(readonly=True, help="In Santo Domingo.")
    hour = fields.Selection(
        [(f"{hour:02}", f"{hour:02}:00") for hour in range(24)],
        readonly=True,
        help="In Santo Domingo.",
    )
    amount = fields.Monetary(readonly=True, help="With taxes and legal tip.")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT paid.id, o.id AS order_id, o.company_id, session.config_id,
                   paid.payment_method_id AS method_id,
                   o.nu_document_type_id AS document_type_id, %s AS kind,
                   o.date_order AS date, local.at::date AS day,
                   to_char(local.at, 'HH24') AS hour, paid.amount
              FROM pos_payment paid
              JOIN pos_order o ON o.id = paid.pos_order_id
               AND o.state IN ('paid', 'done')
               AND COALESCE(o.nu_mode, '') <> 'payment'
              JOIN (%s) form ON form.id = paid.payment_method_id
              LEFT JOIN pos_session session ON session.id = o.session_id
              CROSS JOIN LATERAL (
                    SELECT o.date_order AT TIME ZONE 'UTC'
                           AT TIME ZONE 'America/Santo_Domingo' AS at) local
            """,
            PAID_BY,
            self.env["nu.pos.dgii.documents"]._forms(),
        )
