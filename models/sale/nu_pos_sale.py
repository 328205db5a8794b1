"""What a snapshot means: every reference resolved, every amount computed by Odoo."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from odoo import api, models

from ...fiscal import identity
from ...fiscal.money import combine_discounts, decimals
from ...schemas.base import QUANTITY_PLACES, listed
from ...schemas.snapshot import NOT_RETURNED
from ..runtime.clock import CLOCK, Clock, wire_moment
from ..runtime.problem import ApiProblem, Findings
from ..runtime.reference_resolver import MAX_SUGGESTED, ReferenceResolver
from ..runtime.sale_reads import SaleReads

#: Decimals of the quantity of what is not weighed.
PIECE_PLACES = 2


@dataclass
class SaleLine:
    """One line, computed. Amounts in the register's currency."""

    wire: Any  # schemas.order.Line
    product: Any = None  # product.product
    taxes: Any = None  # account.tax, after the fiscal position, legal tip settled
    price_unit: float = 0.0
    list_price: float | None = None  # of the pricelist, once somebody asked
    discount: float = 0.0  # percent, item and check discount combined
    subtotal: float = 0.0
    subtotal_incl: float = 0.0


@dataclass
class Sale:
    """A snapshot, resolved and computed; nothing of it is written yet."""

    wire: Any  # schemas.order.Snapshot
    config: Any  # pos.config
    origin: Any = None  # pos.config of the draft it was until now; empty if new
    session: Any = None  # pos.session
    preset: Any = None  # pos.preset
    order_type: str = "dine_in"
    fiscal_position: Any = None  # account.fiscal.position
    date_order: Any = None  # datetime; None: the order's own, or now
    table: Any = None  # restaurant.table
    partner: Any = None  # res.partner, maybe the register's default customer
    employee: Any = None  # hr.employee
    document_type: Any = None  # l10n_latam.document.type
    lines: list[SaleLine] = field(default_factory=list)
    amount_total: float = 0.0
    amount_tax: float = 0.0  # ITBIS and legal tip together, as Odoo keeps it
    amount_itbis: float = 0.0
    amount_tip: float = 0.0  # propina legal
    tax_totals: list[dict] = field(default_factory=list)  # by kind and rate
    payments: list[tuple] = field(default_factory=list)  # (method, amount, wire)
    amount_return: float = 0.0  # change given, positive
    voids: list = field(default_factory=list)  # nu_pos_sale_limits.Void
    needed: list = field(default_factory=list)  # [(type of approval, amount)]
    warnings: list[dict] = field(default_factory=list)  # code, path, message, given
    retry: Any = None  # nu_pos_sale_quarantine.Retry
    sent: Any = None  # the snapshot as the client spelt it, a dict

    def spelling(self, name, alias, value):
        """A field of the snapshot as the client wrote it, so that it finds it again."""
        sent = self.sent or {}
        return sent.get(name, sent.get(alias, value))

    def warn(self, code, path, message, given=None):
        """Note what is odd and does not stop the sale."""
        warning = {"code": code, "path": path, "message": message}
        if given is not None:
            warning["given"] = str(given)
        self.warnings.append(warning)

    @property
    def past(self):
        """Where references to what was archived since are noted: of a sale that is
        paid already. None for what must name what there is."""
        return self.warnings if self.wire.is_sold else None

    @property
    def register(self):
        """The register whose approvals count: that of the order where there is one."""
        return self.origin or self.config

    @property
    def buyer(self):
        """The customer, unless it is the register's anonymous one."""
        return self.partner - self.config.nu_default_partner_id


class NuPosSale(models.AbstractModel):
    """Judges a snapshot before anything is reserved or written.

    Reads only. Every problem of a step is gathered and told at once.
    """

    _name = "nu.pos.sale"
    _description = "Judgement of a POS snapshot"

    @api.private
    @api.model
    def prepare(self, snapshot, config, order, retry=None, sent=None):
        """Resolve and compute.

        :param snapshot: ``schemas.order.Snapshot``
        :param order: existing draft ``pos.order`` or an empty set
        :param retry: ``nu_pos_sale_quarantine.Retry`` of what waited in quarantine
        :param sent: the snapshot as the client spelt it
        :return: :class:`Sale`
        :raise ApiProblem: ``UNKNOWN_REFERENCE``, ``AMBIGUOUS_REFERENCE``,
            ``VALIDATION``, ``SESSION_CLOSED``, ``TOTALS_MISMATCH``
        """
        sale = Sale(wire=snapshot, config=config, retry=retry, sent=sent)
        findings = Findings()
        self._check_setup(sale)
        self._resolve(sale, order, findings)
        findings.raise_if_any()
        self._pick_document_type(sale, order)
        self._compute(sale)
        self._compare_totals(sale, findings)
        findings.raise_if_any()
        return sale

    @api.private
    @api.model
    def check_sale(self, sale, unit=None):
        """Judge what only a sale needs: lines, type, payments, credit, buyer.

        :param unit: where the account of a sale on credit is locked; None: somebody
            else judges it again, alone
        :raise ApiProblem: ``VALIDATION``, ``PAYMENT_MISSING``, ``PAYMENT_INCOMPLETE``,
            ``TOTALS_MISMATCH``, ``CREDIT_LIMIT``, ``RNC_REQUIRED``, ``RNC_INVALID``
        """
        findings = Findings()
        if sale.wire.mode != "order":
            findings.add(
                "VALIDATION",
                "mode",
                "only a sale is finalized: goods come back by a credit note",
                given=sale.wire.mode,
                expected="order",
            )
        if not any(not line.wire.is_voided for line in sale.lines):
            findings.add("VALIDATION", "lines", "a sale has at least one line")
        if not sale.document_type:
            findings.add(
                "VALIDATION",
                "fiscal_type",
                "required: neither the customer nor the register has a default",
            )
        findings.raise_if_any()
        self._settle_payments(sale, findings)
        findings.raise_if_any()
        self._check_credit(sale, findings, unit)
        self._check_buyer(sale, findings)
        findings.raise_if_any()
        # before a number is taken: without a key there is no sale
        sale.document_type._nu_check_can_sign(sale.config.company_id)

    # 1. References ---------------------------------------------------------------

    @api.model
    def _check_setup(self, sale):
        if not sale.config.invoice_journal_id:
            # core would refuse every order, drafts included, in less clear words
            raise ApiProblem(
                "VALIDATION",
                errors=[
                    {
                        "path": "config_id",
                        "message": "the register has no invoice journal",
                        "given": str(sale.config.id),
                    }
                ],
            )

    @api.model
    def _resolve(self, sale, order, findings):
        wire, config = sale.wire, sale.config
        resolver = ReferenceResolver(self.env)

        sale.session = self._session(sale)
        default_type = config.default_preset_id.nu_order_type or "dine_in"
        sale.order_type = wire.order_type or (
            order.preset_id.nu_order_type or default_type
        )
        sale.preset = self.env["pos.preset"].browse(
            config._nu_preset_id(sale.order_type)
        )
        reads = SaleReads(self.env)
        reads.fetch(sale.preset)
        self._resolve_table(sale, findings)
        sale.partner = config.nu_default_partner_id
        if wire.partner_id or wire.customer:
            path = "partner_id" if wire.partner_id else "customer"
            sale.partner = resolver.one(
                "customer",
                wire.partner_id or wire.customer,
                path,
                findings,
                config,
                sale.past,
            )
        sale.employee = self._own_employee(wire, order)
        if wire.employee_id:
            sale.employee = self._resolve_ornament(
                sale, "employee", wire.employee_id, "employee_id", findings
            )
        self._settle_date(sale, findings)
        reads.fetch(sale.partner)
        self._resolve_lines(sale, findings)

    @api.model
    def _settle_date(self, sale, findings):
        """The moment of the sale: the till's, if its clock is to be believed. What is
        paid is sold at the server's moment; a draft is refused, with the time in it."""
        sale.date_order = told = sale.wire.date_order
        if not told:
            return
        clock = Clock(sale.session, sale.retry and sale.retry.received)
        if clock.believes(told):
            return
        message = clock.told(told)
        given = sale.spelling("date_order", "dateOrder", wire_moment(told))
        if sale.wire.is_sold:
            sale.date_order = clock.now
            sale.warn(CLOCK, "date_order", message, given)
        else:
            findings.add(
                "VALIDATION",
                "date_order",
                message,
                given=given,
                expected=wire_moment(clock.now),
            )

    @api.model
    def _own_employee(self, wire, order):
        """Whose sale it is when the request names nobody: who logged in by PIN or badge
        and sells, as on Odoo's own screen; a draft stays with who began it."""
        own = self.env["nu.pos.identity"].current().employee
        own = self.env["hr.employee"].browse(own.id)
        return own if wire.is_sale or not order.employee_id else order.employee_id

    @api.model
    def _resolve_table(self, sale, findings):
        wire = sale.wire
        sale.table = self.env["restaurant.table"]
        if not (wire.table_id or wire.table):
            return
        path = "table_id" if wire.table_id else "table"
        sale.table = self._resolve_ornament(
            sale, "table", wire.table_id or wire.table, path, findings
        )
        if sale.order_type == "dine_in":
            return
        message = f"a {sale.order_type} order has no table"
        if wire.is_sold:
            sale.warn("FIELD_IGNORED", path, message, wire.table_id or wire.table)
            sale.table = sale.table.browse()
        else:
            findings.add("VALIDATION", path, message, expected="absent")

    @api.model
    def _resolve_ornament(self, sale, kind, reference, path, findings):
        """The record meant. A sale that is paid already goes without it where there is
        none: it is the same sale."""
        resolver = ReferenceResolver(self.env)
        if not sale.wire.is_sold:
            return resolver.one(kind, reference, path, findings, sale.config)
        missing = Findings()
        found = resolver.one(kind, reference, path, missing, sale.config, sale.past)
        if missing.errors:
            message = f"{missing.errors[0]['message']}, ignored"
            sale.warn(missing.code, path, message, reference)
        return found

    @api.model
    def _session(self, sale):
        """The session named if it is open, else the register's open one: a till that
        was offline names a session that was closed meanwhile."""
        wire, config = sale.wire, sale.config
        if wire.session_id:
            named = self._session_by_id(wire.session_id, config)
            if not named:
                raise ApiProblem(
                    "UNKNOWN_REFERENCE",
                    errors=[
                        {
                            "path": "session_id",
                            "message": "no such session of this register",
                            "given": str(wire.session_id),
                        }
                    ],
                )
            if named.state == "opened":
                return named
        session = config._nu_open_session()
        if not session:
            raise ApiProblem(
                "SESSION_CLOSED",
                f"Register {config.display_name} has no open session: open one, "
                "then send the order again",
                # money was taken: the hub keeps the sale until a session is open
                retryable=wire.is_sold,
            )
        return session

    @api.model
    def _session_by_id(self, session_id, config):
        """The session if it is one of the register."""
        found = ReferenceResolver(self.env).by_ids("session", {session_id}, config)
        return found.get(session_id)

    @api.model
    def _resolve_lines(self, sale, findings):
        config = sale.config
        references = [
            (
                f"lines[{index}].product_id"
                if line.product_id
                else f"lines[{index}].product",
                line.product_id or line.product,
            )
            for index, line in enumerate(sale.wire.lines)
        ]
        products = ReferenceResolver(self.env).many(
            "product", references, findings, config, sale.past
        )
        known_taxes, unknown_taxes = self._known_taxes(sale), []
        for index, (line, (path, _ref)) in enumerate(
            zip(sale.wire.lines, references, strict=True)
        ):
            places = self._quantity_places(products.get(path))
            if decimals(line.qty) > places:
                # Odoo would store another quantity than the one that was charged
                findings.add(
                    "VALIDATION",
                    f"lines[{index}].qty",
                    f"has more than {places} decimals",
                    line.qty,
                )
            if line.qty == 0 and not line.is_voided:
                findings.add(
                    "VALIDATION", f"lines[{index}].qty", "must not be zero", line.qty
                )
            elif line.qty < 0 and sale.wire.mode != "return":
                findings.add(
                    "VALIDATION",
                    f"lines[{index}].qty",
                    NOT_RETURNED,
                    line.qty,
                )
            for place, tax_id in enumerate(line.tax_ids or ()):
                if tax_id not in known_taxes:
                    findings.add(
                        "UNKNOWN_REFERENCE",
                        f"lines[{index}].tax_ids[{place}]",
                        "no such sale tax",
                        tax_id,
                    )
                    unknown_taxes.append(f"lines[{index}].tax_ids[{place}]")
            sale.lines.append(
                SaleLine(
                    wire=line,
                    product=products.get(path),
                    discount=float(
                        combine_discounts(line.discount, sale.wire.check_discount)
                    ),
                )
            )

        if unknown_taxes:
            expected = self._sale_taxes(config)
            for path in unknown_taxes[:MAX_SUGGESTED]:
                findings.expect(path, expected)

    @api.model
    def _known_taxes(self, sale):
        """Ids of the taxes that lines name and the register may use."""
        tax_ids = {tax for line in sale.wire.lines for tax in line.tax_ids or ()}
        if not tax_ids:
            return set()
        taxes = (
            self.env["account.tax"]
            .with_context(active_test=not sale.wire.is_sold)
            .search(
                [
                    ("id", "in", list(tax_ids)),
                    ("company_id", "=", sale.config.company_id.id),
                    ("type_tax_use", "=", "sale"),
                ]
            )
        )
        for tax in taxes.filtered(lambda tax: not tax.active):
            message = f"the tax {tax.name} is archived"
            sale.warn("ARCHIVED_REFERENCE", "lines", message, tax.id)
        return set(taxes.ids)

    @api.model
    def _sale_taxes(self, config):
        """The taxes a line may name, in words."""
        taxes = self.env["account.tax"].search(
            [
                ("company_id", "=", config.company_id.id),
                ("type_tax_use", "=", "sale"),
            ]
        )
        return listed(f"{tax.id} ({tax.name})" for tax in taxes)

    @api.model
    def _quantity_places(self, product):
        """Decimals a quantity may have: weighed goods are sold by the gram. Never more
        than Odoo stores."""
        stored = self.env["decimal.precision"].precision_get("Product Unit")
        weighed = product and product.to_weight
        return min(stored, QUANTITY_PLACES if weighed else PIECE_PLACES)

    # 2. Fiscal type --------------------------------------------------------------

    @api.model
    def _pick_document_type(self, sale, order):
        """Named by the request; else the one reserved; else the customer's usual one;
        else the register's default. Never another than the one asked for."""
        DocumentType = self.env["l10n_latam.document.type"]
        company = sale.config.company_id
        if sale.wire.fiscal_type:
            kind = DocumentType._nu_find(
                sale.wire.fiscal_type,
                electronic=company._nu_is_electronic(),
                sale=True,
            )
        else:
            usual = (
                sale.buyer.nu_document_type_id
                or sale.config.nu_default_document_type_id
            )
            kind = (
                self.env["nu.pos.ncf"]
                ._live(company, sale.wire.pos_reference)
                .document_type_id
                or order.nu_document_type_id
                or usual._nu_current(company)
            )
        if kind:
            SaleReads(self.env).fetch(kind)
            kind._nu_check_sale()
        sale.document_type = kind

    @api.model
    def _check_buyer(self, sale, findings):
        self._check_buyer_of(
            sale.document_type, sale.buyer, sale.amount_total, findings
        )

    @api.model
    def _check_buyer_of(self, document_type, buyer, total, findings):
        """Who must be identified: NG 05-2019 and Formato e-CF, área Comprador."""
        for problem in identity.buyer_problem(
            document_type.nu_buyer_rule,
            Decimal(str(total)),
            tax_id=buyer.vat or None,
            foreign_id=buyer.nu_foreign_id or None,
            name=buyer.name or None,
            threshold=self.env["l10n_latam.document.type"]._nu_consumer_threshold(),
        ):
            findings.add(
                problem.code, "partner_id", problem.message, given=buyer.vat or None
            )
