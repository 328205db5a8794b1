"""Fiscal documents as the API tells them."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...schemas.fiscal_document import (
    STATES,
    Annulment,
    DocumentDetail,
    DocumentOut,
    DocumentQuery,
    PrintRequest,
)
from ..runtime.nu_pos_unit import renew_snapshot
from ..runtime.paging import paged
from ..runtime.problem import ApiProblem
from ..runtime.reference import database_id
from ..runtime.unit_of_work import unit_of_work
from ..runtime.wire import reads


class NuPosFiscalDocument(models.AbstractModel):
    """Routes under ``/fiscal-documents``: rows of the ledger with what DGII said."""

    _name = "nu.pos.fiscal.document"
    _description = "Fiscal documents in the POS API"

    # -- Reading ---------------------------------------------------------------------

    @api.private
    @api.model
    @reads
    def listing(self, wire: DocumentQuery):
        ledger = self.env["nu.pos.ncf"].sudo()
        none, ecfs = self.env["nu.pos.ecf"], {}
        return paged(
            ledger,
            self._domain(wire),
            wire,
            lambda ncf: DocumentOut.from_record(ncf, ecfs.get(ncf.id, none)),
            prepare=lambda page: ecfs.update(self._ecfs(page)),
        )

    @api.private
    @api.model
    def detail(self, reference):
        """By id of the ledger, or by the number itself."""
        return self._detail_of(self.find(reference, "payment"))

    @api.model
    def _detail_of(self, ncf):
        ecf = self._ecfs(ncf).get(ncf.id, self.env["nu.pos.ecf"])
        return {"status": "ok", "data": DocumentDetail.from_record(ncf, ecf)}

    @api.private
    @api.model
    def find(self, reference, permission):
        """:param permission: what the caller needs on the register of the document
        :raise ApiProblem: ``NOT_FOUND``, also for another company's; ``FORBIDDEN``
        """
        key = ("name", "=", reference.upper())
        record_id = database_id(reference)
        if record_id is not None:
            key = ("id", "=", record_id)
        companies = self.env["pos.config"]._nu_company_ids()
        ncf = (
            self.env["nu.pos.ncf"]
            .sudo()
            .search([key, ("company_id", "in", list(companies))], limit=1)
        )
        if not ncf:
            raise ApiProblem("NOT_FOUND", "There is no such document")
        config = ncf.order_id.config_id or ncf.config_id
        if config:
            self.env["pos.config"]._nu_check_reach(config)
        self.env["nu.pos.permission"].require(permission, config)
        return ncf

    @api.private
    @api.model
    def ecf_of(self, reference):
        """The electronic receipt of a document.

        :raise ApiProblem: ``NOT_FOUND`` for a paper one
        """
        ncf = self.find(reference, "payment")
        ecf = self.env["nu.pos.ecf"]._of_ncf(ncf)
        if not ecf:
            raise ApiProblem("NOT_FOUND", f"{ncf.name} is no electronic receipt")
        return ecf

    @api.model
    def _domain(self, wire):
        Config = self.env["pos.config"]
        companies = list(Config._nu_company_ids())
        domain = self.env["nu.pos.permission"].domain_with("payment")
        domain &= Domain("state", "in", ("issued", "voided"))
        if wire.config_id:
            domain &= Domain("config_id", "=", Config._nu_pick(wire.config_id).id)
        if wire.session_id:
            domain &= Domain("order_id.session_id", "=", wire.session_id)
        if wire.type:
            kind = self.env["l10n_latam.document.type"]._nu_find(wire.type, "type")
            domain &= Domain("document_type_id", "=", kind.id)
        if wire.date_from:
            domain &= Domain("date_issued_day", ">=", wire.date_from)
        if wire.date_to:
            domain &= Domain("date_issued_day", "<=", wire.date_to)
        if wire.state:
            domain &= self._state_domain(wire.state, companies)
        return domain

    @api.model
    def _state_domain(self, state, companies):
        if state == "issued":
            return Domain("state", "=", "issued") & Domain(
                "document_type_id.nu_is_electronic", "=", False
            )
        wanted = [name for name, told in STATES.items() if told == state]
        found = (
            self.env["nu.pos.ecf"]
            .sudo()
            ._search([("company_id", "in", companies), ("state", "in", wanted)])
        )
        told = Domain("id", "in", found.subselect("ncf_id"))
        if state == "annulled":
            told |= Domain("state", "=", "voided")
        return told

    @api.model
    def _ecfs(self, ncfs):
        """``{id of the ledger: nu.pos.ecf}``, the newest of each."""
        found = (
            self.env["nu.pos.ecf"]
            .sudo()
            .search([("ncf_id", "in", ncfs.ids)], order="id")
        )
        return {ecf.ncf_id.id: ecf for ecf in found}

    # -- Acts ------------------------------------------------------------------------

    @api.private
    @api.model
    @reads
    def annul(self, reference, wire: Annulment, idempotency=None):
        """A number nobody has been given: a reserved one is annulled, the paid order
        behind an issued one is given back and its number annulled.

        :return: ``dict`` of the document as it is now, with the return under
            ``refund``, None where nothing was sold
        :raise ApiProblem: ``CONFLICT`` for an electronic receipt, which a note cancels
        """
        ncf = self.find(reference, "annul_ncf")
        created = False
        is_electronic = ncf.document_type_id.nu_is_electronic
        if ncf.state == "issued" and is_electronic and (ncf.order_id or ncf.move_id):
            raise ApiProblem(
                "CONFLICT",
                "An electronic receipt is cancelled by a credit note",
                fiscal=ncf._fiscal_block(ncf.order_id.account_move or ncf.move_id),
            )
        if ncf.state == "issued" and ncf.order_id:
            back = self.env["nu.pos.refund"].cancel(
                str(ncf.order_id.id),
                {
                    "reason": wire.reason or "annulled",
                    "delivered": False,
                    "reason_code": wire.reason_code,
                },
                idempotency,
            )
            created = back.body["created"]
        elif ncf.state == "issued" and ncf.move_id:
            raise ApiProblem(
                "CONFLICT",
                f"{ncf.name} is on an invoice of the back office: annul it there",
            )
        elif ncf.state in ("reserved", "issued"):
            self._void(ncf, wire)
        elif ncf.state != "voided":
            raise ApiProblem("CONFLICT", f"{ncf.name} was given back: nobody has it")
        # what was done was committed beside this request: its snapshot is older
        renew_snapshot(self.env.cr)
        self.env.invalidate_all()
        refund = self.env["nu.pos.refund"].return_of(ncf.order_id, created)
        return {**self._detail_of(ncf), "refund": refund}

    @unit_of_work(lock=lambda _service, ncf, _wire: [ncf._lock_key()])
    def _void(self, unit, ncf, wire):
        record = ncf.sudo()
        record._void(wire.reason_code, wire.reason)
        self.env["nu_restaurant_pos.order_audit"].sudo()._record(
            "void",
            company=record.company_id,
            pos_reference=record.pos_reference,
            ncf=record.name,
            payload={"reason_code": wire.reason_code, "reason": wire.reason},
        )

    @api.private
    @api.model
    def submit(self, reference):
        """Put an electronic receipt at the head of the queue. Who is judged already, or
        rejected, waits for somebody in the back office instead.

        :raise ApiProblem: ``CONFLICT`` for a document DGII has judged
        """
        ecf = self.ecf_of(reference)
        if ecf.state in ("accepted", "conditional", "annulled", "rejected"):
            raise ApiProblem("CONFLICT", f"DGII has judged {ecf.name}: {ecf.state}")
        values = {"date_next": fields.Datetime.now()}
        if ecf.state == "signed":
            values["state"] = "queued"
        ecf.sudo().write(values)
        self.env["nu.pos.ecf.queue"].sudo().wake()
        return self.detail(reference)

    @api.private
    @api.model
    def xml(self, reference):
        """``(file name, bytes)`` of the signed document."""
        ecf = self.ecf_of(reference)
        return ecf.file_name, ecf._xml_bytes()

    @api.private
    @api.model
    @reads
    def pdf(self, reference, wire: PrintRequest):
        """``(file name, bytes)`` of the printed receipt, a ticket unless told.

        The first is the original, for whoever sees the order; each further one is
        marked COPIA and needs the permission ``reprint``, or an approval.

        :raise ApiProblem: ``NOT_FOUND`` for a number without a receipt, ``FORBIDDEN``
            and ``APPROVAL_REQUIRED`` for a copy, ``PDF_UNAVAILABLE`` where the server
            has no program for it
        """
        ncf = self.find(reference, "view_orders")
        ecf = self.env["nu.pos.ecf"]._of_ncf(ncf)
        order = ncf.order_id
        if not ecf and not order:
            raise ApiProblem("NOT_FOUND", f"{ncf.name} has no receipt to print")
        report, record = ("ecf", ecf) if ecf else ("order", order)
        Report = self.env["ir.actions.report"].sudo()
        if Report.get_wkhtmltopdf_state() in ("install", "broken"):
            raise ApiProblem("PDF_UNAVAILABLE", "wkhtmltopdf is not on the server")
        if ncf._was_printed():
            config = ncf.order_id.config_id or ncf.config_id
            Permission = self.env["nu.pos.permission"]
            if wire.approvals and not Permission.resolve(config)["reprint"]:
                self.env["nu.pos.approval"].use(
                    wire.approvals, "reprint", config, ncf.pos_reference
                )
            else:
                Permission.require("reprint", config)
        try:
            content, _type = Report._render_qweb_pdf(
                f"nu_restaurant_pos.report_{report}_{wire.format}", record.ids
            )
        except UserError as error:
            # what the program says is for the log of the server, not for a till
            raise ApiProblem("PDF_UNAVAILABLE") from error
        return f"{ncf.name}.pdf", content
