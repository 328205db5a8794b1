"""Open sessions of the API, and their refresh tokens."""

import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, consteq

from ..runtime.problem import ApiProblem
from .hr_employee import MANAGER_DIGITS
from .nu_pos_device import revoked_device
from .nu_pos_login_attempt import apart

#: How long the refresh token used last may be sent again, in seconds.
GRACE = 10
#: A session ends after so many days, however often it was refreshed.
LONGEST_DAYS = 30

REASONS = [
    ("logout", "Logged out"),
    ("reuse", "A used refresh token came again"),
    ("device", "Device revoked or registered again"),
    ("manager", "Ended by a manager"),
]


class NuPosRefreshToken(models.Model):
    """One log-in and what follows from it: a family of refresh tokens, of which only
    the youngest is good.

    Every use of the token replaces it, and the row keeps the hashes of the youngest
    and of its predecessor. For ``GRACE`` seconds the device that used the predecessor
    may send it again and gets the very answer it missed: the next token follows from
    the one before, so nothing has to be kept to repeat it. Any other token of the
    family proves that two parties hold it; the family is revoked.

    Access tokens carry the family. One look at this row, with device and employee
    joined, tells on every call whether the session still stands.
    """

    _name = "nu.pos.refresh.token"
    _description = "POS session of a device"
    _order = "id desc"
    _rec_name = "user_id"
    _log_access = False

    create_date = fields.Datetime(
        string="Logged in", readonly=True, required=True, default=fields.Datetime.now
    )
    family = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    method = fields.Selection(
        [("password", "Password"), ("pin", "PIN"), ("badge", "Badge")],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    employee_id = fields.Many2one("hr.employee", readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    config_id = fields.Many2one(
        "pos.config", string="Register", readonly=True, ondelete="cascade"
    )
    device = fields.Char(
        string="Device identifier", readonly=True, help="As it was told at log-in."
    )
    device_id = fields.Many2one(
        "nu.pos.device",
        string="Registered device",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    is_proven = fields.Boolean(
        readonly=True, help="The device proved itself with its secret."
    )
    token_hash = fields.Char(readonly=True, required=True, groups=fields.NO_ACCESS)
    previous_hash = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    device_used = fields.Char(
        string="Refreshed by", readonly=True, help="Device identifier, as it was told."
    )
    date_used = fields.Datetime(string="Refreshed", readonly=True)
    date_expiry = fields.Datetime(string="Expires", readonly=True, required=True)
    date_revoked = fields.Datetime(string="Ended", readonly=True)
    revoke_reason = fields.Selection(REASONS, string="Why", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("expired", "Expired"), ("revoked", "Ended")],
        compute="_compute_state",
    )

    _family_uniq = models.UniqueIndex("(family)")

    @api.depends("date_revoked", "date_expiry")
    def _compute_state(self):
        now = fields.Datetime.now()
        for session in self:
            if session.date_revoked:
                session.state = "revoked"
            else:
                session.state = "expired" if session.date_expiry < now else "open"

    @api.private
    @api.model
    def open(self, values, lifetime):
        """Begin a session.

        :param values: fields of the row, ids
        :param lifetime: of the refresh token, in seconds
        :return: ``(session, secret of the first refresh token)``
        """
        secret = secrets.token_urlsafe(32)
        now = fields.Datetime.now()
        session = self.sudo().create(
            {
                **values,
                "family": secrets.token_urlsafe(18),
                "token_hash": _hash(secret),
                "create_date": now,
                "date_expiry": now + timedelta(seconds=lifetime),
            }
        )
        return session, secret

    @api.private
    @api.model
    def standing(self, family, header_device):
        """What a call must know of its session, in one statement.

        :param header_device: ``X-Device-Id`` of the call
        :return: ``dict``; None when there is no such session
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT s.id, s.user_id, s.employee_id, s.device_id, s.config_id,
                          s.company_id, s.is_proven, s.device, s.method,
                          u.active AS user_active,
                          s.date_revoked IS NOT NULL AS revoked, s.revoke_reason,
                          d.state AS device_state, d.identifier,
                          d.config_id AS device_config_id,
                          e.active AS employee_active, e.barcode,
                          e.nu_pin_hash AS pin_hash,
                          CASE WHEN s.method = 'pin' THEN
                              NOT (COALESCE(e.nu_pin_is_own, FALSE)
                                   AND e.nu_pin_digits >= %(digits)s)
                              AND EXISTS (
                                  SELECT FROM pos_config AS c
                                   WHERE c.company_id = e.company_id AND c.active
                                     AND c.nu_odoo_screen)
                          END AS weak_pin,
                          e.user_id AS own_user_id, d.user_id AS device_user_id,
                          EXISTS (SELECT FROM pos_hr_basic_employee_hr_employee
                              WHERE pos_config_id = s.config_id) AS limited,
                          CASE
                              WHEN EXISTS (
                                  SELECT FROM pos_hr_advanced_employee_hr_employee
                                   WHERE pos_config_id = s.config_id
                                     AND hr_employee_id = e.id) THEN 'advanced'
                              WHEN EXISTS (
                                  SELECT FROM pos_hr_minimal_employee_hr_employee
                                   WHERE pos_config_id = s.config_id
                                     AND hr_employee_id = e.id) THEN 'minimal'
                              WHEN EXISTS (
                                  SELECT FROM pos_hr_basic_employee_hr_employee
                                   WHERE pos_config_id = s.config_id
                                     AND hr_employee_id = e.id) THEN 'basic'
                          END AS tier,
                          h.id AS header_id, h.state AS header_state, h.date_seen
                     FROM nu_pos_refresh_token s
                     LEFT JOIN res_users u ON u.id = s.user_id
                     LEFT JOIN nu_pos_device d ON d.id = s.device_id
                     LEFT JOIN hr_employee e ON e.id = s.employee_id
                     LEFT JOIN nu_pos_device h ON h.company_id = s.company_id
                                              AND h.identifier = %(header)s
                    WHERE s.family = %(family)s""",
                digits=MANAGER_DIGITS,
                header=header_device or None,
                family=family,
            )
        )
        return self.env.cr.dictfetchone()

    @api.private
    @api.model
    def check(self, row, header_device):
        """:raise ApiProblem: ``UNAUTHENTICATED`` when the session no longer stands"""
        if not row:
            raise ApiProblem("UNAUTHENTICATED", "The token is not valid")
        if "revoked" in (row["device_state"], row["header_state"]):
            raise revoked_device()
        if row["revoked"]:
            why = dict(REASONS).get(row["revoke_reason"], "")
            raise ApiProblem("UNAUTHENTICATED", f"The session was ended: {why}")
        if row["employee_id"]:
            self._check_staff(row, header_device)

    @api.model
    def _check_staff(self, row, header_device):
        if not row["employee_active"]:
            raise ApiProblem("UNAUTHENTICATED", "The employee is archived")
        if row["identifier"] != header_device:
            raise ApiProblem("UNAUTHENTICATED", "The token is of another device")
        if row["user_id"] != (row["own_user_id"] or row["device_user_id"]):
            raise ApiProblem(
                "UNAUTHENTICATED", "The employee's user changed; log in again"
            )
        if row["limited"] and not row["tier"]:
            raise ApiProblem(
                "UNAUTHENTICATED", "The employee may no longer use this register"
            )

    @api.private
    @api.model
    def rotate(self, family, secret, successor, device, lifetime):
        """Use a refresh token up. Durable when this returns or raises.

        :param successor: secret of the token that follows
        :param device: ``X-Device-Id`` of the call
        :param lifetime: of the new token, in seconds
        :return: when the token was used up (naive UTC, whole seconds): now, or when it
            was used the first time
        :raise ApiProblem: ``UNAUTHENTICATED`` when it was used before or the session
            has ended, ``TOKEN_EXPIRED``
        """
        problem = None
        with apart(self.env) as cr:
            cr.execute(
                SQL(
                    """SELECT id, device_used, token_hash, previous_hash,
                              date_used, create_date, date_expiry, date_revoked
                         FROM nu_pos_refresh_token WHERE family = %s FOR UPDATE""",
                    family,
                )
            )
            row = cr.dictfetchone()
            now = fields.Datetime.now()
            given = _hash(secret)
            if not row or row["date_revoked"]:
                problem = ApiProblem("UNAUTHENTICATED", "The session was ended")
            elif row["date_expiry"] <= now:
                problem = ApiProblem("TOKEN_EXPIRED", "The refresh token has expired")
            elif consteq(row["token_hash"], given):
                end = row["create_date"] + timedelta(days=LONGEST_DAYS)
                expiry = min(now + timedelta(seconds=lifetime), end)
                self._advance(cr, row, _hash(successor), device, now, expiry)
                used = now
            elif _is_repeat(row, given, device, now):
                used = row["date_used"]
            else:
                self._end(cr, row["id"], "reuse", now)
                problem = ApiProblem(
                    "UNAUTHENTICATED",
                    "The refresh token was used before; log in again",
                )
        self.invalidate_model()
        if problem:
            raise problem
        return used

    @api.model
    def _advance(self, cr, row, token_hash, device, now, expiry):
        cr.execute(
            SQL(
                """UPDATE nu_pos_refresh_token
                      SET token_hash = %s, previous_hash = %s, device_used = %s,
                          date_used = %s, date_expiry = %s
                    WHERE id = %s""",
                token_hash,
                row["token_hash"],
                device or None,
                now,
                expiry,
                row["id"],
            )
        )

    @api.model
    def _end(self, cr, session_id, reason, now):
        cr.execute(
            SQL(
                "UPDATE nu_pos_refresh_token SET date_revoked = %s, revoke_reason = %s"
                " WHERE id = %s AND date_revoked IS NULL",
                now,
                reason,
                session_id,
            )
        )

    def _revoke(self, reason):
        """End sessions, in the caller's transaction."""
        sessions = self.sudo().filtered(lambda session: not session.date_revoked)
        sessions.write({"date_revoked": fields.Datetime.now(), "revoke_reason": reason})

    def action_revoke(self):
        """Button: end the session; its tokens die on their next call."""
        self.check_access("read")
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(self.env._("Sessions are ended by managers."))
        self._revoke("manager")

    @api.autovacuum
    def _gc_old(self):
        """What is over is kept for 90 days, to be looked at."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=90)
        self.sudo().search([("date_expiry", "<", limit)], limit=10_000).unlink()


def _is_repeat(row, given, device, now):
    return (
        row["previous_hash"]
        and consteq(row["previous_hash"], given)
        and row["device_used"] == (device or None)
        and (now - row["date_used"]).total_seconds() <= GRACE
    )


def _hash(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
