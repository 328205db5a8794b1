"""Base and tax of a sale by kind and rate, as its receipt prints them."""


class TaxTotals:
    """Adds up lines; kept on the order, because a rate may change after the sale.

    Kinds are those of ``account.tax.nu_kind``, and ``exempt`` for what bears no ITBIS.
    Rates in percent, amounts in the register's currency with the sign of the line.
    """

    def __init__(self, currency):
        self.currency = currency
        self.sums = {}

    def add(self, kind, rate, base, amount):
        sums = self.sums.setdefault((kind, rate), [0.0, 0.0])
        sums[0] += base
        sums[1] += amount

    def add_base_line(self, base_line, sign=1):
        """Add a line that core's tax engine has computed.

        :param sign: -1 where the engine computed a return as a sale
        """
        is_taxed = False
        details = base_line["tax_details"]
        for data in details["taxes_data"]:
            tax = data["tax"]
            kind = _kind(tax)
            is_taxed = is_taxed or kind in ("itbis", "exempt")
            base, amount = data["base_amount_currency"], data["tax_amount_currency"]
            self.add(kind, tax.amount, sign * base, sign * amount)
        if not is_taxed:
            net = (
                details["total_excluded_currency"]
                + details["delta_total_excluded_currency"]
            )
            self.add("exempt", 0.0, sign * net, 0.0)

    def add_piece(self, taxes, net, itbis, tip):
        """Add a part of a line whose amounts are given.

        :param taxes: of the line, groups resolved
        """
        kinds = {_kind(tax): tax.amount for tax in taxes}
        if "itbis" in kinds:
            self.add("itbis", kinds["itbis"], net, itbis)
        else:
            self.add("exempt", 0.0, net, 0.0)
        if "tip" in kinds:
            self.add("tip", kinds["tip"], net, tip)

    def as_list(self):
        """``[{kind, rate, base, amount}]``, taxes first, the highest rate first."""
        round_ = self.currency.round
        ordered = sorted(
            self.sums.items(), key=lambda item: (_ORDER.get(item[0][0], 9), -item[0][1])
        )
        return [
            {"kind": kind, "rate": rate, "base": round_(base), "amount": round_(amount)}
            for (kind, rate), (base, amount) in ordered
        ]


_ORDER = {"itbis": 0, "exempt": 1, "isc": 2, "other": 3, "tip": 4}


def _kind(tax):
    """Kind of a tax; ITBIS at 0 % is how the chart says exempt."""
    if tax.nu_is_tip:
        return "tip"
    if tax.nu_kind == "itbis" and not tax.amount:
        return "exempt"
    return tax.nu_kind or "other"
