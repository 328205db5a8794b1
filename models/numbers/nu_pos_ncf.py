from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL

from ...fiscal import annulment, calendar
from ...fiscal.document_types import DOCUMENT_TYPES
from ..mixins.fields import SequenceNumber
from ..runtime.nu_pos_unit import Unit
from ..runtime.problem import ApiProblem
from ..runtime.reference import lock_key, refuse_server_reference
from ..runtime.unit_of_work import unit_of_work

NCF_STATES = [
    ("reserved", "Reserved"),
    ("issued", "Issued"),
    ("released", "Given back"),
    ("voided", "Annulled"),
]
#: In the context of a rendering, what it is of the receipt; objects, so that neither
#: the address of a report nor a context sent over RPC can choose.
ORIGINAL, COPY = object(), object()
#: An e-CF in the place of a series B receipt of a contingency.
REPLACEMENT = "replacement"
DOCUMENT_KINDS = [
    ("sale", "Sale"),
    ("credit_note", "Credit note"),
    ("debit_note", "Debit note"),
    ("purchase", "Purchase"),
    (REPLACEMENT, "Replacement of a contingency"),
]
#: Outcomes of the SQL functions that are no number, and the code of the refusal.
REFUSALS = ("NCF_EXHAUSTED", "NCF_EXPIRED", "NCF_NO_RANGE")


class NuPosNcf(models.Model):
    """The ledger: one row for every number ever taken, for ever.

    ``reserved``  taken for a ``pos_reference``, durable before the sale is written;
    ``issued``    on a paid sale;
    ``released``  never shown to a customer, goes out again before any new number;
    ``voided``    annulled with a reason of DGII, appears in format 608.

    From ``reserved`` it goes to any other state, from ``released`` back to
    ``reserved``, from ``issued`` only to ``voided``. Rows are made by
    ``nu_pos_ncf_take`` and moved by the methods of this class with guarded
    statements; nobody has the right to write or delete them.
    """

    _name = "nu.pos.ncf"
    _description = "NCF ledger"
    _order = "id desc"

    name = fields.Char(string="NCF", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    document_type_id = fields.Many2one(
        "l10n_latam.document.type", string="Fiscal type", required=True, readonly=True
    )
    range_id = fields.Many2one(
        "nu.pos.ncf.range",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    sequence_number = SequenceNumber(required=True, readonly=True, aggregator=None)
    kind = fields.Selection(
        DOCUMENT_KINDS, string="Document", required=True, readonly=True, default="sale"
    )
    state = fields.Selection(NCF_STATES, required=True, readonly=True)
    pos_reference = fields.Char(string="Order reference", readonly=True)
    config_id = fields.Many2one("pos.config", string="Register", readonly=True)
    order_id = fields.Many2one("pos.order", readonly=True, index="btree_not_null")
    told = fields.Boolean(
        string="Told to a client",
        readonly=True,
        help="A terminal has been given this number before the sale. It is never "
        "given back by itself.",
    )
    date_reserved = fields.Datetime(readonly=True)
    date_issued = fields.Datetime(readonly=True)
    date_issued_day = fields.Date(
        string="Day",
        readonly=True,
        help="Day of issue in Santo Domingo.",
    )
    date_voided = fields.Datetime(readonly=True)
    void_reason = fields.Selection(
        [
            (row.code, f"{row.code} {row.english}")
            for row in annulment.ANNULMENT_REASONS.values()
        ],
        string="Annulment reason",
        readonly=True,
        help="Reason code of format 608.",
    )
    void_note = fields.Char(readonly=True)
    amount_total = fields.Monetary(
        string="Total",
        readonly=True,
        help="Total of the sale, taxes and tip included.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _name_uniq = models.UniqueIndex(
        "(company_id, name)", "A number exists once in a company."
    )
    _range_number = models.UniqueIndex("(range_id, sequence_number)")
    _live_reference = models.UniqueIndex(
        "(company_id, pos_reference, kind) WHERE state IN ('reserved', 'issued')",
        "An order has one number for each document.",
    )
    _released_idx = models.Index(
        "(document_type_id, sequence_number) WHERE state = 'released'"
    )
    _reserved_idx = models.Index("(date_reserved) WHERE state = 'reserved'")
    _day_idx = models.Index("(company_id, date_issued_day)")
    # numbers are issued in the order of time, or nearly
    _issued_idx = models.Index("USING brin (date_issued)")

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Numbers are taken by sales only."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("The ledger changes by its own rules only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("A number that was taken stays in the ledger."))

    # -- Reserving ----------------------------------------------------------------

    @api.private
    @api.model
    def take(
        self,
        unit,
        document_type,
        config,
        reference,
        kind="sale",
        told=False,
        replace=False,
        unissued=False,
        server_named=False,
    ):
        """The number of a document: the one it holds already, or a new one.

        Durable when this returns, whatever becomes of the transaction; see the SQL
        function for the locks. No lock on the range outlives the call.

        :param unit: :class:`~.nu_pos_unit.Unit` whose transaction wrote nothing yet
        :param told: the number goes to a client before the sale is made
        :param replace: a reserved number of another type is given back first
        :param unissued: it is for a document yet to be made: a number that is issued
            already is on another one
        :param server_named: the reference is one that the server gave, or that an
            order had before such references were the server's
        :return: ``(nu.pos.ncf record, created: bool, replaced nu.pos.ncf record)``
        :raise ApiProblem: ``NCF_EXHAUSTED``, ``NCF_EXPIRED``, ``NCF_NO_RANGE`` with
            the type's name, ``CONFLICT`` when the reference holds a number of another
            type, or an issued one; ``VALIDATION`` for a reference of the server's
        """
        [result] = self.take_all(
            unit,
            document_type,
            config,
            [reference],
            kind,
            told,
            [replace],
            unissued,
            server_named,
        )
        if isinstance(result, ApiProblem):
            raise result
        return result

    @api.private
    @api.model
    def take_all(
        self,
        unit,
        document_type,
        config,
        references,
        kind="sale",
        told=False,
        replace=(),
        unissued=False,
        server_named=False,
    ):
        """The numbers of many documents of one type and register, like :meth:`take`,
        in one statement.

        :param references: texts, all different
        :param replace: a bool for each reference
        :return: for each reference what :meth:`take` returns, or the ``ApiProblem``
        """
        for reference in references:
            # invoices take theirs elsewhere, see _take_for_moves
            if not server_named or reference.startswith("MOVE/"):
                refuse_server_reference(reference)
        common = (
            config._nu_company_id(config.id),
            document_type.id,
            config.id,
            kind,
            calendar.fiscal_day(fields.Datetime.now()),
            unit.env.uid,
            told,
        )
        if len(references) == 1:
            company, type_id, config_id, *rest, user, told = common
            query = SQL(
                "SELECT * FROM nu_pos_ncf_take(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                company,
                type_id,
                config_id,
                references[0],
                *rest,
                user,
                told,
                replace[0],
            )
        else:
            query = SQL(
                "SELECT * FROM nu_pos_ncf_take_all(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                *common,
                list(references),
                list(replace),
            )
        rows = unit.outside(query)
        ledger = unit.env["nu.pos.ncf"]
        ledger.browse(
            row[name] for row in rows for name in ("ncf_id", "replaced_id") if row[name]
        ).invalidate_recordset(flush=False)
        return [ledger._taken(row, document_type, unissued) for row in rows]

    @api.model
    def _taken(self, row, document_type, unissued=False):
        """What the SQL function says of one reference, see :meth:`take`."""
        outcome = row["outcome"]
        if outcome in REFUSALS:
            return ApiProblem(
                outcome,
                self._refusal(outcome, document_type.doc_code_prefix),
                fiscal_type=document_type.doc_code_prefix,
            )
        record = self.browse(row["ncf_id"])
        if outcome == "other_type" and record.state == "reserved":
            return ApiProblem(
                "CONFLICT",
                f"The order holds {record.name}; send replace: true to change "
                f"it for a number of type {document_type.doc_code_prefix}",
                fiscal=record._fiscal_block(),
            )
        if outcome == "other_type" or (outcome == "issued" and unissued):
            return record._issued_elsewhere(record.pos_reference)
        return record, outcome == "taken", self.browse(row["replaced_id"] or ())

    @api.model
    def _refusal(self, code, of):
        """Why there is no number, in the language of the user.

        :param of: the type of document, as the reader knows it
        """
        words = {
            "NCF_EXHAUSTED": self.env._("The authorised numbers of %s are used up."),
            "NCF_EXPIRED": self.env._("The authorised numbers of %s have expired."),
            "NCF_NO_RANGE": self.env._("There is no authorised range of %s."),
        }
        return words[code] % of

    def _issued_elsewhere(self, reference):
        """The refusal to put an issued number on a second document."""
        self.ensure_one()
        return ApiProblem(
            "CONFLICT",
            self.env._(
                "%(number)s of %(reference)s is on another document already.",
                number=self.name,
                reference=reference,
            ),
            fiscal=self._fiscal_block(),
        )

    @api.model
    def _live(self, company, reference, kind="sale"):
        """The number a reference holds, reserved or issued; empty if none."""
        return self.search(
            [
                ("company_id", "=", company.id),
                ("pos_reference", "=", reference),
                ("kind", "=", kind),
                ("state", "in", ("reserved", "issued")),
            ],
            limit=1,
        )

    # -- Changes of state: guarded, so that a stale caller changes nothing ----------

    def _move(self, to_state, from_states, **values):
        """One guarded statement; ``ConcurrencyError`` (hence Odoo's retry) when the
        row is no longer as the caller saw it."""
        self.ensure_one()
        now = fields.Datetime.now()
        values = {
            "state": to_state,
            "write_uid": self.env.uid,
            "write_date": now,
            **values,
        }
        assignments = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in values.items()
        )
        self.env.cr.execute(
            SQL(
                "UPDATE nu_pos_ncf SET %s WHERE id = %s AND state IN %s",
                assignments,
                self.id,
                tuple(from_states),
            )
        )
        moved = self.env.cr.rowcount
        self.invalidate_recordset(flush=False)
        if not moved:
            raise ConcurrencyError(f"number {self.id} changed meanwhile")

    def _issue(self, orders):
        """The numbers are now on these paid sales, each on the one at its place.

        Only a number that is reserved for the very order: for its reference, in its
        company.

        :raise ApiProblem: ``CONFLICT`` for one that is on another document, or reserved
            for one
        """
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                UPDATE nu_pos_ncf
                   SET state = 'issued', order_id = sold.order_id,
                       amount_total = sold.amount_total::numeric,
                       date_issued = %s, date_issued_day = %s,
                       write_uid = %s, write_date = %s
                  FROM (VALUES %s)
                       AS sold (id, order_id, amount_total, reference, company)
                 WHERE nu_pos_ncf.id = sold.id AND state = 'reserved'
                   AND pos_reference = sold.reference AND company_id = sold.company
                """,
                now,
                calendar.fiscal_day(now),
                self.env.uid,
                now,
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s, %s)",
                        ncf.id,
                        order.id,
                        order.amount_total,
                        order.pos_reference,
                        order.company_id.id,
                    )
                    for ncf, order in zip(self, orders, strict=True)
                ),
            )
        )
        moved = self.env.cr.rowcount
        self.invalidate_recordset(flush=False)
        if moved != len(self):
            references = [(order.company_id, order.pos_reference) for order in orders]
            self._refuse_issue(references)

    def _refuse_issue(self, owners):
        """Tell why some of these numbers cannot be issued: they are not their owners',
        or they changed a moment ago.

        :param owners: ``(company, reference)`` for each number
        """
        for ncf, (company, reference) in zip(self, owners, strict=True):
            if (
                ncf.state == "issued"
                or ncf.pos_reference != reference
                or ncf.company_id != company
            ):
                raise ncf._issued_elsewhere(ncf.pos_reference)
        raise ConcurrencyError(f"numbers {self.ids} changed meanwhile")

    def _release(self):
        """Back into the range: nobody outside has seen it."""
        self.ensure_one()
        self._move("released", ("reserved",), told=False, order_id=None)

    def _void(self, reason, note=None):
        """Annul the number with a reason of format 608.

        An issued number is annulled here only; whether the sale behind it may be
        undone is for the caller to decide (a delivered receipt needs a credit note).
        """
        self.ensure_one()
        if reason not in annulment.ANNULMENT_REASONS:
            raise UserError(self.env._("%s is not a reason of format 608.", reason))
        self._move(
            "voided",
            ("reserved", "issued"),
            void_reason=reason,
            void_note=note or None,
            date_voided=fields.Datetime.now(),
        )

    @api.model
    def _cron_release_stale(self):
        """Give back what was reserved for sales that never came.

        Only numbers that no client was ever told and that no order or invoice bears,
        older than the configured hours (``nu_pos.release_reserved_after_hours``,
        0 = never).
        """
        hours = int(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("nu_pos.release_reserved_after_hours", "0")
        )
        if hours <= 0:
            return
        limit = fields.Datetime.subtract(fields.Datetime.now(), hours=hours)
        for record in self.search(
            [
                ("state", "=", "reserved"),
                ("told", "=", False),
                ("date_reserved", "<", limit),
            ]
        ):
            record._release_if_unsold()

    def _was_printed(self):
        """Whether a receipt of the number was printed before, by the audit."""
        self.ensure_one()
        return bool(
            self.env["nu_restaurant_pos.order_audit"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", self.company_id.id),
                    ("pos_reference", "=", self.pos_reference),
                    ("event", "=", "print"),
                    ("ncf", "=", self.name),
                ],
                limit=1,
            )
        )

    def _note_print(self, is_copy):
        """Record in the audit that a receipt was printed, the original or a copy."""
        self.ensure_one()
        self.env["nu_restaurant_pos.order_audit"]._record(
            "print",
            company=self.company_id,
            pos_reference=self.pos_reference,
            order=self.order_id,
            ncf=self.name,
            payload={"copy": is_copy},
        )

    def _is_borne(self):
        """Whether a document bears the number, issued or not. Each floor that has
        documents adds its own."""
        self.ensure_one()
        return False

    def _is_on(self, model):
        """Whether a row of ``model`` bears the number."""
        documents = self.env[model].sudo().with_context(active_test=False)
        return bool(documents.search_count([("nu_ncf_id", "=", self.id)], limit=1))

    def _lock_key(self):
        return lock_key(self.company_id.id, self.pos_reference)

    @unit_of_work(lock=lambda ncf: [ncf._lock_key()])
    def _release_if_unsold(self, unit: Unit):
        """Under the lock of the order: still reserved, still without a sale."""
        record = self.with_env(unit.env)
        record.invalidate_recordset(flush=False)
        if record.state != "reserved" or record.told or record._is_borne():
            return
        record._release()
        unit.env["nu_restaurant_pos.order_audit"]._record(
            "release",
            company=record.company_id,
            pos_reference=record.pos_reference,
            ncf=record.name,
            payload={"reason": "no sale came"},
        )

    # -- Wire ---------------------------------------------------------------------

    def _printed_signature(self):
        """What a till prints of the signed document: ``security_code``, ``qr_url``,
        ``legend``, ``signed_at``. A paper receipt has none of it."""
        return dict.fromkeys(("security_code", "qr_url", "legend", "signed_at"))

    def _annulling_note(self):
        """The note that annulled the document as a whole, a record with a ``name``;
        empty for none."""
        return self.browse()

    def _printed_facts(self):
        """What a till prints of the document beside its number, as it was issued."""
        issued = self.date_issued
        document = self.order_id or self.move_id
        buyer = {
            "name": document.nu_buyer_name or None,
            "rnc": document.nu_buyer_vat or None,
            "foreign_id": document.nu_buyer_foreign_id or None,
        }
        return {
            "title": DOCUMENT_TYPES[self.document_type_id.doc_code_prefix].title,
            "issued_at": f"{issued.replace(microsecond=0).isoformat()}Z"
            if issued
            else None,
            "buyer": buyer if any(buyer.values()) else None,
            "taxes": self.order_id.nu_tax_totals or None,
        }

    def _fiscal_block(self, invoice=None):
        """The ``fiscal`` object of an answer."""
        self.ensure_one()
        return {
            "reference": self.name,
            "fiscal_type_code": self.document_type_id.doc_code_prefix,
            "expiration_date": self.range_id.date_expiry
            and self.range_id.date_expiry.isoformat()
            or None,
            **self._printed_signature(),
            **self._printed_facts(),
            "invoice_id": invoice and invoice.id or None,
            "state": self.state,
        }
