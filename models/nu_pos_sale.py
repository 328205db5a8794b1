"""What a snapshot means: every reference resolved, every amount computed by Odoo."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from odoo import api, fields, models
from odoo.tools import float_round

from ..fiscal import identity
from ..fiscal.money import combine_discounts, decimals
from .nu_pos_problem import ApiProblem, Findings


@dataclass
class SaleLine:
    """One line, computed. Amounts in the register's currency."""

    wire: Any  # schemas.order.Line
    product: Any = None  # product.product
    taxes: Any = None  # account.tax, after the fiscal position, legal tip settled
    price_unit: float = 0.0
    discount: float = 0.0  # percent, item and check discount combined
    subtotal: float = 0.0
    subtotal_incl: float = 0.0


@dataclass
class Sale:
    """A snapshot, resolved and computed; nothing of it is written yet."""

    wire: Any  # schemas.order.Snapshot
    config: Any  # pos.config
    session: Any = None  # pos.session
    preset: Any = None  # pos.preset
    order_type: str = "dine_in"
    fiscal_position: Any = None  # account.fiscal.position
    table: Any = None  # restaurant.table
    partner: Any = None  # res.partner, maybe the register's default customer
    employee: Any = None  # hr.employee
    document_type: Any = None  # l10n_latam.document.type
    lines: list[SaleLine] = field(default_factory=list)
    amount_total: float = 0.0
    amount_tax: float = 0.0  # ITBIS and legal tip together, as Odoo keeps it
    amount_itbis: float = 0.0
    amount_tip: float = 0.0  # propina legal
    payments: list[tuple] = field(default_factory=list)  # (method, amount, wire)
    amount_return: float = 0.0  # change given, positive

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
    def prepare(self, snapshot, config, order):
        """Resolve and compute.

        :param snapshot: ``schemas.order.Snapshot``
        :param order: existing draft ``pos.order`` or an empty set
        :return: :class:`Sale`
        :raise ApiProblem: ``UNKNOWN_REFERENCE``, ``AMBIGUOUS_REFERENCE``,
            ``VALIDATION``, ``SESSION_CLOSED``, ``TOTALS_MISMATCH``
        """
        sale = Sale(wire=snapshot, config=config)
        findings = Findings()
        self._check_setup(sale)
        self._resolve(sale, order, findings)
        findings.raise_if_any()
        self._pick_document_type(sale, order)
        self._settle_taxes(sale)
        self._compute_amounts(sale)
        self._compare_totals(sale, findings)
        findings.raise_if_any()
        return sale

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
        resolver = self.env["nu.pos.resolver"]

        sale.session = self._session(wire, config)
        default_type = config.default_preset_id.nu_order_type or "dine_in"
        sale.order_type = wire.order_type or (
            order.preset_id.nu_order_type or default_type
        )
        sale.preset = self.env["pos.preset"].browse(
            config._nu_preset_id(sale.order_type)
        )
        sale.table = self.env["restaurant.table"]
        if wire.table_id or wire.table:
            path = "table_id" if wire.table_id else "table"
            sale.table = resolver.one(
                "table", wire.table_id or wire.table, path, findings, config
            )
            if sale.order_type != "dine_in":
                findings.add(
                    "VALIDATION",
                    path,
                    f"a {sale.order_type} order has no table",
                    expected="absent",
                )
        sale.partner = config.nu_default_partner_id
        if wire.partner_id or wire.customer:
            path = "partner_id" if wire.partner_id else "customer"
            sale.partner = resolver.one(
                "customer", wire.partner_id or wire.customer, path, findings, config
            )
        sale.employee = self.env["hr.employee"]
        if wire.employee_id:
            sale.employee = resolver.one(
                "employee", wire.employee_id, "employee_id", findings, config
            )
        if wire.date_order and wire.date_order > fields.Datetime.now() + timedelta(
            minutes=10
        ):
            findings.add(
                "VALIDATION", "date_order", "lies in the future", wire.date_order
            )
        self._resolve_lines(sale, findings)

    @api.model
    def _session(self, wire, config):
        """The session named if it is open, else the register's open one: a till that
        was offline names a session that was closed meanwhile."""
        if wire.session_id:
            named = self.env["pos.session"].browse(wire.session_id).exists()
            if not named or named.config_id != config:
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
            )
        return session

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
        products = self.env["nu.pos.resolver"].many(
            "product", references, findings, config
        )
        tax_ids = {tax for line in sale.wire.lines for tax in line.tax_ids or ()}
        known_taxes = set()
        if tax_ids:
            known_taxes = set(
                self.env["account.tax"]
                .search(
                    [
                        ("id", "in", list(tax_ids)),
                        ("company_id", "=", config.company_id.id),
                        ("type_tax_use", "=", "sale"),
                    ]
                )
                .ids
            )
        places = self.env["decimal.precision"].precision_get("Product Unit")
        for index, (line, (path, _ref)) in enumerate(
            zip(sale.wire.lines, references, strict=True)
        ):
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
                    "must be positive: goods come back by a credit note",
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
            sale.lines.append(
                SaleLine(
                    wire=line,
                    product=products.get(path),
                    discount=float(
                        combine_discounts(line.discount, sale.wire.check_discount)
                    ),
                )
            )

    # 2. Fiscal type --------------------------------------------------------------

    @api.model
    def _pick_document_type(self, sale, order):
        """Named by the request; else the one reserved; else the customer's usual one;
        else the register's default. Never another than the one asked for."""
        DocumentType = self.env["l10n_latam.document.type"]
        if sale.wire.fiscal_type:
            kind = DocumentType._nu_find(sale.wire.fiscal_type)
        else:
            kind = (
                self.env["nu.pos.ncf"]
                ._live(sale.config.company_id, sale.wire.pos_reference)
                .document_type_id
                or order.nu_document_type_id
                or sale.buyer.nu_document_type_id
                or sale.config.nu_default_document_type_id
            )
        if kind:
            kind._nu_check_sale()
        sale.document_type = kind

    # 3. Amounts ------------------------------------------------------------------

    @api.model
    def _settle_taxes(self, sale):
        """The taxes each line really bears.

        Taxes the client names are taken as mapped already; else the product's, mapped
        by the customer's or the order type's fiscal position. Then the law: no legal
        tip off the premises (Código de Trabajo art. 228), no ITBIS on a document of
        special regimes (type 14 / 44).
        """
        company = sale.config.company_id
        sale.fiscal_position = (
            sale.buyer.property_account_position_id
            or sale.preset.fiscal_position_id
            or sale.config.default_fiscal_position_id
        )
        Tax = self.env["account.tax"]
        for line in sale.lines:
            if line.wire.tax_ids is not None:
                taxes = Tax.browse(line.wire.tax_ids)
            else:
                taxes = sale.fiscal_position.map_tax(
                    line.product.taxes_id._filter_taxes_by_company(company)
                )
            if sale.order_type != "dine_in":
                taxes = taxes._nu_without_tip()
            if sale.document_type.nu_is_exempt:
                taxes = taxes._nu_only_tip()
            line.taxes = taxes

    @api.model
    def _compute_amounts(self, sale):
        """With Odoo's own engine, in the register's currency and rounding method."""
        Tax = self.env["account.tax"]
        company, currency = sale.config.company_id, sale.config.currency_id
        pricelist = sale.config.pricelist_id
        base_lines = []
        for line in sale.lines:
            if line.wire.price_unit is not None:
                line.price_unit = float(line.wire.price_unit)
            else:
                line.price_unit = pricelist._get_product_price(
                    line.product, float(line.wire.qty) or 1.0, currency=currency
                )
            if line.wire.is_voided:
                continue
            base_lines.append(
                Tax._prepare_base_line_for_taxes_computation(
                    line,
                    currency_id=currency,
                    product_id=line.product,
                    tax_ids=line.taxes,
                    price_unit=line.price_unit,
                    quantity=float(line.wire.qty),
                    discount=line.discount,
                    partner_id=sale.partner.commercial_partner_id,
                )
            )
        if not base_lines:
            return
        Tax._add_tax_details_in_base_lines(base_lines, company)
        Tax._round_base_lines_tax_details(base_lines, company)
        tip = itbis = 0.0
        for base_line in base_lines:
            details = base_line["tax_details"]
            line = base_line["record"]
            line.subtotal = currency.round(
                details["total_excluded_currency"]
                + details["delta_total_excluded_currency"]
            )
            line.subtotal_incl = line.subtotal
            for tax_data in details["taxes_data"]:
                amount = tax_data["tax_amount_currency"]
                line.subtotal_incl += amount
                if tax_data["tax"].nu_is_tip:
                    tip += amount
                else:
                    itbis += amount
            line.subtotal_incl = currency.round(line.subtotal_incl)
        totals = Tax._get_tax_totals_summary(base_lines, currency, company)
        sale.amount_total = currency.round(totals["total_amount_currency"])
        sale.amount_tax = currency.round(totals["tax_amount_currency"])
        sale.amount_tip = currency.round(tip)
        sale.amount_itbis = currency.round(itbis)

    @api.model
    def _compare_totals(self, sale, findings):
        """The till and Odoo must say the same amount, to the cent: it is what the
        customer pays and what the number stands for."""
        rounding = sale.config.currency_id.rounding
        for path, computed, tolerance in (
            ("amount_total", sale.amount_total, rounding / 2),
            ("amount_tax", sale.amount_tax, rounding * 1.5),
        ):
            given = getattr(sale.wire, path)
            if given is not None and abs(float(given) - computed) > tolerance:
                findings.add(
                    "TOTALS_MISMATCH",
                    path,
                    f"{path} is {given:.2f}, Odoo computes {computed:.2f}",
                    given=f"{given:.2f}",
                    expected=f"{computed:.2f}",
                )

    # 4. What only a sale needs ----------------------------------------------------

    @api.private
    @api.model
    def check_sale(self, sale):
        """Judge payments and buyer of a sale that is to be finalized.

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
        self._check_credit(sale, findings)
        self._check_buyer(sale, findings)
        findings.raise_if_any()

    @api.model
    def _settle_payments(self, sale, findings):
        config, currency = sale.config, sale.config.currency_id
        wires = list(enumerate(sale.wire.payments or ()))
        if not wires:
            findings.add("PAYMENT_MISSING", "payments", "the sale has no payment")
            return
        kept = [pair for pair in wires if pair[1].amount] or wires[:1]
        methods = self._resolve_methods(sale, kept, findings)
        if findings.errors:
            return
        sale.payments = [
            (methods[index], currency.round(float(wire.amount)), wire)
            for index, wire in kept
        ]
        paid = currency.round(sum(amount for _method, amount, _wire in sale.payments))
        due = self._due(sale, currency)
        change = currency.round(paid - due)
        if currency.compare_amounts(paid, due) < 0:
            code = "PAYMENT_INCOMPLETE" if paid else "PAYMENT_MISSING"
            findings.add(
                code,
                "payments",
                f"the payments add up to {paid:.2f}, {due:.2f} are due",
                given=f"{paid:.2f}",
                expected=f"{due:.2f}",
            )
        cash = sum(
            amount for method, amount, _wire in sale.payments if method.is_cash_count
        )
        if currency.compare_amounts(change, cash) > 0:
            findings.add(
                "VALIDATION",
                "payments",
                f"change of {change:.2f} is more than the cash given",
                given=f"{cash:.2f}",
                expected=f"{change:.2f}",
            )
        for path, computed in (("amount_return", change), ("amount_paid", paid)):
            given = getattr(sale.wire, path)
            accepted = {computed}
            if path == "amount_paid":
                # some clients tell what was tendered, some what was kept
                accepted.add(currency.round(paid - change))
            if given is not None and all(
                currency.compare_amounts(float(given), amount) for amount in accepted
            ):
                findings.add(
                    "TOTALS_MISMATCH",
                    path,
                    f"{path} is {given:.2f}, the payments give {computed:.2f}",
                    given=f"{given:.2f}",
                    expected=f"{computed:.2f}",
                )
        sale.amount_return = max(change, 0.0)

    @api.model
    def _due(self, sale, currency):
        """What must be paid: the total, rounded as the register rounds cash."""
        config = sale.config
        if not config.cash_rounding or (
            config.only_round_cash_method
            and not any(method.is_cash_count for method, _a, _w in sale.payments)
        ):
            return sale.amount_total
        rule = config.rounding_method
        return currency.round(
            float_round(
                sale.amount_total,
                precision_rounding=rule.rounding,
                rounding_method=rule.rounding_method,
            )
        )

    @api.model
    def _resolve_methods(self, sale, wires, findings):
        """``{index: pos.payment.method}``; a credit without a method means the
        register's customer account."""
        config = sale.config
        account = config.payment_method_ids.filtered(lambda m: m.type == "pay_later")
        methods, references = {}, []
        for index, wire in wires:
            if wire.payment_method_id or wire.payment_method:
                name = "payment_method_id" if wire.payment_method_id else "payment_method"
                references.append(
                    (
                        f"payments[{index}].{name}",
                        wire.payment_method_id or wire.payment_method,
                    )
                )
            elif account:
                methods[index] = account[:1]
            else:
                findings.add(
                    "UNKNOWN_REFERENCE",
                    f"payments[{index}].is_credit",
                    "the register has no customer account method",
                )
        found = self.env["nu.pos.resolver"].many(
            "payment_method", references, findings, config
        )
        for index, wire in wires:
            for name in ("payment_method_id", "payment_method"):
                method = found.get(f"payments[{index}].{name}")
                if method:
                    methods[index] = method
                    if wire.is_credit and method.type != "pay_later":
                        findings.add(
                            "VALIDATION",
                            f"payments[{index}].{name}",
                            "a credit payment needs the customer account method",
                            given=method.name,
                        )
        return methods

    @api.model
    def _check_credit(self, sale, findings):
        on_account = sum(
            amount for method, amount, _w in sale.payments if method.type == "pay_later"
        )
        if not on_account:
            return
        if not sale.buyer:
            findings.add(
                "VALIDATION",
                "partner_id",
                "required: a sale on credit names its customer",
            )
            return
        limit, balance = sale.buyer._nu_credit(sale.config.company_id)
        available = limit - balance
        if sale.config.currency_id.compare_amounts(on_account, available) > 0:
            findings.add(
                "CREDIT_LIMIT",
                "payments",
                f"{available:.2f} of the credit limit of {limit:.2f} are available",
                given=f"{on_account:.2f}",
                expected=f"at most {max(available, 0):.2f}",
            )

    @api.model
    def _check_buyer(self, sale, findings):
        """Who must be identified: NG 05-2019 and Formato e-CF, área Comprador."""
        buyer = sale.buyer
        for problem in identity.buyer_problem(
            sale.document_type.nu_buyer_rule,
            Decimal(str(sale.amount_total)),
            tax_id=buyer.vat or None,
            foreign_id=buyer.nu_foreign_id or None,
            name=buyer.name or None,
            threshold=self._threshold(),
        ):
            findings.add(
                problem.code, "partner_id", problem.message, given=buyer.vat or None
            )

    @api.model
    def _threshold(self):
        """Consumer sales from this total, taxes included, name their buyer."""
        return Decimal(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("nu_pos.consumer_threshold", "250000")
        )
