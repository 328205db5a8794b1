"""Consumer receipts (B02, E32): which of them the 607 lists, and the screen "Resumen
general de facturas de consumo" of Oficina Virtual.

The summary covers all consumer receipts of the month, also those that are listed one
by one; some guides count those below the threshold only, so both totals are kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from .columns import Problem
from .format607 import PAYMENTS, Sale, is_consumer, reaches_threshold
from .rules import CREDIT_NOTES, DEFAULTS, Settings, amount, type_code

_SUMMED = ("amount", "itbis", "isc", "other_taxes", "tip", *PAYMENTS)


@dataclass
class Totals:
    """Figures of the screen, in DOP; the last seven are the forms of sale, with taxes
    and propina."""

    count: int = 0
    amount: Decimal = Decimal("0.00")
    itbis: Decimal = Decimal("0.00")
    isc: Decimal = Decimal("0.00")
    other_taxes: Decimal = Decimal("0.00")
    tip: Decimal = Decimal("0.00")
    cash: Decimal = Decimal("0.00")
    bank: Decimal = Decimal("0.00")
    card: Decimal = Decimal("0.00")
    credit: Decimal = Decimal("0.00")
    voucher: Decimal = Decimal("0.00")
    barter: Decimal = Decimal("0.00")
    other_form: Decimal = Decimal("0.00")

    def add(self, row: Sale):
        """Count one receipt."""
        self.count += 1
        for name in _SUMMED:
            value = getattr(row, name)
            if value:
                setattr(self, name, getattr(self, name) + amount(value))

    def net(self, row: Sale):
        """Count one document of the sales book: a credit note is taken off."""
        before = {name: getattr(self, name) for name in _SUMMED}
        self.add(row)
        if type_code(row.ncf) in CREDIT_NOTES:
            for name in _SUMMED:
                setattr(self, name, 2 * before[name] - getattr(self, name))

    @property
    def paid(self) -> Decimal:
        """Sum of the forms of sale."""
        return sum((getattr(self, name) for name in PAYMENTS), Decimal(0))

    @property
    def total(self) -> Decimal:
        """Amount with taxes and propina; equals ``paid`` in a sound month."""
        return self.amount + self.itbis + self.isc + self.other_taxes + self.tip


def ledger_problems(book: Totals, ledger: Totals) -> Iterator[Problem]:
    """Where the sales book (all documents, ``Totals.net``) differs from the accounts of
    sales, ITBIS and propina legal."""
    for name, column in (("amount", 8), ("itbis", 9), ("tip", 16)):
        said, posted = getattr(book, name), getattr(ledger, name)
        if said != posted:
            message = f"The sales book adds up to {said:.2f}."
            expected = f"{posted:.2f}, as in the ledger"
            yield Problem("LEDGER", column, message, expected)


@dataclass
class ConsumerSummary:
    """``everything``: the figures for the screen; ``below``: of the receipts that are
    not listed."""

    settings: Settings = DEFAULTS
    everything: Totals = field(default_factory=Totals)
    below: Totals = field(default_factory=Totals)

    def listed(self, sales: Iterable[Sale]) -> Iterator[Sale]:
        """The lines of the 607 among all receipts of the month, in their order; the
        consumer receipts are added up on the way.

        Notes are listed whatever they modify; e-NCF are neither listed nor added up
        where the settings leave them out.
        """
        for sale in sales:
            takes = self.settings.electronic_sales or str(sale.ncf)[:1] != "E"
            if not takes:
                continue
            if not is_consumer(sale):
                yield sale
                continue
            self.everything.add(sale)
            if reaches_threshold(sale, self.settings):
                yield sale
            else:
                self.below.add(sale)

    def summarise(self, sales: Iterable[Sale]) -> "ConsumerSummary":
        """Only add up."""
        for _sale in self.listed(sales):
            pass
        return self
