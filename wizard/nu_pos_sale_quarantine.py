import json

from pydantic.alias_generators import to_camel

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.runtime.problem import ApiProblem
from ..schemas.snapshot import respelled

#: What a client computed; left out, Odoo's own figures count.
TOTALS = ("amount_total", "amount_tax", "amount_paid", "amount_return")


class NuPosSaleQuarantineDiscard(models.TransientModel):
    """Discard quarantined sales, with a reason that stays in the audit."""

    _name = "nu.pos.sale.quarantine.discard"
    _description = "Discard quarantined sales"

    quarantine_ids = fields.Many2many(
        "nu.pos.sale.quarantine",
        string="Sales",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Char(
        required=True,
        help="For example: entered a second time as another order.",
    )

    def action_apply(self):
        self.ensure_one()
        reason = self.reason.strip()
        if not reason:
            raise UserError(self.env._("Say why the sales are discarded."))
        for record in self.quarantine_ids:
            record._discard(reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class NuPosSaleQuarantineCorrect(models.TransientModel):
    """Correct a quarantined sale and sell it.

    What was sent stays as it is; what is sold is kept with it. The usual corrections
    have fields of their own, anything else is edited in the text.
    """

    _name = "nu.pos.sale.quarantine.correct"
    _description = "Correct a quarantined sale"

    quarantine_id = fields.Many2one(
        "nu.pos.sale.quarantine", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="quarantine_id.company_id")
    config_id = fields.Many2one(related="quarantine_id.config_id")
    error_text = fields.Text(related="quarantine_id.error_text")
    result = fields.Text(readonly=True, string="What is still wrong")
    is_fine = fields.Boolean(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer")
    document_type_id = fields.Many2one(
        "l10n_latam.document.type",
        string="Fiscal type",
        domain="[('country_id.code', '=', 'DO'), ('nu_direction', '=', 'sale'),"
        " ('nu_needs_reference', '=', False)]",
    )
    take_totals = fields.Boolean(
        string="Take the totals that Odoo computes",
        help="Leave out what the terminal added up. The payments still have to cover "
        "the total.",
    )
    take_version = fields.Boolean(
        string="Whatever became of the draft",
        help="Leave out the version of the draft that the terminal knew.",
    )
    new_reference = fields.Char(
        string="Sell under another reference",
        help="Where the reference is taken: the terminal used it for two sales.",
    )
    line_ids = fields.One2many("nu.pos.sale.quarantine.line", "correct_id")
    payload = fields.Text(string="Sale (JSON)", required=True)

    @api.model
    def _begin(self, record):
        """The wizard for a quarantined sale, with what it sells and how it was paid."""
        data = json.loads(record.sudo().payload)
        wire = respelled(data)
        rows = []
        if isinstance(wire, dict):
            rows = [
                {"kind": kind, "place": place, **self._row(item, names)}
                for kind, names in (
                    ("lines", ("product_id", "productId", "product")),
                    (
                        "payments",
                        ("payment_method_id", "paymentMethodId", "payment_method"),
                    ),
                )
                for place, item in enumerate(
                    wire[kind] if isinstance(wire.get(kind), list) else ()
                )
                if isinstance(item, dict)
            ]
        return self.create(
            {
                "quarantine_id": record.id,
                "payload": json.dumps(wire, indent=2, ensure_ascii=False),
                "line_ids": [fields.Command.create(row) for row in rows],
            }
        )

    @api.model
    def _row(self, item, names):
        named = next((item[name] for name in names if item.get(name)), "")
        figures = [
            f"{name} {item[name]}"
            for name in ("qty", "price_unit", "priceUnit", "amount")
            if item.get(name) is not None
        ]
        return {"named": str(named), "figures": ", ".join(figures)}

    # -- The sale as corrected ---------------------------------------------------------

    def _corrected(self):
        """JSON of the sale, the fields of the wizard put in.

        :raise UserError: for a text that is no JSON object
        """
        try:
            data = json.loads(self.payload)
        except ValueError as error:
            raise UserError(
                self.env._("The text is not JSON: %s", str(error))
            ) from error
        if not isinstance(data, dict):
            raise UserError(self.env._("The text must be one object: { ... }"))
        if self.partner_id:
            _put(data, "partner_id", self.partner_id.id, "partnerId", "customer")
        if self.document_type_id:
            prefix = self.document_type_id.doc_code_prefix
            _put(data, "fiscal_type", prefix, "fiscalType")
        if self.new_reference:
            _put(data, "pos_reference", self.new_reference, "posReference")
        if self.take_totals:
            for name in TOTALS:
                _put(data, name, None, to_camel(name))
        if self.take_version:
            _put(data, "base_version", None, "baseVersion")
        for row in self.line_ids:
            items = data.get(row.kind)
            if not isinstance(items, list) or row.place >= len(items):
                continue
            if row.product_id:
                _put(
                    items[row.place],
                    "product_id",
                    row.product_id.id,
                    "productId",
                    "product",
                )
            if row.payment_method_id:
                _put(
                    items[row.place],
                    "payment_method_id",
                    row.payment_method_id.id,
                    "paymentMethodId",
                    "payment_method",
                    "paymentMethod",
                )
        return json.dumps(data)

    def action_check(self):
        """Judge the sale as corrected; nothing is taken or written."""
        self.ensure_one()
        self.quarantine_id._check_manager()
        try:
            self.quarantine_id._judge_only(self._corrected())
        except ApiProblem as problem:
            return self._again(problem)
        self.write({"result": False, "is_fine": True})
        return self._open()

    def action_apply(self):
        """Sell it."""
        self.ensure_one()
        self.quarantine_id._check_manager()
        try:
            self.quarantine_id._try_again(self._corrected(), own_rights=True)
        except ApiProblem as problem:
            return self._again(problem)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _again(self, problem):
        lines = [
            ": ".join(filter(None, (entry.get("path"), entry.get("message"))))
            for entry in problem.errors
        ]
        self.write({"result": "\n".join(lines) or problem.detail, "is_fine": False})
        return self._open()

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct a quarantined sale"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class NuPosSaleQuarantineLine(models.TransientModel):
    _name = "nu.pos.sale.quarantine.line"
    _description = "Line or payment of a quarantined sale"
    _order = "kind, place"

    correct_id = fields.Many2one(
        "nu.pos.sale.quarantine.correct", required=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("lines", "Line"), ("payments", "Payment")], required=True, readonly=True
    )
    place = fields.Integer(readonly=True)
    named = fields.Char(string="As sent", readonly=True)
    figures = fields.Char(readonly=True)
    product_id = fields.Many2one("product.product", string="Product instead")
    payment_method_id = fields.Many2one(
        "pos.payment.method", string="Payment method instead"
    )


def _put(data, name, value, *others):
    """Set a member under its own name, or take it out; its other spellings go."""
    for other in (name, *others):
        data.pop(other, None)
    if value is not None:
        data[name] = value
