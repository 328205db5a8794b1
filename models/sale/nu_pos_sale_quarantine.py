"""Sales that are paid and cannot be booked yet."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import SQL

from ...fiscal.canonical import canonical_json, floats_to_decimal
from ...schemas.base import MAX_AMOUNT, printable
from ...schemas.snapshot import respelled
from ..access.nu_pos_identity import Caller
from ..runtime.call import Call, call_of
from ..runtime.problem import ApiProblem
from ..runtime.reference import database_id, lock_key
from ..runtime.unit_of_work import unit_of_work
from .pos_order_wire import PAID_STATES

_logger = logging.getLogger(__name__)

STATES = [
    ("open", "In quarantine"),
    ("sold", "Sold"),
    ("discarded", "Discarded"),
]
#: Refusals that no other moment and no other master data mends.
LASTING = ("IDEMPOTENCY_MISMATCH", "ORDER_PAID", "ORDER_CANCELLED")
#: What somebody has to allow; nobody does by waiting.
NEEDS_SOMEBODY = ("APPROVAL_REQUIRED", "FORBIDDEN")
#: Mended by an authorised range: tried again at each run of the job.
NUMBERS = ("NCF_NO_RANGE", "NCF_EXHAUSTED", "NCF_EXPIRED")
#: Until the next try of anything else: doubled each time, from and to.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(hours=6)
#: How many are tried in one run of the job.
RUN = 200
#: Greatest snapshot that is kept, and how much of one user, in bytes.
MAX_PAYLOAD, MAX_BYTES = 1_000_000, 50_000_000
#: Earlier payloads of one reference that are kept.
MAX_PREVIOUS = 10
#: The last digits of a card; no more is ever kept.
CARD_DIGITS = 4


@dataclass(frozen=True)
class Retry:
    """A quarantined sale on its way again, in the context under ``nu_retry``. Nobody
    can send an object of this class."""

    quarantine_id: int
    reference: str
    user_id: int  # who sold
    employee_id: int | None
    device: str | None
    received: datetime


class NuPosSaleQuarantine(models.Model):
    """A sale of which money was taken, and which arithmetic, law or rights forbid to
    book as it is.

    A hub forwards what its terminals sold, often hours later; a refusal would leave
    the sale in an outbox that nobody looks into. So it is kept here, once for each
    reference, until a manager or the reason's end lets it through. It goes through
    when the client sends it again, when the job or a manager tries again, or after a
    manager corrected it; then it takes its number as any sale does: the one reserved
    for its reference, or the next. It may be discarded with a reason.

    Written by the system only. See ``nu.pos.order.flow`` for the sale itself.
    """

    _name = "nu.pos.sale.quarantine"
    _description = "Quarantined sale"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "pos_reference"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    config_id = fields.Many2one("pos.config", string="Register", readonly=True)
    pos_reference = fields.Char(string="Order reference", required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="open")
    code = fields.Char(string="Reason", required=True, readonly=True)
    detail = fields.Text(string="What is wrong", readonly=True)
    errors = fields.Json(readonly=True)
    error_text = fields.Text(
        string="Findings", compute="_compute_error_text", help="One line a field."
    )
    payload = fields.Text(
        string="As sent",
        required=True,
        readonly=True,
        help="The sale as the client sent it, JSON.",
    )
    previous = fields.Json(
        string="Sent before", readonly=True, help="Earlier content of this reference."
    )
    corrected = fields.Text(
        string="As sold", readonly=True, help="What a manager made of it, JSON."
    )
    fingerprint = fields.Char(readonly=True, help="Of what was sent.")
    size = fields.Integer(readonly=True, aggregator=None)
    amount_total = fields.Monetary(
        string="Total", readonly=True, help="As the client says, else as paid."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    device = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", string="Sent by", readonly=True)
    caller = fields.Json(readonly=True)
    request_id = fields.Char(readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    date_tried = fields.Datetime(string="Last try", readonly=True)
    date_next = fields.Datetime(string="Next try", readonly=True)
    date_resolved = fields.Datetime(string="Resolved on", readonly=True)
    resolver_id = fields.Many2one("res.users", string="Resolved by", readonly=True)
    discard_reason = fields.Char(string="Why discarded", readonly=True)
    order_id = fields.Many2one(
        "pos.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    _reference_uniq = models.UniqueIndex(
        "(company_id, pos_reference)", "This sale is in quarantine already."
    )
    _open_idx = models.Index("(user_id, device) WHERE state = 'open'")
    _turn_idx = models.Index("(date_next, id) WHERE state = 'open'")

    @api.depends("errors", "detail")
    def _compute_error_text(self):
        for record in self:
            lines = [
                ": ".join(filter(None, (entry.get("path"), entry.get("message"))))
                for entry in record.errors or ()
            ]
            record.error_text = "\n".join(lines) or record.detail

    # -- Evidence ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system()
        return super().create(vals_list)

    def write(self, vals):
        self._check_system()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._("A quarantined sale is sold or discarded, never deleted.")
        )

    @api.model
    def _check_system(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Quarantined sales are written by the system only.")
            )

    # -- Keeping -------------------------------------------------------------------

    @api.private
    @api.model
    def keep(self, data, refusal):
        """Keep a sale that was refused, durably, or note that it was refused again.

        :param data: the snapshot as sent
        :param refusal: the ``UserError`` it met
        :return: the ``ApiProblem`` to answer with: it says ``quarantined`` and, if it
            is, ``quarantine_id``. None when the order was sold meanwhile
        """
        problem = _problem(refusal)
        if "quarantined" in problem.extra or problem.retryable:
            return problem
        if problem.code == "PAYMENT_MISSING":
            return problem  # payments of nothing: nobody has paid
        config = self._register_of(data)
        if config is None or not self._may_sell(config):
            return problem  # who may not sell leaves nothing here
        company = config.company_id or self.env["nu.pos.identity"].current().company
        payload = _payload(data)
        reference = _reference(data, payload)
        # the audit tells its story
        records = self.sudo().with_context(tracking_disable=True)
        kept = records._keep(company, config, reference, data, payload, problem)
        if kept is None:
            return None
        problem.extra["quarantined"] = bool(kept)
        if kept:
            problem.extra["quarantine_id"] = kept
        return problem

    @api.model
    def _may_sell(self, config):
        allowed = self.env["nu.pos.permission"].resolve(config or None)
        return self.env.user.has_group("base.group_user") and allowed["payment"]

    @api.model
    def _register_of(self, data):
        """The register a snapshot names; an empty set where it cannot be told, None
        where the caller has no business."""
        data = data if isinstance(data, dict) else {}
        config_id = database_id(data.get("config_id", data.get("configId")))
        reference = data.get("config")
        text = isinstance(reference, (int, str)) and reference or None
        try:
            return self.env["pos.config"]._nu_pick(config_id, text)
        except ApiProblem as problem:
            if problem.code == "FORBIDDEN":
                return None
            return self.env["pos.config"].sudo()

    @unit_of_work(
        lock=lambda _records, company, _config, reference, *_more: [
            lock_key(company.id, reference)
        ]
    )
    def _keep(self, unit, company, config, reference, data, payload, problem):
        """Keep it under the lock of its order: id of the row, False where there is no
        room for it, None for an order that is sold by now."""
        found = self._of(company, reference)
        retry = self.env.context.get("nu_retry")
        if isinstance(retry, Retry):
            found = self.browse(retry.quarantine_id)
            if found.state == "open" and found.fingerprint == _hash(payload):
                found._note_refusal(problem)
            return found.id
        if problem.code not in LASTING:
            order = self.env["pos.order"]._nu_by_reference(company, reference)
            if order.state in PAID_STATES:
                return None
        if found.state == "discarded" and found.fingerprint == _hash(payload):
            return found.id
        if found.state == "open" and found.fingerprint == _hash(payload):
            found._note_refusal(problem)
            return found.id
        if len(payload) > MAX_PAYLOAD or not (found or self._has_room(len(payload))):
            _logger.warning("no room in quarantine for sale %s", reference)
            return False
        values = {
            "company_id": company.id,
            "config_id": config.id,
            "pos_reference": reference,
            "state": "open",
            "payload": payload,
            "corrected": False,
            "fingerprint": _hash(payload),
            "size": len(payload),
            "amount_total": _amount(data),
            "device": call_of(self.env).device,
            "user_id": self.env.uid,
            "caller": self._caller(),
            "request_id": call_of(self.env).request_id,
            "order_id": False,
            "attempts": 0,
            "date_resolved": False,
            "resolver_id": False,
            "discard_reason": False,
        }
        if found:
            values["previous"] = [*(found.previous or ()), found.payload][
                -MAX_PREVIOUS:
            ]
            found.write(values)
        else:
            found = self.create({**values, **_told(problem)})
        found._note_refusal(problem)
        self.env["nu_restaurant_pos.order_audit"]._record(
            "quarantine",
            company=company,
            pos_reference=reference,
            payload={
                "quarantine_id": found.id,
                "code": problem.code,
                "sha256": found.fingerprint,
            },
        )
        found._tell_manager()
        return found.id

    @api.model
    def _of(self, company, reference):
        return self.search(
            [("company_id", "=", company.id), ("pos_reference", "=", reference)],
            limit=1,
        )

    @api.model
    def _caller(self):
        """Who sent it, to judge its rights again: ids only."""
        caller = call_of(self.env).caller
        if not caller:
            return None
        kept = asdict(caller)
        for name in ("seen", "session_id", "staff_role"):
            kept.pop(name, None)
        return kept

    @api.model
    def _has_room(self, size):
        """Is there room for one more of this device and of this user? What a caller
        calls its device is its own word, so both are counted."""
        most = int(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("nu_pos.quarantine_per_device", "200")
        )
        [(of_device, of_user, bytes_of_user)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FILTER (WHERE device IS NOT DISTINCT FROM %s),
                       count(*), COALESCE(sum(size), 0)
                  FROM nu_pos_sale_quarantine
                 WHERE state = 'open' AND user_id = %s
                """,
                call_of(self.env).device,
                self.env.uid,
            )
        )
        return (
            of_device < most
            and of_user < 10 * most
            and bytes_of_user + size <= MAX_BYTES
        )

    def _note_refusal(self, problem):
        """It was refused, first or again."""
        self.ensure_one()
        now = fields.Datetime.now()
        wait = min(FIRST_WAIT * 2 ** min(self.attempts, 10), LONGEST_WAIT)
        if problem.code in NUMBERS:
            wait = timedelta(0)
        self.write(
            {
                **_told(problem),
                "attempts": self.attempts + 1,
                "date_tried": now,
                "date_next": now + wait,
            }
        )

    # -- Managers -------------------------------------------------------------------

    def _tell_manager(self):
        """One open activity a register: the next sale in quarantine must be seen,
        two hundred of them are one piece of work."""
        self.ensure_one()
        waiting = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("config_id", "=", self.config_id.id),
                ("state", "=", "open"),
                ("activity_ids", "!=", False),
            ],
            limit=1,
        )
        if waiting:
            return
        group = self.env.ref("point_of_sale.group_pos_manager")
        company = self.company_id
        managers = group.sudo().all_user_ids.filtered(
            lambda user: company in user.company_ids and not user.share
        )
        for user in managers[:1]:
            # a till waits: no e-mail from here
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Paid sales wait in quarantine"),
                note=self.env._(
                    "Sale %(reference)s was paid and cannot be booked: %(detail)s",
                    reference=self.pos_reference,
                    detail=self.detail or self.code,
                ),
                user_id=user.id,
            )

    def _resolve(self, state, **values):
        """It is sold or discarded; what is left of its register gets its activity."""
        self.ensure_one()
        self.write(
            {
                "state": state,
                "date_resolved": fields.Datetime.now(),
                "resolver_id": self.env.uid,
                "date_next": False,
                **values,
            }
        )
        if self.activity_ids:
            self.activity_unlink(["mail.mail_activity_data_todo"])
            rest = self.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("config_id", "=", self.config_id.id),
                    ("state", "=", "open"),
                ],
                order="id",
                limit=1,
            )
            if rest:
                rest._tell_manager()

    def _sold(self, order, data):
        """Its sale is made, in this transaction."""
        self.ensure_one()
        payload = _payload(data)
        is_same = _hash(payload) == self.fingerprint
        self._resolve(
            "sold", order_id=order.id, corrected=False if is_same else payload
        )
        self.env["nu_restaurant_pos.order_audit"]._record(
            "quarantine_sold",
            company=self.company_id,
            pos_reference=self.pos_reference,
            order=order,
            ncf=order.nu_ncf or None,
            payload={
                "quarantine_id": self.id,
                "sha256": self.fingerprint,
                "corrected_sha256": None if is_same else _hash(payload),
                "sold_as": order.pos_reference,
            },
        )

    def _says_same(self, data):
        """Whether it was sent with just this content."""
        self.ensure_one()
        return self.fingerprint == _hash(_payload(data))

    def _kept_problem(self):
        """The refusal it was kept for."""
        self.ensure_one()
        return ApiProblem(
            self.code,
            self.detail,
            errors=self.errors or (),
            quarantined=True,
            quarantine_id=self.id,
        )

    # -- Trying again ----------------------------------------------------------------

    def _try_again(self, payload=None, own_rights=False):
        """Send it once more.

        :param payload: what a manager made of it, JSON; else as it was sent
        :param own_rights: judged by the rights of the user, not of who sent it
        :raise ApiProblem: why it is refused again
        """
        orders, data = self._on_its_way(payload, own_rights)
        return orders._nu_submit(data, finalize=_finalize(data))

    def _judge_only(self, payload):
        """Judge what a manager made of it; takes no number and writes nothing.

        :raise ApiProblem: why it would be refused
        """
        orders, data = self._on_its_way(payload, own_rights=True)
        orders._nu_judge(data, finalize=_finalize(data))

    def _on_its_way(self, payload, own_rights):
        """``(pos.order in the name of whose rights are judged, snapshot)``"""
        self.ensure_one()
        record = self.sudo()
        if record.state != "open":
            raise UserError(self.env._("%s is resolved already.", self.pos_reference))
        context = {
            **self.env.context,
            "nu_retry": Retry(
                record.id,
                record.pos_reference,
                record.user_id.id,
                (record.caller or {}).get("employee_id"),
                record.device or None,
                record.create_date.replace(microsecond=0),
            ),
            "allowed_company_ids": record.company_id.ids,
        }
        env = self.env(context=context, su=False)
        if not own_rights:
            known = {field.name for field in dataclass_fields(Caller)}
            caller = {k: v for k, v in (record.caller or {}).items() if k in known}
            caller = {"method": "rpc", **caller, "user_id": record.user_id.id}
            context["nu_call"] = Call(device=record.device, caller=Caller(**caller))
            env = env(user=record.user_id.id, context=context)
        return env["pos.order"], json.loads(payload or record.payload)

    @api.model
    def _cron_retry(self):
        """Try again what may go through by now, each on its own connection."""
        waiting = self.search(
            [
                ("state", "=", "open"),
                ("date_next", "<=", fields.Datetime.now()),
                ("code", "not in", (*LASTING, *NEEDS_SOMEBODY)),
                ("user_id.active", "=", True),
            ],
            order="date_next, id",
            limit=RUN,
        )
        for record in waiting:
            try:
                record._try_again()
            except ApiProblem as problem:
                _logger.info("%s stays in quarantine: %s", record.id, problem.code)
            except Exception:  # pylint: disable=broad-except
                # Its transaction is closed and rolled back; a defect met by one sale
                # must not keep the others waiting.
                _logger.exception("quarantined sale %s failed", record.id)

    # -- Actions -------------------------------------------------------------------

    def _check_manager(self):
        """Explicit, for what then runs with all rights."""
        self.check_access("read")
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(
                self.env._("Quarantined sales are for managers of the point of sale.")
            )

    def action_try_again(self):
        """Send the selected sales once more, with the rights of the manager."""
        self._check_manager()
        sold, refused = 0, []
        for record in self.filtered(lambda row: row.state == "open"):
            try:
                record._try_again(own_rights=True)
                sold += 1
            except ApiProblem as problem:
                refused.append(f"{record.pos_reference}: {problem.detail}")
        if refused:
            message = self.env._(
                "%(sold)s sold, %(refused)s refused again. %(first)s",
                sold=sold,
                refused=len(refused),
                first=refused[0],
            )
        else:
            message = self.env._("%s sold.", sold)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Quarantined sales"),
                "message": message,
                "type": "warning" if refused else "success",
                "sticky": bool(refused),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_correct(self):
        """Open the wizard that corrects the sale."""
        self._check_manager()
        return self.env["nu.pos.sale.quarantine.correct"]._begin(self)._open()

    def _discard(self, reason):
        """It is no sale of this house, or was made otherwise; never sold from here."""
        self.ensure_one()
        self._check_manager()
        self.sudo()._resolve_discarded(reason)

    @unit_of_work(
        lock=lambda row, _reason: [lock_key(row.company_id.id, row.pos_reference)]
    )
    def _resolve_discarded(self, unit, reason):
        if self.state != "open":
            raise UserError(self.env._("%s is resolved already.", self.pos_reference))
        self._resolve("discarded", discard_reason=reason)
        self.env["nu_restaurant_pos.order_audit"]._record(
            "quarantine_discarded",
            company=self.company_id,
            pos_reference=self.pos_reference,
            payload={
                "quarantine_id": self.id,
                "sha256": self.fingerprint,
                "reason": reason,
            },
        )

    def action_open_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "pos.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }


# -- What was sent ---------------------------------------------------------------------


def _finalize(data):
    """As ``pos.order._nu_submit`` has it: a step says what is to be done."""
    has_step = isinstance(data, dict) and data.get("step")
    return None if has_step else True


def _problem(refusal):
    """Any refusal as a problem of the API."""
    if isinstance(refusal, ApiProblem):
        return refusal
    if isinstance(refusal, LockError):
        return ApiProblem("BUSY", retry_after=2)
    code = "FORBIDDEN" if isinstance(refusal, AccessError) else "VALIDATION"
    return ApiProblem(code, str(refusal.args[0]) if refusal.args else "")


def _told(problem):
    return {
        "code": problem.code,
        "detail": printable(problem.detail or ""),
        "errors": [
            {name: printable(str(value)) for name, value in entry.items()}
            for entry in problem.errors
        ],
    }


def _payload(data):
    """The snapshot as text, with what of card numbers may be kept."""
    return json.dumps(
        _without_cards(data), ensure_ascii=True, sort_keys=True, default=str
    )


def _without_cards(value):
    if isinstance(value, dict):
        return {
            str(key): str(item)[-CARD_DIGITS:]
            if key in ("card_no", "cardNo") and item is not None
            else _without_cards(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_without_cards(item) for item in value]
    return value


def _hash(payload):
    """Hash of a payload, equal for equal numbers."""
    data = floats_to_decimal(json.loads(payload))
    try:
        text = canonical_json(data)
    except (TypeError, ValueError):
        text = payload  # NaN, as JSON of Python may hold
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _reference(data, payload):
    """The order's reference; of a sale without one a name that no client can send."""
    reference = None
    if isinstance(data, dict):
        reference = data.get("pos_reference", data.get("posReference"))
    if isinstance(reference, int) and not isinstance(reference, bool):
        reference = str(reference)
    is_text = isinstance(reference, str) and 0 < len(reference) <= 128
    if is_text and all("\x21" <= char <= "\x7e" for char in reference):
        return reference
    return f"(no reference) {_hash(payload)[:16]}"


def _amount(data):
    """What the guest paid for, as far as the snapshot says."""
    data = respelled(data)
    payments = data.get("payments")
    amounts = [data.get("amount_total", data.get("amountTotal"))]
    amounts += [
        payment.get("amount")
        for payment in (payments if isinstance(payments, list) else ())
        if isinstance(payment, dict)
    ]
    for value in amounts:
        try:
            amount = float(value)
        except (TypeError, ValueError):
            continue
        if abs(amount) <= MAX_AMOUNT:
            return amount
    return 0.0
