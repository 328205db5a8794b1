from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...fiscal.money import from_float
from ...schemas.reservation import Release, Reservation
from ...schemas.snapshot import Snapshot, carries_payments
from ..evidence.nu_pos_guarded import OWN
from ..runtime.nu_pos_answering import Answer
from ..runtime.problem import ApiProblem, Findings
from ..runtime.reference import lock_key
from ..runtime.reference_resolver import ReferenceResolver
from ..runtime.unit_of_work import unit_of_work
from ..runtime.wire import parse, parse_sold, reads
from .nu_pos_order_flow import Job
from .nu_pos_sale_quarantine import Retry
from .pos_config import register_of, session_gate
from .reservation import Reservations

SOURCE = "nu_hub"
KITCHEN_STATES = [
    ("open", "Not sent"),
    ("sent", "Sent"),
    ("changed", "Changed after sending"),
    ("paid", "Paid"),
]


class Judged(Exception):
    """Ends, and rolls back, a transaction that was about judging only."""


def _keys_of_job(_orders, _config, job):
    return job.keys


class PosOrder(models.Model):
    """Orders of hubs and terminals, and the number of every sale.

    A sale of the API runs in this order (``_nu_submit`` -> ``nu.pos.order.flow``):
    look up its reference under a lock; judge the snapshot (``nu.pos.sale``); take
    the number, durably; write (``OrderWriter``) up to core's
    ``_process_saved_order``, before which the number is issued; audit. Sales made on
    Odoo's own screen take and issue their number on the same hooks.
    """

    _name = "pos.order"
    _inherit = ["pos.order", "nu.pos.guarded"]

    source = fields.Selection(
        selection_add=[(SOURCE, "POS hub or terminal")],
        ondelete={SOURCE: "set default"},
    )
    nu_document_type_id = fields.Many2one(
        "l10n_latam.document.type", string="Fiscal type", **OWN
    )
    nu_ncf_id = fields.Many2one("nu.pos.ncf", string="NCF record", **OWN)
    nu_ncf = fields.Char(
        related="nu_ncf_id.name",
        string="NCF",
        store=True,
        index="btree_not_null",
        prefetch=OWN["prefetch"],
    )
    nu_reissue_of_id = fields.Many2one(
        "pos.order",
        string="In the place of",
        **OWN,
        index="btree_not_null",
        help="The sale whose document this one was made to change, by a credit note.",
    )
    nu_mode = fields.Selection(
        [("order", "Sale"), ("return", "Return"), ("payment", "Collection")],
        string="Mode",
        **OWN,
    )
    nu_kitchen_status = fields.Selection(KITCHEN_STATES, string="Kitchen", **OWN)
    nu_version = fields.Integer(
        string="Version",
        **OWN,
        aggregator=None,
        help="Counts the accepted writes of hubs and terminals.",
    )
    nu_check_discount = fields.Float(string="Check discount (%)", **OWN, digits=0)
    nu_amount_itbis = fields.Monetary(string="ITBIS", **OWN)
    nu_amount_tip = fields.Monetary(string="Propina legal", **OWN)
    nu_tax_totals = fields.Json(string="Taxes by rate", **OWN)
    nu_device = fields.Char(string="Device", **OWN)
    nu_staff_name = fields.Char(string="Served by", **OWN)
    nu_fingerprint = fields.Char(**OWN)
    nu_date_served = fields.Datetime(string="Served", **OWN)
    nu_external_source = fields.Char(**OWN)
    nu_external_id = fields.Char(**OWN)
    nu_metadata = fields.Json(**OWN)
    nu_kitchen_bumped_at = fields.Char(string="Bumped in the kitchen", **OWN)
    nu_warnings = fields.Json(
        string="Warnings",
        **OWN,
        help="What was odd about the sale, as its till was told.",
    )
    nu_approved_discount = fields.Float(string="Approved discount (%)", **OWN, digits=0)
    nu_approved_prices = fields.Boolean(string="Prices approved", **OWN)

    nu_reference_twin = fields.Integer(
        required=True,
        default=0,
        **OWN,
        aggregator=None,
        help="Orders of before the installation may share a reference: this tells them "
        "apart for the unique index. 0 for all others.",
    )

    _nu_reference_uniq = models.UniqueIndex(
        "(company_id, pos_reference, nu_reference_twin)"
        " WHERE pos_reference IS NOT NULL",
        "An order with this reference exists already.",
    )
    _nu_reference_twin_own = models.Constraint(
        "CHECK (nu_reference_twin IN (0, id))",
        "Only orders of before the installation share a reference.",
    )
    _nu_ncf_uniq = models.UniqueIndex(
        "(nu_ncf_id) WHERE nu_ncf_id IS NOT NULL",
        "A fiscal number is on one order only.",
    )
    # lists of the API: newest first (and their count), of a register, and changes
    _nu_company_idx = models.Index("(company_id, id)")
    _nu_config_idx = models.Index("(config_id, id)")
    _nu_changes_idx = models.Index("(company_id, write_date, id)")

    _nu_employee_idx = models.Index("(employee_id, id) WHERE employee_id IS NOT NULL")
    _nu_refunds = models.Index("(company_id, id) WHERE is_refund")
    # few where every sale is numbered: the month looks for them
    _nu_unnumbered = models.Index(
        "(company_id, date_order) WHERE nu_ncf_id IS NULL AND state IN ('paid', 'done')"
    )
    _nu_open_check = models.Index(
        "(table_id) WHERE state = 'draft' AND table_id IS NOT NULL"
    )

    def init(self):
        # Human order numbers, from 000 to 999 and over again: no meaning in law, so
        # gaps are welcome and no row is locked for them.
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS nu_pos_order_tracking_seq")

    # -- Entry points --------------------------------------------------------------

    @api.model
    def hub_finalize_snapshot(self, snapshot):
        """Turn a snapshot with payments into a paid, numbered sale.

        The RPC twin of ``POST /pos-api/v1/hub/finalize``; the same code.

        :return: ``dict``, see :meth:`_nu_answer`
        """
        try:
            return self._nu_submit(snapshot, finalize=True).body
        except ApiProblem as problem:
            self.env["nu_restaurant_pos.order_audit"]._record_refusal(
                problem,
                {
                    "route": "rpc.hub_finalize_snapshot",
                    "pos_reference": isinstance(snapshot, dict)
                    and snapshot.get("pos_reference"),
                },
            )
            raise

    @api.private
    @api.model
    def _nu_submit(self, data, finalize=None, idempotency=None, at=()):
        """Create, update or finalize the order of a snapshot.

        :param data: the snapshot, as a client sent it
        :param finalize: True for a sale, False for a draft, None: told by the snapshot
        :param idempotency: ``Idempotency`` of the request, if it carries a key
        :param at: location of the snapshot in a larger body, for paths of errors
        :return: ``Answer``
        :raise ApiProblem: with nothing written
        """
        try:
            return self._nu_submit_once(data, finalize, idempotency, at)
        except UserError as refusal:
            if not self._nu_is_sold(data, finalize):
                raise
            # money was taken: what is refused is kept
            problem = self.env["nu.pos.sale.quarantine"].keep(data, refusal)
            if problem:
                raise problem from refusal
        # sold by another request, while this one was being refused
        return self._nu_submit_once(data, finalize, idempotency, at)

    @api.model
    def _nu_submit_once(self, data, finalize, idempotency, at):
        job = self._nu_plan(data, finalize, at)
        return self._nu_perform(
            job.config,
            job,
            idempotency=idempotency,
            # what is in quarantine goes through as soon as it can
            keep_refusals=not job.snapshot.is_sold,
        )

    @unit_of_work(lock=_keys_of_job, shares=session_gate, register=register_of)
    def _nu_perform(self, unit, config, job):
        job.config = config
        return self.env["nu.pos.order.flow"].run_one(unit, job)

    @api.private
    @api.model
    def _nu_judge(self, data, finalize):
        """Judge a snapshot as :meth:`_nu_submit` does, and do nothing else.

        :raise ApiProblem: why it would be refused
        """
        job = self._nu_plan(data, finalize)
        with suppress(Judged):
            self._nu_judge_job(job.config, job)

    @unit_of_work(lock=_keys_of_job, shares=session_gate, register=register_of)
    def _nu_judge_job(self, unit, config, job):
        job.config = config
        self.env["nu.pos.order.flow"].judge_only(job)
        raise Judged

    @api.model
    def _nu_is_sold(self, data, finalize):
        """Whether a snapshot, as sent, is a sale of which money was taken already.

        :param finalize: as in :meth:`_nu_submit`
        """
        if finalize is False or not carries_payments(data):
            return False
        return data.get("step") in (None, "pay", "all")

    @api.model
    def _nu_plan(self, data, finalize=None, at=()):
        """Parse a snapshot and check the right to send it.

        :return: :class:`~.nu_pos_order_flow.Job`
        :raise ApiProblem: ``VALIDATION``, ``UNKNOWN_REFERENCE``, ``FORBIDDEN``
        """
        warnings = []
        if self._nu_is_sold(data, finalize):
            snapshot, warnings = parse_sold(data, at)
        else:
            snapshot = parse(Snapshot, data, at)
        # of a message the step says what becomes of each order, whatever was paid on it
        is_draft_route = finalize is False
        if finalize is None:
            finalize = snapshot.is_sale
        if not finalize and (is_draft_route or snapshot.step is None):
            self._nu_check_draft(snapshot)
        config = self.env["pos.config"]._nu_pick(snapshot.config_id, snapshot.config)
        self.env["nu.pos.permission"].require(
            "payment" if finalize else "create_order", config
        )
        keys = [
            self._nu_lock_key(config._nu_company_id(config.id), snapshot.pos_reference)
        ]
        retry = self.env.context.get("nu_retry")
        if isinstance(retry, Retry):
            # corrected, it may have another reference; the first is its own as well
            company_id = config._nu_company_id(config.id)
            keys.append(self._nu_lock_key(company_id, retry.reference))
        else:
            retry = None
        return Job(
            snapshot, config, finalize, keys, data=data, warnings=warnings, retry=retry
        )

    @api.private
    @api.model
    @reads
    def _nu_reserve(self, wire: Reservation, idempotency=None):
        """Take the number of an order before it is finalized, or tell it again."""
        config = self.env["pos.config"]._nu_pick(wire.config_id, wire.config)
        service = Reservations(self.env)
        return service.reserve(config, wire, idempotency=idempotency)

    @api.private
    @api.model
    @reads
    def _nu_release(self, wire: Release, idempotency=None):
        """Give the reserved number of an order back, or annul it if it was printed."""
        config = self.env["pos.config"]._nu_pick(wire.config_id, wire.config)
        self.env["nu.pos.permission"].require("payment", config)
        service = Reservations(self.env)
        service.check_release(wire, config)
        return service.release(config, wire, idempotency=idempotency)

    @api.model
    def _nu_check_draft(self, snapshot):
        """Payments on a draft would be lost without a word; refuse them."""
        if snapshot.step in ("pay", "all"):
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": "step",
                        "message": "a draft is not paid here: send it to hub/finalize",
                        "given": snapshot.step,
                    }
                ],
            )
        if any(payment.amount for payment in snapshot.payments or ()):
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": "payments",
                        "message": "a draft has no payments: send it to hub/finalize",
                    }
                ],
            )

    @api.model
    def _nu_lock_key(self, company_id, reference):
        return lock_key(company_id, reference)

    def _nu_own_key(self):
        """Key of the lock on this order."""
        self.ensure_one()
        return self._nu_lock_key(self.company_id.id, self.pos_reference)

    @api.model
    def _nu_by_reference(self, company, reference):
        return self.search(
            [("company_id", "=", company.id), ("pos_reference", "=", reference)],
            limit=1,
        )

    @api.model
    def _nu_free_reference(self, company, base, is_same):
        """The server's own reference for a document, and the order that has it if the
        document was made before.

        Orders could be given such names until they became the server's: one that is
        not the document does not stand in its way.

        :param is_same: function of an order: is it the document in question?
        :return: ``(reference, pos.order)``
        """
        reference, place = base, 1
        order = self._nu_by_reference(company, reference)
        while order and not is_same(order):
            place += 1
            reference = f"{base}/{place}"
            order = self._nu_by_reference(company, reference)
        return reference, order

    # -- What is known already ---------------------------------------------------------

    def _nu_replay(self, snapshot, finalize):
        """The answer of a paid order to whatever comes late: nothing changes.

        A repeat of the sale gets its answer again. A draft that arrives late, from an
        outbox that was offline, is told that the order is paid; refusing it would make
        the outbox send it for ever.
        """
        self.ensure_one()
        if snapshot.step == "cancel":
            raise ApiProblem("ORDER_PAID", current=self._nu_current())
        if snapshot.step == "ship":
            self.nu_date_served = self.nu_date_served or fields.Datetime.now()
            return Answer(self._nu_answer(created=False))
        if finalize and snapshot.step != "pay":
            if not self.nu_fingerprint:
                raise ApiProblem(
                    "ORDER_PAID",
                    f"Order {self.pos_reference} was paid on Odoo's own screen",
                    current=self._nu_current(),
                )
            if not self._nu_is_content(snapshot):
                raise ApiProblem(
                    "IDEMPOTENCY_MISMATCH",
                    f"Order {self.pos_reference} is paid with other content",
                    errors=[{"path": "pos_reference", "message": "paid already"}],
                    current=self._nu_current(),
                )
        body = self._nu_answer(created=False)
        differing = self._nu_differing(snapshot, finalize)
        if differing:
            body["warnings"] = [*differing, *body["warnings"]]
            self.env["nu_restaurant_pos.order_audit"]._record(
                "repeat",
                company=self.company_id,
                pos_reference=self.pos_reference,
                order=self,
                ncf=self.nu_ncf or None,
                payload={"paths": [warning["path"] for warning in differing]},
            )
        return Answer(body, replayed=True)

    def _nu_is_content(self, snapshot):
        """Whether a snapshot has the content this order was paid with, however its
        products and payment methods are named, and whatever became of them."""
        kept = self.nu_fingerprint
        sold = kept
        if kept.startswith("2:"):
            _version, named, sold, _request = kept.split(":")
            if named == snapshot.content_fingerprint():
                return True
        resolved = self._nu_resolve_names(snapshot)
        return sold == snapshot.content_fingerprint(resolved)

    def _nu_resolve_names(self, snapshot):
        """``{path: id}`` of the products and payment methods a snapshot names by
        something else than their id. A name that means nothing any more is taken for
        what the order sold in its place: its code may have been changed since."""
        resolver, findings = ReferenceResolver(self.env), Findings()
        resolved = {}
        for kind, references in snapshot.named_references().items():
            if references:
                found = resolver.many(kind, references, findings, self.config_id, [])
                resolved.update({path: record.id for path, record in found.items()})
        by_client_id = {
            line.nu_client_id: line for line in self.lines if line.nu_client_id
        }
        aligned = len(self.lines) == len(snapshot.lines)
        for index, wire in enumerate(snapshot.lines):
            path = f"lines[{index}].product"
            line = by_client_id.get(wire.id) or (aligned and self.lines[index])
            if not wire.product_id and path not in resolved and line:
                resolved[path] = line.product_id.id
        amounts = {}
        for payment in self.payment_ids:
            amounts.setdefault(from_float(payment.amount), []).append(payment)
        for index, wire in enumerate(snapshot.payments or ()):
            path = f"payments[{index}].payment_method"
            same = amounts.get(wire.amount)
            if wire.payment_method and path not in resolved and same:
                resolved[path] = same.pop(0).payment_method_id.id
        return resolved

    def _nu_differing(self, snapshot, finalize):
        """Warnings for the buyer, table, waiter or order type that a repeat says and
        the sale does not have: a till that corrects them learns that they stay. Times
        and notes do not count."""
        self.ensure_one()
        kept = self.nu_fingerprint or ""
        if kept.startswith("2:") and kept.endswith(snapshot.request_fingerprint()):
            return []
        pairs = [
            *self._nu_differing_records(snapshot, finalize),
            ("order_type", snapshot.order_type, self.preset_id.nu_order_type),
        ]
        return [
            {
                "code": "REPEAT_DIFFERS",
                "path": path,
                "message": "the order is paid with another one, which is kept",
            }
            for path, told, kept in pairs
            if told is not None and told != (kept or type(told)())
        ]

    def _nu_differing_records(self, snapshot, finalize):
        """``(path, id told, id kept)`` of buyer, table and waiter. A sale that names no
        buyer means the register's usual one."""
        resolver, config = ReferenceResolver(self.env), self.config_id
        pairs = []
        for kind, path, reference, kept in (
            ("customer", "partner_id", snapshot.partner_id, self.partner_id),
            ("customer", "customer", snapshot.customer, self.partner_id),
            ("table", "table_id", snapshot.table_id, self.table_id),
            ("table", "table", snapshot.table, self.table_id),
            ("employee", "employee_id", snapshot.employee_id, self.employee_id),
        ):
            if reference is None:
                continue
            told = reference
            if not isinstance(reference, int):
                found = resolver.one(kind, reference, path, Findings(), config, [])
                told = found.id or None
            pairs.append((path, told, kept.id))
        usual = config.nu_default_partner_id
        named = snapshot.partner_id or snapshot.customer
        if finalize and not named and self.partner_id - usual:
            pairs.append(("partner_id", usual.id, self.partner_id.id))
        return pairs

    def _nu_is_at_kitchen(self):
        """Does the kitchen have anything of the draft?"""
        self.ensure_one()
        return any(line.nu_sent_qty for line in self.lines)

    def _nu_cancel(self, reason=None):
        """Cancel a draft and give back the number it held."""
        self.ensure_one()
        at_kitchen = self._nu_is_at_kitchen()
        ncf = self.env["nu.pos.ncf"]._live(self.company_id, self.pos_reference)
        if ncf.state == "reserved":
            ncf._release()
        self.action_pos_order_cancel()
        self.nu_version += 1
        self.env["nu_restaurant_pos.order_audit"]._record(
            "cancel",
            company=self.company_id,
            pos_reference=self.pos_reference,
            order=self,
            ncf=ncf.name or None,
            payload={
                "reason": reason,
                "amount_total": f"{self.amount_total:.2f}",
                "at_kitchen": at_kitchen,
            },
        )
        return Answer(self._nu_answer(created=False))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        if any(order.nu_ncf_id for order in self):
            raise AccessError(
                self.env._("An order with a fiscal number is never deleted.")
            )
