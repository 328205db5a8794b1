"""PINs and discount caps of the staff, for whoever manages the tills."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..models.access.hr_employee import LEAST_DIGITS, MANAGER_DIGITS


class NuPosStaffAccess(models.TransientModel):
    """Sets the PIN of Odoo's screen and that of the API together, and the discount cap.

    POS managers have no rights in Employees; what the staff may do at the tills is
    their business all the same, that of an administrator is an administrator's.
    """

    _name = "nu.pos.staff.access"
    _description = "Access of one of the staff to the tills"

    employee_id = fields.Many2one(
        "hr.employee",
        required=True,
        domain="[('company_id', 'in', allowed_company_ids)]",
    )
    pin = fields.Char(
        string="PIN of Odoo's screen",
        help="Digits. Unlocks Odoo's point-of-sale screen, also offline: the browser "
        "of a till holds its hash. Empty: it stays as it is.",
    )
    api_pin = fields.Char(
        string="PIN of terminals",
        help="Digits, at least 4. For terminals and hubs that talk to the API, which "
        "keep no hash a till can read. Empty: the other one, where there is none yet.",
    )
    discount_capped = fields.Boolean(
        string="Limit discounts",
        compute="_compute_discount",
        readonly=False,
        store=True,
    )
    max_discount = fields.Float(
        string="Greatest discount (%)",
        compute="_compute_discount",
        readonly=False,
        store=True,
    )
    note = fields.Html(compute="_compute_note")

    @api.depends("employee_id")
    def _compute_discount(self):
        for wizard in self:
            employee = wizard.employee_id.sudo()
            wizard.discount_capped = employee.nu_discount_capped
            wizard.max_discount = employee.nu_max_discount

    @api.depends_context("uid")
    def _compute_note(self):
        self.note = self.env._(
            "A manager approves and logs in on terminals with a PIN of at least %s "
            "digits that is not the one of Odoo's screen.",
            MANAGER_DIGITS,
        )

    def action_set(self):
        self.ensure_one()
        employee = self._checked_employee()
        for pin in filter(None, (self.pin, self.api_pin)):
            if not (pin.isascii() and pin.isdigit()) or len(pin) < LEAST_DIGITS:
                raise ValidationError(
                    self.env._("A PIN has at least %s digits.", LEAST_DIGITS)
                )
        values = {"pin": self.pin, "nu_api_pin": self.api_pin}
        employee.write(
            {
                **{name: value for name, value in values.items() if value},
                "nu_discount_capped": self.discount_capped,
                "nu_max_discount": self.max_discount,
            }
        )
        self.env["nu_restaurant_pos.order_audit"]._record(
            "permission",
            company=employee.company_id,
            payload={
                "model": "hr.employee",
                "id": employee.id,
                "pin": "set" if self.pin else None,
                "api_pin": "set" if self.api_pin else None,
                "max_discount": f"{self.max_discount:g}"
                if self.discount_capped
                else None,
            },
        )
        # rows of wizards live for an hour; PINs do not
        self.write({"pin": False, "api_pin": False})
        return {"type": "ir.actions.act_window_close"}

    def _checked_employee(self):
        """The employee, with all rights.

        :raise AccessError: for one the user may not give a PIN
        """
        user, employee = self.env.user, self.employee_id.sudo()
        if not (
            user.has_group("point_of_sale.group_pos_manager")
            or user.has_group("hr.group_hr_user")
        ):
            raise AccessError(self.env._("PINs are given by managers."))
        if employee.company_id not in user.company_ids:
            raise AccessError(self.env._("The employee is of another company."))
        own_user = employee.user_id
        if own_user and own_user._nu_is_administrator():
            if not user._nu_is_administrator():
                raise AccessError(
                    self.env._("The PIN of an administrator is given by one.")
                )
        return employee
