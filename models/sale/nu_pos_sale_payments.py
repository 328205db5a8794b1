"""How a sale is paid."""

from odoo import api, models

from ..runtime.reference_resolver import ReferenceResolver


class NuPosSale(models.AbstractModel):
    """Judges the payments of a :class:`~.nu_pos_sale.Sale`; writes nothing."""

    _inherit = "nu.pos.sale"

    @api.model
    def _settle_payments(self, sale, findings):
        currency = sale.config.currency_id
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
        rule = config._nu_cash_rule()
        if not rule or (
            config.only_round_cash_method
            and not any(method.is_cash_count for method, _a, _w in sale.payments)
        ):
            return sale.amount_total
        return currency.round(rule.round(sale.amount_total))

    @api.model
    def _resolve_methods(self, sale, wires, findings):
        """``{index: pos.payment.method}``; a credit without a method means the
        register's customer account."""
        config = sale.config
        account = config.payment_method_ids.filtered(lambda m: m.type == "pay_later")
        methods, references = {}, []
        for index, wire in wires:
            if wire.payment_method_id or wire.payment_method:
                name = (
                    "payment_method_id" if wire.payment_method_id else "payment_method"
                )
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
        found = ReferenceResolver(self.env).many(
            "payment_method", references, findings, config, sale.past
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
    def _check_credit(self, sale, findings, unit=None):
        """A sale on account fits under the customer's limit, or somebody may let it
        through. Two of them on one account are judged one after the other, however
        each names the customer: the limit is the company's whose contacts they are.
        """
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
        company, currency = sale.config.company_id, sale.config.currency_id
        if unit:
            account = sale.buyer.commercial_partner_id
            unit.lock(f"nu_pos_credit:{company.id}:{account.id}")
        limit, balance = sale.buyer._nu_credit(company)
        available = limit - balance
        if currency.compare_amounts(on_account, available) <= 0:
            return
        if not self._may_exceed(sale, on_account):
            findings.add(
                "CREDIT_LIMIT",
                "payments",
                f"{available:.2f} of the credit limit of {limit:.2f} are available",
                given=f"{on_account:.2f}",
                expected=f"at most {max(available, 0):.2f}",
            )

    @api.model
    def _may_exceed(self, sale, on_account):
        """The caller's own right, or an approval that is used up with the sale."""
        if self.env["nu.pos.permission"].resolve(sale.config)["credit_over_limit"]:
            sale.warn("CREDIT_LIMIT", "payments", "over the customer's credit limit")
            return True
        uses = sale.wire.approvals
        if not any(use.type == "credit_over_limit" for use in uses or ()):
            return False
        needed = [("credit_over_limit", on_account)]
        self.env["nu.pos.approval"].check_shown(
            uses, needed, sale.register, sale.wire.pos_reference
        )
        sale.needed += needed
        return True
