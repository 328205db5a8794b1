from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, file_open

from ...fiscal import calendar, ncf

# the model of the mixin must exist before those that inherit it
from ..mixins.fields import SequenceNumber

RANGE_STATES = [
    ("queued", "Queued"),
    ("active", "Active"),
    ("exhausted", "Exhausted"),
    ("expired", "Expired"),
    ("closed", "Closed"),
]


class NuPosNcfRange(models.Model):
    """Secuencia autorizada: a range of numbers that DGII granted for one type.

    Life cycle: ``queued`` until its first number is taken, ``active`` while numbers
    are left, ``exhausted`` after the last one, ``expired`` from the first moment of
    the day after its expiry date in Santo Domingo, ``closed`` when somebody retires
    it. When a range ends the next queued one of the same type takes over by itself.

    Numbers are taken by the SQL function ``nu_pos_ncf_take`` only; ``next_number`` is
    the number that will be taken next. The database refuses ranges of one company and
    type that overlap.
    """

    _name = "nu.pos.ncf.range"
    _inherit = ["mail.thread", "mail.activity.mixin", "nu.pos.audited"]
    _description = "Authorised NCF range"
    _order = "company_id, document_type_id, sequence, first_number"
    _rec_name = "display_name"
    _check_company_auto = True
    _nu_audit_event = "range"
    _nu_audit_fields = (
        "company_id",
        "document_type_id",
        "first_number",
        "last_number",
        "authorization",
        "date_expiry",
        "config_id",
        "state",
    )

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    document_type_id = fields.Many2one(
        "l10n_latam.document.type",
        string="Fiscal type",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('country_id.code', '=', 'DO'), ('nu_series', '!=', False)]",
        tracking=True,
    )
    sequence = fields.Integer(
        default=10, help="Queue order among ranges of the same type."
    )
    first_number = SequenceNumber(
        string="From", required=True, default=1, tracking=True, aggregator=None
    )
    last_number = SequenceNumber(
        string="To", required=True, tracking=True, aggregator=None
    )
    next_number = SequenceNumber(
        string="Next",
        readonly=True,
        copy=False,
        aggregator=None,
        help="The number that will be taken next.",
    )
    authorization = fields.Char(
        string="Authorisation number", help="Number DGII gave to the request."
    )
    date_expiry = fields.Date(
        string="Valid until",
        tracking=True,
        help="Last day of use, in Santo Domingo. Empty for types without expiry.",
    )
    config_id = fields.Many2one(
        "pos.config",
        string="Dedicated to register",
        check_company=True,
        index="btree_not_null",
        help="Only this register takes numbers from the range. Empty: all registers.",
    )
    state = fields.Selection(
        RANGE_STATES,
        required=True,
        default="queued",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    warning_numbers = fields.Integer(
        string="Warn below",
        default=100,
        help="Warn the manager when fewer numbers than this are left.",
    )
    warning_days = fields.Integer(
        string="Warn days before expiry", default=30, help="Days in Santo Domingo."
    )
    total_count = SequenceNumber(
        compute="_compute_use", string="Numbers", aggregator=None
    )
    remaining = SequenceNumber(compute="_compute_use", string="Left", aggregator=None)
    used_percent = fields.Float(compute="_compute_use", string="Used (%)")
    days_left = fields.Integer(compute="_compute_days_left", aggregator=None)
    is_low = fields.Boolean(compute="_compute_warning", string="Low stock")
    is_near_expiry = fields.Boolean(
        compute="_compute_near_expiry", string="Expires soon"
    )
    ledger_ok = fields.Boolean(
        compute="_compute_ledger",
        string="Accounted for",
        help="Every number from the first to the last one taken is in the ledger, "
        "exactly once, and every issued one on one document.",
    )
    ledger_note = fields.Char(compute="_compute_ledger", string="Ledger check")
    ncf_ids = fields.One2many("nu.pos.ncf", "range_id", string="Ledger")

    _bounds = models.Constraint(
        "CHECK (first_number >= 1 AND last_number >= first_number"
        " AND next_number BETWEEN first_number AND last_number + 1)",
        "A range runs from its first to its last number, from 1 upwards.",
    )
    # Scalars wrapped as one-element ranges: no extension is needed.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist ("
        "int4range(company_id, company_id, '[]') WITH &&, "
        "int4range(document_type_id, document_type_id, '[]') WITH &&, "
        "int8range(first_number, last_number, '[]') WITH &&)",
        "Ranges of one company and type must not overlap.",
    )

    def init(self):
        # after all tables of this addon exist
        self.pool.post_init(self._create_functions)

    def _create_functions(self):
        for name in ("nu_pos_ncf", "nu_pos_ncf_documents"):
            with file_open(f"nu_restaurant_pos/models/numbers/{name}.sql") as script:
                self.env.cr.execute(script.read())

    @api.depends("document_type_id", "first_number", "last_number")
    def _compute_display_name(self):
        for record in self:
            prefix = record.document_type_id.doc_code_prefix
            if not prefix or not record.last_number:
                record.display_name = self.env._("New range")
                continue
            record.display_name = (
                f"{record._format(record.first_number)} – "
                f"{record._format(record.last_number)}"
            )

    def _format(self, number):
        return ncf.format_ncf(self.document_type_id.doc_code_prefix, number)

    @api.depends("first_number", "last_number", "next_number")
    def _compute_use(self):
        released = dict(
            self.env["nu.pos.ncf"]._read_group(
                [("range_id", "in", self.ids), ("state", "=", "released")],
                ["range_id"],
                ["__count"],
            )
        )
        for record in self:
            total = max(record.last_number - record.first_number + 1, 0)
            following = record.next_number or record.first_number
            left = record.last_number - following + 1 + released.get(record._origin, 0)
            record.total_count = total
            record.remaining = max(left, 0)
            record.used_percent = 100.0 * (total - left) / total if total else 0.0

    @api.depends("date_expiry")
    def _compute_days_left(self):
        today = calendar.fiscal_day(fields.Datetime.now())
        for record in self:
            record.days_left = (
                (record.date_expiry - today).days if record.date_expiry else 0
            )

    @api.depends("remaining", "warning_numbers", "state")
    def _compute_warning(self):
        for record in self:
            live = record.state in ("active", "queued")
            record.is_low = live and record.remaining < record.warning_numbers

    @api.depends("days_left", "warning_days", "state")
    def _compute_near_expiry(self):
        for record in self:
            live = record.state in ("active", "queued")
            record.is_near_expiry = bool(
                live and record.date_expiry and record.days_left < record.warning_days
            )

    @api.depends("next_number")
    def _compute_ledger(self):
        saved = self._origin.filtered("id")
        rows = {row["range_id"]: row for row in saved._invariant()} if saved else {}
        for record in self:
            row = rows.get(record._origin.id)
            record.ledger_ok = not row or row["ok"]
            if not row:
                record.ledger_note = False
            elif row["ok"]:
                record.ledger_note = self.env._(
                    "%(issued)s issued, %(reserved)s reserved, "
                    "%(released)s given back, %(voided)s annulled",
                    issued=row["issued"],
                    reserved=row["reserved"],
                    released=row["released"],
                    voided=row["voided"],
                )
            else:
                record.ledger_note = self.env._(
                    "%(missing)s missing, %(doubled)s too many, %(shared)s on two "
                    "documents, %(unplaced)s issued on none, %(misplaced)s on a "
                    "document that is not theirs",
                    missing=row["missing"],
                    doubled=row["doubled"],
                    shared=row["shared"],
                    unplaced=row["unplaced"],
                    misplaced=row["misplaced"],
                )

    @api.onchange("document_type_id")
    def _onchange_document_type_id(self):
        if not self.document_type_id.nu_expires:
            self.date_expiry = False
        elif not self.date_expiry:
            # NG 06-2018: valid until 31 December of the following year
            self.date_expiry = calendar.expiry_of(
                calendar.fiscal_day(fields.Datetime.now())
            )

    @api.constrains("document_type_id", "last_number", "date_expiry")
    def _check_type_rules(self):
        for record in self:
            kind = record.document_type_id
            if kind.country_id.code != "DO" or not kind.nu_series:
                raise ValidationError(
                    self.env._("%s is not a Dominican fiscal type.", kind.display_name)
                )
            if record.last_number > ncf.max_sequence(kind.doc_code_prefix):
                raise ValidationError(
                    self.env._(
                        "Numbers of type %(type)s have at most %(digits)s digits.",
                        type=kind.doc_code_prefix,
                        digits=ncf.sequence_digits(kind.doc_code_prefix),
                    )
                )
            if kind.nu_expires and not record.date_expiry:
                raise ValidationError(
                    self.env._(
                        "Ranges of type %s expire: give the date.", kind.doc_code_prefix
                    )
                )

    # -- CRUD ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # a range begins at its first number: what was used elsewhere before is no
            # part of it
            vals["next_number"] = vals.get("first_number", 1)
        return super().create(vals_list)

    def _mail_track(self, tracked_fields, initial_values):
        # EXTENDS 'mail'
        # A tracked integer is stored as an int4, and the sequence of an e-NCF has ten
        # digits: such a change is a line of its own in the messages.
        long = {
            name
            for name in tracked_fields
            if isinstance(self._fields[name], SequenceNumber)
            and name in initial_values
            and max(self[name], initial_values[name]) >= 1 << 31
        }
        for name in sorted(long):
            if self[name] != initial_values[name]:
                label = tracked_fields[name]["string"]
                self._message_log(
                    body=f"{label}: {initial_values[name]} → {self[name]}"
                )
        short = {
            name: tracked_fields[name] for name in tracked_fields if name not in long
        }
        return super()._mail_track(short, initial_values)

    def write(self, vals):
        # The numbers already taken are history; only what lies ahead may change.
        if "next_number" in vals:
            raise UserError(self.env._("Numbers are taken by sales only."))
        if {"company_id", "document_type_id", "first_number"} & set(vals) and any(
            record.next_number > record.first_number for record in self
        ):
            raise UserError(
                self.env._(
                    "Numbers of this range were taken already: its type, company and "
                    "first number are fixed. Close it and add another one."
                )
            )
        if "first_number" in vals:
            vals = {**vals, "next_number": vals["first_number"]}
        result = super().write(vals)
        if {"last_number", "date_expiry"} & set(vals):
            # a range that was prolonged is usable again
            for record in self.filtered(lambda r: r.state != "closed"):
                if record.state != (state := record._state_of_facts()):
                    record.state = state
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(record.next_number > record.first_number for record in self):
            raise UserError(
                self.env._("A range whose numbers were taken can only be closed.")
            )

    # -- Actions ------------------------------------------------------------------

    def action_close(self):
        """Retire the range: no further number is taken from it."""
        self.write({"state": "closed"})

    def action_reopen(self):
        """Take numbers from a closed range again, if it still has some."""
        for record in self.filtered(lambda r: r.state == "closed"):
            record.state = record._state_of_facts()

    def _state_of_facts(self):
        self.ensure_one()
        if self.next_number > self.last_number:
            return "exhausted"
        if calendar.is_expired(self.date_expiry, fields.Datetime.now()):
            return "expired"
        return "active" if self.next_number > self.first_number else "queued"

    def action_add_next(self):
        """A new range of the same type, beginning after the last one there is."""
        self.ensure_one()
        last = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("document_type_id", "=", self.document_type_id.id),
            ],
            order="last_number desc",
            limit=1,
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add a range"),
            "res_model": self._name,
            "view_mode": "form",
            "context": {
                "default_company_id": self.company_id.id,
                "default_document_type_id": self.document_type_id.id,
                "default_first_number": last.last_number + 1,
                "default_config_id": self.config_id.id,
                "default_sequence": self.sequence + 1,
            },
        }

    def action_view_ledger(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "nu_restaurant_pos.nu_pos_ncf_action"
            ),
            "domain": [("range_id", "=", self.id)],
            "context": {},
        }

    def _invariant(self):
        """What the SQL function ``nu_pos_ncf_invariant`` says of these ranges.

        :return: ``[{range_id, prefix, first_number, next_number, issued, reserved,
            released, voided, missing, doubled, shared, unplaced, misplaced, ok}]``,
            all ranges for an empty set
        """
        self.env.flush_all()
        where = SQL("WHERE range_id IN %s", tuple(self.ids)) if self.ids else SQL()
        self.env.cr.execute(SQL("SELECT * FROM nu_pos_ncf_invariant() %s", where))
        return self.env.cr.dictfetchall()
