import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...schemas.approval import ApprovalRequest
from ...schemas.permissions import APPROVAL_TYPES, WITH_AMOUNT
from ..runtime.call import call_of
from ..runtime.problem import ApiProblem
from ..runtime.wire import reads
from .hr_employee import MANAGER_DIGITS

LIFETIME = timedelta(minutes=10)
#: Combined percentages are not exact in binary.
TOLERANCE = 1e-6
HALF_CENT = 0.005


class NuPosApproval(models.Model):
    """A manager's leave for one act: one use, one register, one order, one amount, ten
    minutes, and never for an act of the manager's own.

    The token is told once and kept as a hash. The approver needs the permission the
    act needs on the register of the order, and his own discount cap bounds what he may
    approve. Using it is one guarded statement in the transaction of the act: a sale
    that fails leaves it unused.
    """

    _name = "nu.pos.approval"
    _description = "POS approval"
    _order = "id desc"
    _log_access = False

    create_date = fields.Datetime(
        string="Given", readonly=True, required=True, default=fields.Datetime.now
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    config_id = fields.Many2one("pos.config", string="Register", readonly=True)
    type = fields.Selection(
        [(key, key.replace("_", " ").capitalize()) for key in APPROVAL_TYPES],
        required=True,
        readonly=True,
    )
    pos_reference = fields.Char(string="Order reference", readonly=True)
    amount = fields.Float(readonly=True, help="Percent or DOP, as the type has it.")
    reason = fields.Char(readonly=True)
    approver_id = fields.Many2one("res.users", readonly=True)
    approver_employee_id = fields.Many2one("hr.employee", readonly=True)
    requester_id = fields.Many2one("res.users", readonly=True)
    requester_employee_id = fields.Many2one("hr.employee", readonly=True)
    device = fields.Char(readonly=True)
    token_hash = fields.Char(readonly=True, groups="base.group_system")
    date_expiry = fields.Datetime(readonly=True, required=True)
    date_used = fields.Datetime(string="Used", readonly=True)

    _token_uniq = models.UniqueIndex("(token_hash)")

    @api.private
    @api.model
    @reads
    def grant(self, wire: ApprovalRequest):
        """``POST /approvals``: check the approver and write the approval.

        :return: body with ``approval_token``, told this once
        :raise ApiProblem: ``BAD_CREDENTIALS``, ``RATE_LIMITED``, ``FORBIDDEN``
        """
        config = self._register_of(wire)
        approver = self.env["nu.pos.identity"].verify_staff(config, wire)
        self._check_may_approve(approver, wire, config)
        requester = self.env["nu.pos.identity"].current()
        token = secrets.token_urlsafe(24)
        now = fields.Datetime.now()
        approval = self.sudo().create(
            {
                "company_id": config.company_id.id,
                "config_id": config.id,
                "type": wire.type,
                "pos_reference": wire.pos_reference,
                "amount": float(wire.amount or 0),
                "reason": wire.reason,
                "approver_id": approver.user.id,
                "approver_employee_id": approver.employee.id,
                "requester_id": self.env.uid,
                "requester_employee_id": requester.employee.id,
                "device": call_of(self.env).device,
                "token_hash": _hash(token),
                "date_expiry": now + LIFETIME,
            }
        )
        self.env["nu_restaurant_pos.order_audit"]._record(
            "approval",
            company=config.company_id,
            pos_reference=wire.pos_reference,
            payload={
                "approval_id": approval.id,
                "type": wire.type,
                "amount": wire.amount,
                "approver": approver.name,
                "reason": wire.reason,
            },
        )
        return {
            "status": "ok",
            "approval_token": token,
            "approval_id": approval.id,
            "type": wire.type,
            "expires_in": int(LIFETIME.total_seconds()),
            "approver": {"id": approver.employee.id or None, "name": approver.name},
        }

    @api.model
    def _register_of(self, wire):
        """The register whose rules hold: that of the order where there is one already,
        whatever register the request names."""
        config = self.env["pos.config"]._nu_pick(wire.config_id)
        if not wire.pos_reference:
            return config
        company = self.env["res.company"].browse(config._nu_company_id(config.id))
        other = self._register_of_order(company, wire.pos_reference)
        if other and other != config:
            return self.env["pos.config"]._nu_pick(other.id)
        return config

    @api.model
    def _register_of_order(self, company, reference):
        """Register where an order of this reference is; empty for none. See the floor
        of sales."""
        return self.env["pos.config"]

    @api.model
    def _check_may_approve(self, approver, wire, config):
        Permission = self.env["nu.pos.permission"]
        key = APPROVAL_TYPES[wire.type]
        allowed = Permission._resolve_for(
            approver.user, approver.employee, approver.role_on(config), config
        )
        if not allowed[key]:
            raise ApiProblem(
                "FORBIDDEN", f"{approver.name} may not approve this", permission=key
            )
        if approver.is_person(self.env["nu.pos.identity"].current()):
            raise _own_approval(approver)
        if wire.pin is not None and approver.employee._nu_pin_is_weak():
            raise ApiProblem(
                "FORBIDDEN",
                "The PIN of a till approves nothing here: use badge or password, or an "
                f"API PIN of at least {MANAGER_DIGITS} digits",
                permission=key,
            )
        cap = Permission._cap_of(approver.user, approver.employee)
        if (
            wire.type == "discount_over_limit"
            and cap is not None
            and (wire.amount or 0) > cap
        ):
            raise ApiProblem(
                "FORBIDDEN",
                f"{approver.name} may approve discounts up to {cap:g} percent",
                permission=key,
            )

    @api.private
    @api.model
    def check_shown(self, uses, needed, config, pos_reference):
        """Are there unused approvals for all that is needed? Reads only, so that a
        sale that will be refused takes no number.

        :param needed: ``[(type, amount)]``
        :param config: register of the order
        :return: ``{type: approval}``
        :raise ApiProblem: ``APPROVAL_REQUIRED`` naming the types that are missing
        """
        found = {
            approval_type: self._find(
                uses, approval_type, config, pos_reference, amount
            )
            for approval_type, amount in needed
        }
        missing = [one for one in needed if not found[one[0]]]
        if missing:
            raise _required(missing)
        return found

    @api.private
    @api.model
    def check_was_shown(self, uses, approval_type, config, pos_reference):
        """For the repeat of an act that an approval let through: is one of those shown
        an approval of this act, used or not?

        :raise ApiProblem: ``APPROVAL_REQUIRED``
        """
        hashes = [_hash(use.token) for use in uses or () if use.type == approval_type]
        if not self.sudo().search_count(
            [
                ("token_hash", "in", hashes),
                ("type", "=", approval_type),
                ("config_id", "=", config.id),
                ("pos_reference", "=", pos_reference),
            ],
            limit=1,
        ):
            raise _required([(approval_type, 0.0)])

    @api.private
    @api.model
    def use(self, uses, approval_type, config, pos_reference, amount=0.0):
        """Use up one of the approvals shown for an act.

        :param uses: ``schemas.approval.ApprovalUse`` of the request
        :param config: register of the order
        :return: the approval
        :raise ApiProblem: ``APPROVAL_REQUIRED`` when none fits, or no longer
        """
        approval = self._find(uses, approval_type, config, pos_reference, amount)
        if approval:
            self.env.cr.execute(
                SQL(
                    "UPDATE nu_pos_approval SET date_used = %s"
                    " WHERE id = %s AND date_used IS NULL",
                    fields.Datetime.now(),
                    approval.id,
                )
            )
            approval.invalidate_recordset(["date_used"], flush=False)
            if self.env.cr.rowcount:
                return approval
        raise _required([(approval_type, amount)])

    @api.model
    def _find(self, uses, approval_type, config, pos_reference, amount):
        """An approval among those shown for this register, order, type and amount, by
        somebody else than who acts now."""
        hashes = [_hash(use.token) for use in uses or () if use.type == approval_type]
        tolerance = TOLERANCE if approval_type == "discount_over_limit" else HALF_CENT
        found = self.sudo().search(
            [
                ("token_hash", "in", hashes),
                ("type", "=", approval_type),
                ("company_id", "=", config.company_id.id),
                ("config_id", "=", config.id),
                # what is about no order has no reference on both sides
                ("pos_reference", "=", pos_reference or False),
                ("date_used", "=", False),
                ("date_expiry", ">", fields.Datetime.now()),
                ("amount", ">=", amount - tolerance),
            ]
        )
        identities = self.env["nu.pos.identity"]
        actor = identities.current()
        return found.filtered(
            lambda approval: (
                not actor.is_person(
                    identities._identity(
                        approval.approver_id, employee=approval.approver_employee_id.id
                    )
                )
            )
        )[:1]

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Approvals are given and used, never changed."))

    @api.autovacuum
    def _gc_old(self):
        """What became of approvals stands in the audit; rows are kept for a year."""
        limit = fields.Datetime.now() - timedelta(days=365)
        self.sudo().search([("create_date", "<", limit)], limit=10_000).unlink()


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()


def _own_approval(approver):
    return ApiProblem(
        "FORBIDDEN", f"{approver.name} asks for it: somebody else must approve"
    )


def _required(needed):
    """:param needed: ``[(type, amount)]``"""
    types = [name for name, _amount in needed]
    permissions = ", ".join(sorted({APPROVAL_TYPES[name] for name in types}))
    return ApiProblem(
        "APPROVAL_REQUIRED",
        f"This needs the approval of somebody with the permission {permissions}",
        types=types,
        needed=[
            {
                "type": name,
                "amount": round(amount, 6 if name == "discount_over_limit" else 2),
            }
            if name in WITH_AMOUNT
            else {"type": name}
            for name, amount in needed
        ],
    )
