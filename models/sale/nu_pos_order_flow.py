"""From judged snapshots to answers: the work of one transaction."""

from dataclasses import dataclass, field
from typing import Any

from odoo import api, fields, models
from odoo.tools import SQL

from ..evidence.audit_secrets import without_secrets
from ..runtime.nu_pos_answering import Answer
from ..runtime.problem import ApiProblem
from ..runtime.reference import refuse_server_reference
from ..runtime.reference_resolver import Known
from ..runtime.sale_reads import SaleReads
from .order_writer import OrderWriter
from .pos_order_wire import PAID_STATES

#: Steps that write something else than the order of the snapshot.
ALONE = ("cancel", "ship")


@dataclass(eq=False)
class Job:
    """One snapshot on its way. ``outcome`` is an ``Answer``, an ``ApiProblem``, or
    ``LATER`` for what must not share its transaction with others."""

    snapshot: Any  # schemas.order.Snapshot
    config: Any  # pos.config
    finalize: bool
    keys: list  # what it must have for itself, see nu.pos.unit
    outcome: Any = None
    order: Any = None  # pos.order; an empty set until it is written
    origin: Any = None  # pos.config that its order, else its number, is on; or empty
    sale: Any = None  # nu_pos_sale.Sale
    ncf: Any = None  # nu.pos.ncf
    invoice: bool = False
    is_new: bool = False
    data: Any = None  # the snapshot as sent
    warnings: list = field(default_factory=list)  # what reading it left out
    retry: Any = None  # nu_pos_sale_quarantine.Retry
    quarantined: Any = None  # nu.pos.sale.quarantine of the same reference, or empty

    @property
    def reference(self):
        return self.snapshot.pos_reference


LATER = object()


class NuPosOrderFlow(models.AbstractModel):
    """What is sold, one order or many, goes through the same steps:

    look the references up; judge each snapshot (reads only); take the numbers,
    durably, while nothing is written yet; write; audit; tell. Each step does all
    orders of the transaction before the next one begins.
    """

    _name = "nu.pos.order.flow"
    _description = "Work on POS snapshots"

    @api.private
    @api.model
    def run_one(self, unit, job):
        """:return: ``Answer``
        :raise ApiProblem: with nothing written
        """
        self._look_up([job])
        self._judge(job, unit)
        if not job.outcome:
            self._sell(unit, [job])
        if isinstance(job.outcome, ApiProblem):
            raise job.outcome
        return job.outcome

    @api.private
    @api.model
    def judge_only(self, job):
        """:raise ApiProblem: why the job would be refused; nothing is taken for it"""
        self._look_up([job])
        self._judge(job)

    @api.private
    @api.model
    def run_many(self, unit, jobs):
        """Give each job its ``outcome``. Jobs share no key.

        A job that is refused leaves the others alone: it is refused before anything is
        written. Any other failure fails them all, the caller may then try fewer.
        """
        self._look_up(jobs)
        judging = self.with_context(nu_known=Known())
        for job in jobs:
            try:
                judging._judge(job)
            except ApiProblem as problem:
                job.outcome = problem
            if not job.outcome and self._goes_alone(job):
                job.outcome = LATER
        self._sell(unit, [job for job in jobs if not job.outcome])

    @api.model
    def _goes_alone(self, job):
        """Must the others be done before it, or not wait for it?"""
        # The numbers of the invoices' journal are held until the commit: nobody else
        # shall wait for more than one invoice. Sales on one account are judged one
        # after the other, or all of them would fit under its limit.
        return job.invoice or any(
            method.type == "pay_later" for method, _amount, _wire in job.sale.payments
        )

    # -- 1. Look up ------------------------------------------------------------------

    @api.model
    def _look_up(self, jobs):
        """Find the orders of the references, the registers where numbers are reserved
        for them, and what is in quarantine under them."""
        Order, Quarantine = self.env["pos.order"], self.env["nu.pos.sale.quarantine"]
        Config = self.env["pos.config"]
        registers = Config.union(*(job.config for job in jobs))
        SaleReads(self.env).registers(registers)
        company = registers[0].company_id
        Order.flush_model(["company_id", "pos_reference"])
        Quarantine.flush_model(["company_id", "pos_reference"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT pos_reference, max(order_id), max(quarantine_id), max(config_id)
                  FROM (
                    SELECT pos_reference, id AS order_id,
                           NULL::integer AS quarantine_id,
                           NULL::integer AS config_id
                      FROM pos_order
                     WHERE company_id = %(company)s AND pos_reference IN %(references)s
                     UNION ALL
                    SELECT pos_reference, NULL, id, NULL FROM nu_pos_sale_quarantine
                     WHERE company_id = %(company)s AND pos_reference IN %(references)s
                     UNION ALL
                    SELECT pos_reference, NULL, NULL, config_id FROM nu_pos_ncf
                     WHERE company_id = %(company)s AND pos_reference IN %(references)s
                       AND kind = 'sale' AND state = 'reserved'
                  ) found
                 GROUP BY pos_reference
                """,
                company=company.id,
                references=tuple(job.reference for job in jobs),
            )
        )
        found = {reference: ids for reference, *ids in rows}
        for job in jobs:
            order_id, quarantine_id, config_id = found.get(job.reference, [None] * 3)
            if job.retry:
                quarantine_id = job.retry.quarantine_id
            job.order = Order.browse(order_id or ())
            job.origin = job.order.config_id or Config.browse(config_id or ())
            job.quarantined = Quarantine.browse(quarantine_id or ())

    # -- 2. Judge --------------------------------------------------------------------

    @api.model
    def _judge(self, job, unit=None):
        """Answer what is no new content, else resolve and compute it.

        :param unit: of a job that is alone in its transaction
        """
        job.outcome = self._answer_known(job)
        if job.outcome:
            return
        order, snapshot = job.order, job.snapshot
        if snapshot.step == "pay":
            snapshot = snapshot.model_copy(update=order._nu_wire_content())
        if (
            order
            and snapshot.base_version is not None
            and snapshot.base_version < order.nu_version
        ):
            raise ApiProblem(
                "CONFLICT",
                f"The order is at version {order.nu_version}, the request was made "
                f"from {snapshot.base_version}",
                current=order._nu_current(),
            )
        if order.source == "pos" and order.nu_version and not job.finalize:
            raise ApiProblem(
                "CONFLICT",
                f"Order {snapshot.pos_reference} was taken over by Odoo's own screen",
                current=order._nu_current(),
            )
        judge = self.env["nu.pos.sale"]
        job.sale = judge.prepare(snapshot, job.config, order, job.retry, job.data)
        job.sale.origin = order.config_id
        job.sale.warnings[:0] = job.warnings
        if job.retry and not job.sale.employee:
            job.sale.employee = self.env["hr.employee"].browse(job.retry.employee_id)
        if order and not (
            job.finalize and not OrderWriter(self.env)._lines_differ(job.sale, order)
        ):
            self.env["nu.pos.permission"].require("modify_order", job.config)
            self.env["nu.pos.permission"].require_moved(
                "modify_order", order.config_id, job.config
            )
        job.sale.needed += judge.needed_approvals(job.sale, order)
        if job.finalize:
            judge.check_sale(job.sale, unit)
            job.invoice = self._wants_invoice(job.sale)

    @api.model
    def _answer_known(self, job):
        """What needs no judgement: repeats of sales, cancelling, serving."""
        order, snapshot = job.order, job.snapshot
        self.env["nu.pos.permission"].require_moved(
            "payment" if job.finalize else "create_order", job.origin, job.config
        )
        if not order:
            refuse_server_reference(job.reference)
        if job.quarantined and job.finalize:
            known = self._answer_quarantined(job)
            if known:
                return known
        if order.state in PAID_STATES:
            answer = order._nu_replay(snapshot, job.finalize)
            if job.finalize and job.quarantined.state == "open":
                job.quarantined._sold(order, job.data)
            return answer
        if order.state == "cancel":
            raise ApiProblem(
                "ORDER_CANCELLED",
                f"Order {snapshot.pos_reference} is cancelled",
                current=order._nu_current(),
            )
        if snapshot.step in (*ALONE, "pay") and not order:
            raise ApiProblem(
                "UNKNOWN_REFERENCE",
                errors=[
                    {
                        "path": "pos_reference",
                        "message": "no such order",
                        "given": snapshot.pos_reference[:64],
                    }
                ],
            )
        if snapshot.step == "cancel":
            return self.env["nu.pos.refund"]._cancel_draft(order, snapshot)
        if snapshot.step == "ship":
            order.nu_date_served = fields.Datetime.now()
            return Answer(order._nu_answer(created=False))
        return None

    @api.model
    def _answer_quarantined(self, job):
        """What became of a sale that was in quarantine: sold as a manager corrected it,
        or discarded. None for one that is judged again."""
        kept = job.quarantined
        if job.retry:
            if kept.state != "open":
                raise ApiProblem(
                    "CONFLICT", f"{kept.pos_reference} is resolved already"
                )
            return None
        if kept.state == "open" or not kept._says_same(job.data):
            return None
        if kept.state == "discarded":
            raise kept._kept_problem()
        if not kept.corrected:
            return None
        body = kept.order_id._nu_answer(created=False)
        warning = {
            "code": "CORRECTED",
            "path": "pos_reference",
            "message": "sold out of quarantine, as a manager corrected it",
        }
        return Answer({**body, "warnings": [warning, *body["warnings"]]}, replayed=True)

    @api.model
    def _wants_invoice(self, sale):
        """By the register's policy; an invoice needs somebody to invoice."""
        config, buyer = sale.config, sale.buyer
        identified = bool(buyer.vat or buyer.nu_foreign_id)
        demanded = sale.document_type.nu_buyer_rule in ("required", "special", "name")
        wanted = config.nu_invoice_policy == "always" or identified or demanded
        if wanted and not sale.partner:
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": "partner_id",
                        "message": "required: the sale is invoiced and the register "
                        "has no default customer",
                    }
                ],
            )
        return wanted

    # -- 3. to 6. Take, write, audit, tell ---------------------------------------------

    @api.model
    def _sell(self, unit, jobs):
        self._take_numbers(unit, [job for job in jobs if job.finalize])
        jobs = [job for job in jobs if not job.outcome]
        if not jobs:
            return
        limits = self.env["nu.pos.sale"]
        approved = [limits.use_approvals(job.sale, job.sale.needed) for job in jobs]
        for job in jobs:
            job.is_new = not job.order
        writer = OrderWriter(self.env)
        writer.write_all(jobs)
        for job, values in zip(jobs, approved, strict=True):
            if values:
                job.order.write(values)
        self.env["nu_restaurant_pos.order_audit"]._record_all(
            row for job in jobs for row in self._audit_rows(job)
        )
        for job in jobs:
            if job.finalize and job.quarantined:
                job.quarantined._sold(job.order, job.data)
            body = job.order._nu_answer(created=job.is_new or job.finalize)
            # callers from within Odoo are told too, who meet no gate
            draft = job.is_new and not job.finalize
            job.outcome = Answer(body, status=201 if draft else 200)

    @api.model
    def _audit_rows(self, job):
        """The effect, and what of the request did not get into it."""
        common = {
            "company": job.config.company_id,
            "pos_reference": job.reference,
            "order": job.order,
            "ncf": job.ncf and job.ncf.name or None,
        }
        writer = OrderWriter(self.env)
        if job.sale.voids:
            # a void after the kitchen has an event of its own
            voids = writer.evidence_of_voids(job.sale)
            yield {**common, "event": "void_item", "payload": voids}
        evidence = writer.evidence(job.sale, job.order)
        yield {**common, "event": self._event(job), "payload": evidence}
        if job.sale.warnings:
            warnings = [
                {
                    "code": warning["code"],
                    "path": warning["path"],
                    "message": warning["message"],
                    "given": without_secrets(
                        {warning["path"].rpartition(".")[2]: warning.get("given")}
                    ),
                }
                for warning in job.sale.warnings
            ]
            yield {**common, "event": "sale_warning", "payload": {"warnings": warnings}}

    @api.model
    def _event(self, job):
        if job.finalize:
            return "hub_finalize"
        return "create" if job.is_new else "update"

    @api.model
    def _take_numbers(self, unit, jobs):
        Ncf = self.env["nu.pos.ncf"]
        groups = {}
        for job in jobs:
            groups.setdefault((job.config, job.sale.document_type), []).append(job)
        for (config, document_type), group in groups.items():
            taken = Ncf.take_all(
                unit,
                document_type,
                config,
                [job.reference for job in group],
                replace=[job.snapshot.replace for job in group],
                unissued=True,
                # a new order has none; old drafts keep theirs, see _answer_known
                server_named=True,
            )
            for job, result in zip(group, taken, strict=True):
                if isinstance(result, ApiProblem):
                    job.outcome = result
                else:
                    job.ncf, _created, _replaced = result
