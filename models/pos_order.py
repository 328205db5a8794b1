import math

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..schemas.order import Release, Reservation, Snapshot
from .nu_pos_answer import Answer
from .nu_pos_control import Shared
from .nu_pos_guarded import OWN, SCREEN
from .nu_pos_order_flow import Job
from .nu_pos_order_wire import PAID_STATES
from .nu_pos_problem import ApiProblem, Findings
from .nu_pos_wire import parse

SOURCE = "nu_hub"
KITCHEN_STATES = [
    ("open", "Not sent"),
    ("sent", "Sent"),
    ("changed", "Changed after sending"),
    ("paid", "Paid"),
]


class PosOrder(models.Model):
    """Orders of hubs and terminals, and the number of every sale.

    A sale of the API runs in this order (``_nu_submit`` -> ``nu.pos.order.flow``):
    look up its reference under a lock; judge the snapshot (``nu.pos.sale``); take
    the number, durably; write (``nu.pos.order.writer``) up to core's
    ``_process_saved_order``, before which the number is issued; audit. Sales made on
    Odoo's own screen take and issue their number on the same hooks.
    """

    _name = "pos.order"
    _inherit = ["pos.order", "nu.pos.order.wire", "nu.pos.guarded"]

    source = fields.Selection(
        selection_add=[(SOURCE, "POS hub or terminal")],
        ondelete={SOURCE: "set default"},
    )
    nu_document_type_id = fields.Many2one(
        "l10n_latam.document.type", string="Fiscal type", **OWN
    )
    nu_ncf_id = fields.Many2one(
        "nu.pos.ncf",
        string="NCF record",
        **OWN,
        index="btree_not_null",
    )
    nu_ncf = fields.Char(
        related="nu_ncf_id.name",
        string="NCF",
        store=True,
        index="btree_not_null",
        prefetch=OWN["prefetch"],
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
    nu_device = fields.Char(string="Device", **OWN)
    nu_staff_name = fields.Char(string="Served by", **OWN)
    nu_fingerprint = fields.Char(**OWN)
    nu_date_served = fields.Datetime(string="Served", **OWN)
    nu_external_source = fields.Char(**OWN)
    nu_external_id = fields.Char(**OWN)
    nu_metadata = fields.Json(**OWN)
    nu_approved_discount = fields.Float(string="Approved discount (%)", **OWN, digits=0)
    nu_approved_prices = fields.Boolean(string="Prices approved", **OWN)

    _nu_reference_uniq = models.UniqueIndex(
        "(company_id, pos_reference) WHERE pos_reference IS NOT NULL",
        "An order with this reference exists already.",
    )
    # lists of the API: newest first (and their count), of a register, and changes
    _nu_company_idx = models.Index("(company_id, id)")
    _nu_config_idx = models.Index("(config_id, id)")
    _nu_changes_idx = models.Index("(company_id, write_date, id)")

    _nu_refunds = models.Index("(company_id, id) WHERE is_refund")
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
        job = self._nu_plan(data, finalize, at)
        config = job.config

        def work(unit):
            orders, job.config = self._nu_in(unit, config)
            return orders.env["nu.pos.order.flow"].run_one(unit, job)

        keys = [*job.keys, self._nu_session_key(config)]
        return self.env["nu.pos.answering"].run(keys, work, config, idempotency)

    @api.model
    def _nu_session_key(self, config):
        """Shared by all that is sold on a register: its session stays open until this
        is committed."""
        return Shared(self.env["pos.session"]._nu_gate(config.id))

    @api.model
    def _nu_plan(self, data, finalize=None, at=()):
        """Parse a snapshot and check the right to send it.

        :return: :class:`~.nu_pos_order_flow.Job`
        :raise ApiProblem: ``VALIDATION``, ``UNKNOWN_REFERENCE``, ``FORBIDDEN``
        """
        snapshot = parse(Snapshot, data, at)
        if finalize is None:
            finalize = snapshot.is_sale
        if not finalize and snapshot.step is None:
            self._nu_check_draft(snapshot)
        config = self.env["pos.config"]._nu_pick(snapshot.config_id, snapshot.config)
        self.env["nu.pos.permission"].require(
            "payment" if finalize else "create_order", config
        )
        keys = [
            self._nu_lock_key(config._nu_company_id(config.id), snapshot.pos_reference)
        ]
        buyer = snapshot.partner_id or snapshot.customer
        if finalize and buyer and buyer != config.nu_default_partner_id.id:
            # two sales on one account must not both fit under its limit; whether one
            # is on account may be said by its method of payment alone
            keys.append(f"nu_pos_credit:{buyer}")
        return Job(snapshot, config, finalize, keys)

    @api.private
    @api.model
    def _nu_reserve(self, data, idempotency=None):
        """Take the number of an order before it is finalized, or tell it again."""
        wire = parse(Reservation, data)
        config = self.env["pos.config"]._nu_pick(wire.config_id, wire.config)
        self.env["nu.pos.permission"].require("payment", config)

        def work(unit):
            _orders, register = self._nu_in(unit, config)
            return unit.env["nu.pos.reservation"].reserve(unit, wire, register)

        keys = [self._nu_lock_key(config._nu_company_id(config.id), wire.pos_reference)]
        return self.env["nu.pos.answering"].run(keys, work, config, idempotency)

    @api.private
    @api.model
    def _nu_release(self, data, idempotency=None):
        """Give the reserved number of an order back, or annul it if it was printed."""
        wire = parse(Release, data)
        config = self.env["pos.config"]._nu_pick(wire.config_id, wire.config)
        self.env["nu.pos.permission"].require("payment", config)

        def work(unit):
            _orders, register = self._nu_in(unit, config)
            return unit.env["nu.pos.reservation"].release(wire, register)

        keys = [self._nu_lock_key(config._nu_company_id(config.id), wire.pos_reference)]
        return self.env["nu.pos.answering"].run(keys, work, config, idempotency)

    @api.model
    def _nu_check_draft(self, snapshot):
        """Payments on a draft would be lost without a word; refuse them."""
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
    def _nu_in(self, unit, config):
        """``pos.order`` and the register in the transaction of a unit of work.

        Rights were checked by the entry point; from here the work runs as the system
        for the company of the register, on behalf of the calling user.
        """
        context = {
            **unit.env.context,
            "allowed_company_ids": [config._nu_company_id(config.id)],
            # the PDF is made when somebody asks for it, never while a till waits
            "generate_pdf": False,
            # the audit tells the story of an order; chatter would cost three queries
            "tracking_disable": True,
        }
        unit.env = unit.env(su=True, context=context)
        return unit.env["pos.order"], unit.env["pos.config"].browse(config.id)

    @api.model
    def _nu_lock_key(self, company_id, reference):
        return f"nu_pos_order:{company_id}:{reference}"

    @api.model
    def _nu_by_reference(self, company, reference):
        return self.search(
            [("company_id", "=", company.id), ("pos_reference", "=", reference)],
            limit=1,
        )

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
            if self.nu_fingerprint != self._nu_fingerprint_of(snapshot, self.config_id):
                raise ApiProblem(
                    "IDEMPOTENCY_MISMATCH",
                    f"Order {self.pos_reference} is paid with other content",
                    errors=[{"path": "pos_reference", "message": "paid already"}],
                    current=self._nu_current(),
                )
        return Answer(self._nu_answer(created=False), replayed=True)

    @api.model
    def _nu_fingerprint_of(self, snapshot, config):
        """Hash of a sale's content, the same however its products and payment methods
        are named. What cannot be resolved stays as it was named."""
        resolver, findings = self.env["nu.pos.resolver"], Findings()
        resolved = {}
        for kind, references in snapshot.named_references().items():
            if references:
                found = resolver.many(kind, references, findings, config)
                resolved.update({path: record.id for path, record in found.items()})
        return snapshot.content_fingerprint(resolved)

    def _nu_cancel(self):
        """Cancel a draft and give back the number it held."""
        self.ensure_one()
        ncf = self.env["nu.pos.ncf"]._live(self.company_id, self.pos_reference)
        if ncf:
            ncf._release()
        self.action_pos_order_cancel()
        self.nu_version += 1
        self.env["nu_restaurant_pos.order_audit"]._record(
            "cancel",
            company=self.company_id,
            pos_reference=self.pos_reference,
            order=self,
            ncf=ncf.name or None,
        )
        return Answer(self._nu_answer(created=False))

    # -- Core's hooks ------------------------------------------------------------------

    def _get_open_order(self, order):
        # EXTENDS 'pos_restaurant'
        # Core takes any draft of the table for the one being synchronised. A check of
        # a hub on that table is another check: it is found by its own uuid only.
        found = super()._get_open_order(order)
        if not found or found.uuid == order.get("uuid") or found.source != SOURCE:
            return found
        same = Domain("uuid", "=", order.get("uuid"))
        on_table = (
            Domain("table_id", "=", order.get("table_id"))
            & Domain("state", "=", "draft")
            & Domain("source", "!=", SOURCE)
        )
        exact = self.search(same, limit=1)
        return exact or self.search(on_table, limit=1, order="id desc")

    @api.model
    def sync_from_ui(self, orders):
        # EXTENDS 'point_of_sale'
        # Odoo's own screen sells on the same registers: its paid orders take their
        # number here, before the transaction writes anything.
        self.env["nu.pos.screen"].number_orders(orders)
        return super(PosOrder, self.with_context(nu_screen=SCREEN)).sync_from_ui(orders)

    def get_reference_last_part(self):
        # EXTENDS 'point_of_sale'
        # Core names an order after what follows the last dash; references of hubs are
        # opaque, and what follows their last dash may be one digit.
        if self.source == SOURCE:
            return self.pos_reference.rsplit("/", 1)[-1]
        return super().get_reference_last_part()

    def _process_saved_order(self, draft):
        # EXTENDS 'point_of_sale'
        # The number is issued before core makes the invoice that carries it.
        if not draft and self.state != "cancel" and self.nu_ncf_id.state == "reserved":
            if self.source == SOURCE and not self.payment_ids:
                raise ApiProblem("PAYMENT_MISSING")
            self.nu_ncf_id._issue([self])
        result = super()._process_saved_order(draft)
        if draft or self.state not in PAID_STATES:
            return result
        if self.source != SOURCE and self.nu_ncf_id:
            self._nu_split_taxes()
        if self.nu_document_type_id.nu_is_electronic:
            # after the invoice, before the answer: what is told is what was signed
            self.env["nu.pos.ecf"]._sign_order(self)
        if self.source != SOURCE:
            self.env["nu_restaurant_pos.order_audit"]._record(
                "pos_finalize",
                company=self.company_id,
                pos_reference=self.pos_reference,
                order=self,
                ncf=self.nu_ncf or None,
                payload={
                    "register": self.config_id.id,
                    "session": self.session_id.id,
                    "amount_total": f"{self.amount_total:.2f}",
                },
            )
        return result

    def _nu_split_taxes(self):
        """Keep ITBIS and legal tip apart, for an order that Odoo's screen computed."""
        self.ensure_one()
        Tax = self.env["account.tax"]
        base_lines = self.lines._prepare_tax_base_line_values()
        Tax._add_tax_details_in_base_lines(base_lines, self.company_id)
        Tax._round_base_lines_tax_details(base_lines, self.company_id)
        tip = sum(
            math.copysign(data["tax_amount_currency"], base_line["record"].qty)
            for base_line in base_lines
            for data in base_line["tax_details"]["taxes_data"]
            if data["tax"].nu_is_tip
        )
        tip = self.currency_id.round(tip)
        self.sudo().write(
            {
                "nu_amount_tip": tip,
                "nu_amount_itbis": self.currency_id.round(self.amount_tax - tip),
            }
        )

    def _prepare_refund_values(self, current_session):
        # EXTENDS 'point_of_sale'
        # A return begun on the order's form is Odoo's own, whoever made the sale.
        return {**super()._prepare_refund_values(current_session), "source": "pos"}

    def _prepare_invoice_vals(self):
        # EXTENDS 'point_of_sale'
        vals = super()._prepare_invoice_vals()
        ncf = self.nu_ncf_id if len(self) == 1 else self.nu_ncf_id.browse()
        # said even where there is none: an invoice of orders is numbered by them
        vals["nu_document_type_id"] = ncf.document_type_id.id
        if ncf:
            vals["nu_ncf_id"] = ncf.id
        return vals

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        if any(order.nu_ncf_id for order in self):
            raise AccessError(
                self.env._("An order with a fiscal number is never deleted.")
            )
