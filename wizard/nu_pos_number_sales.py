from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..fiscal import calendar
from ..models.sale.late_numbers import LateNumbers

MANAGER = "point_of_sale.group_pos_manager"
#: Sales of one click: a person waits.
MOST = 500


class NuPosNumberSales(models.TransientModel):
    """Number the sales of the month under way that were made without a number."""

    _name = "nu.pos.number.sales"
    _description = "Numbers for sales without one"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    order_ids = fields.Many2many("pos.order", compute="_compute_orders", string="Sales")
    order_count = fields.Integer(compute="_compute_orders", string="Sales and returns")
    amount = fields.Monetary(compute="_compute_orders", string="Total")
    document_type = fields.Char(compute="_compute_orders", string="Type")
    day = fields.Date(
        compute="_compute_orders", string="Dated", help="The day of the numbers."
    )
    result = fields.Text(readonly=True)

    @api.depends("company_id")
    def _compute_orders(self):
        today = calendar.fiscal_day(fields.Datetime.now())
        for record in self:
            record._check_allowed()
            late = LateNumbers(self.env, record.company_id)
            orders = late.orders()
            record.order_ids = orders
            record.order_count = len(orders)
            record.amount = sum(orders.mapped("amount_total"))
            record.document_type = late.kind()
            record.day = today

    def _check_allowed(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Sales are numbered by POS managers."))
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("Choose one of the companies you work in."))

    def action_number(self):
        """Number them; what needs a person is told."""
        self.ensure_one()
        self._check_allowed()
        late = LateNumbers(self.env, self.company_id)
        orders = late.orders()
        numbered, refused = late.number(orders[:MOST])
        lines = [self.env._("%s numbered.", len(numbered))]
        if len(orders) > MOST:
            lines.append(self.env._("%s are left: press again.", len(orders) - MOST))
        lines += [f"{order.pos_reference}: {why}" for order, why in refused]
        self.result = "\n".join(lines)
        self.invalidate_recordset(["order_ids", "order_count", "amount"])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Number sales"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
