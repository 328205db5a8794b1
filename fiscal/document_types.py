"""Table of the fiscal document types of both series.

One truth: the records of ``l10n_latam.document.type`` say what this table says.
"""

from dataclasses import dataclass
from enum import Enum


class Series(str, Enum):
    """Letter of a series. A member equals its letter: ``Series.PAPER == "B"``."""

    PAPER = "B"
    ELECTRONIC = "E"

    __str__ = str.__str__

    @property
    def digits(self) -> int:
        return 10 if self is Series.ELECTRONIC else 8


@dataclass(frozen=True)
class DocumentType:
    """What the norms say of one type of document.

    ``expires``
        the authorised sequence ends on 31 December of the next year. Not so for
        consumer invoices, credit notes and the single income record (NG 06-2018;
        Formato e-CF field 4). Debit notes do expire.
    ``buyer``
        ``required``, ``threshold`` (from RD$250,000), ``special`` (tax id or the
        identity of an exempt foreigner), ``name`` (a name and no identity), ``none``,
        ``optional`` or ``as_original`` (a note follows the document it modifies):
        Formato e-CF fields 38 to 40.
    ``exempt``
        every line is exempt of ITBIS, whatever the product says (Formato e-CF
        notes 50 and 51).
    ``direction``
        ``purchase`` for what the buyer issues to itself (NG 05-2019).
    ``twin``
        the same type in the other series.
    ``active``
        offered without being asked for; the single income record is for a few
        authorised sectors only.
    """

    prefix: str
    name_es: str
    name_en: str
    buyer: str
    words: tuple[str, ...]
    twin: str | None = None
    expires: bool = True
    internal_type: str = "invoice"
    direction: str = "sale"
    active: bool = True
    exempt: bool = False

    @property
    def series(self) -> Series:
        return Series(self.prefix[0])

    @property
    def code(self) -> str:
        return self.prefix[1:]

    @property
    def electronic(self) -> bool:
        return self.series is Series.ELECTRONIC

    @property
    def needs_reference(self) -> bool:
        """A note must name the number that it modifies (Formato e-CF section F)."""
        return self.internal_type != "invoice"

    @property
    def title(self) -> str:
        """Title in words, as the receipt carries it (Decreto 254-06 art. 8)."""
        return self.name_es.upper()


def _pair(
    prefix, twin, name_es, twin_es, name_en, buyer, words, twin_buyer=None, **rules
):
    """The paper type and its electronic twin, which share nearly all their rules."""
    yield DocumentType(prefix, name_es, name_en, buyer, words, twin, **rules)
    if twin:
        twin_en = f"Electronic {name_en[0].lower()}{name_en[1:]}"
        twin_buyer = twin_buyer or buyer
        yield DocumentType(twin, twin_es, twin_en, twin_buyer, words, prefix, **rules)


# fmt: off
_PAIRS = (
    _pair("B01", "E31", "Factura de Crédito Fiscal",
          "Factura de Crédito Fiscal Electrónica", "Fiscal credit invoice",
          "required", ("credito_fiscal", "factura_credito_fiscal")),
    _pair("B02", "E32", "Factura de Consumo",
          "Factura de Consumo Electrónica", "Consumer invoice",
          "threshold", ("consumidor_final", "consumo", "factura_consumo"),
          expires=False),
    _pair("B03", "E33", "Nota de Débito",
          "Nota de Débito Electrónica", "Debit note",
          "as_original", ("nota_debito", "nota_de_debito"),
          internal_type="debit_note"),
    _pair("B04", "E34", "Nota de Crédito",
          "Nota de Crédito Electrónica", "Credit note",
          "as_original", ("nota_credito", "nota_de_credito"),
          internal_type="credit_note", expires=False),
    _pair("B11", "E41", "Comprobante de Compras",
          "Comprobante de Compras Electrónico", "Purchase receipt",
          "required", ("compras", "proveedor_informal"), direction="purchase"),
    _pair("B12", None, "Registro Único de Ingresos",
          None, "Single income record",
          "none", ("registro_unico", "registro_unico_ingresos"),
          expires=False, active=False),
    _pair("B13", "E43", "Comprobante para Gastos Menores",
          "Comprobante para Gastos Menores Electrónico", "Minor expenses receipt",
          "none", ("gastos_menores",), direction="purchase", exempt=True),
    _pair("B14", "E44", "Comprobante de Regímenes Especiales",
          "Comprobante para Regímenes Especiales Electrónico",
          "Special regimes receipt",
          "special", ("regimen_especial", "regimenes_especiales"), exempt=True),
    _pair("B15", "E45", "Comprobante Gubernamental",
          "Comprobante Gubernamental Electrónico", "Government receipt",
          "required", ("gubernamental",)),
    _pair("B16", "E46", "Comprobante para Exportaciones",
          "Comprobante para Exportaciones Electrónico", "Export receipt",
          "optional", ("exportacion", "exportaciones"), twin_buyer="name"),
    _pair("B17", "E47", "Comprobante para Pagos al Exterior",
          "Comprobante para Pagos al Exterior Electrónico", "Payment abroad receipt",
          "none", ("pago_exterior", "pagos_exterior", "pagos_al_exterior"),
          twin_buyer="optional", direction="purchase", exempt=True),
)
# fmt: on

#: {prefix: DocumentType}, series B before series E.
DOCUMENT_TYPES: dict[str, DocumentType] = {
    kind.prefix: kind
    for kind in sorted(
        (kind for pair in _PAIRS for kind in pair), key=lambda kind: kind.prefix
    )
}
