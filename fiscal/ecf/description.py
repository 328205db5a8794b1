"""A sale, or a purchase, as an e-CF tells it.

Names say what the e-CF's elements mean; each field names its element. Amounts are
``Decimal`` in pesos, days ``date``, moments ``datetime`` (without a zone: UTC, as in
``fiscal.calendar``). None means that the element is absent, and what may be computed
(line numbers, amounts, totals) may be left at None: ``build.complete`` fills it.
"""

from dataclasses import MISSING, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum

from . import fields as el


class Billing(IntEnum):
    """IndicadorFacturacion: how ITBIS treats a line (Formato e-CF)."""

    NOT_INVOICED = 0
    ITBIS_18 = 1
    ITBIS_16 = 2
    ITBIS_0 = 3
    EXEMPT = 4


class Terms(IntEnum):
    """TipoPago."""

    CASH = 1
    CREDIT = 2
    FREE = 3


class Form(IntEnum):
    """FormaPago."""

    CASH = 1
    BANK = 2
    CARD = 3
    ON_CREDIT = 4
    GIFT_VOUCHER = 5
    BARTER = 6
    CREDIT_NOTE = 7
    OTHER = 8


class Change(IntEnum):
    """CodigoModificacion: what a document does to the one that it names."""

    ANNULS = 1
    CORRECTS_TEXT = 2
    CORRECTS_AMOUNTS = 3
    REPLACES_CONTINGENCY = 4
    FOLLOWS_CONSUMER_INVOICE = 5


GOOD, SERVICE = 1, 2
PROPINA_LEGAL = "001"
#: Who buys without a name: the schema wants the section, DGII no empty element.
ANONYMOUS = "CONSUMIDOR FINAL"


@dataclass(frozen=True, kw_only=True)
class Payment:
    """``form`` is a ``Form``."""

    form: int = el.number("FormaPago", MISSING)
    amount: Decimal = el.amount("MontoPago", MISSING)


@dataclass(frozen=True, kw_only=True)
class Issuer:
    rnc: str = el.text("RNCEmisor", MISSING)
    name: str = el.text("RazonSocialEmisor", MISSING)
    trade_name: str | None = el.text("NombreComercial")
    branch: str | None = el.text("Sucursal")
    address: str | None = el.text("DireccionEmisor")
    municipality: str | None = el.text("Municipio")
    province: str | None = el.text("Provincia")
    phones: tuple[str, ...] = el.many("TablaTelefonoEmisor/TelefonoEmisor")
    email: str | None = el.text("CorreoEmisor")
    website: str | None = el.text("WebSite")
    activity: str | None = el.text("ActividadEconomica")
    extras: dict = el.extras()


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Of a purchase (41, 47) the seller, who stands in the same place."""

    rnc: str | None = el.text("RNCComprador")
    foreign_id: str | None = el.text("IdentificadorExtranjero")
    name: str | None = el.text("RazonSocialComprador")
    contact: str | None = el.text("ContactoComprador")
    email: str | None = el.text("CorreoComprador")
    address: str | None = el.text("DireccionComprador")
    municipality: str | None = el.text("MunicipioComprador")
    province: str | None = el.text("ProvinciaComprador")
    phone: str | None = el.text("TelefonoAdicional")
    internal_code: str | None = el.text("CodigoInternoComprador")
    extras: dict = el.extras()


@dataclass(frozen=True, kw_only=True)
class ItemCode:
    kind: str = el.text("TipoCodigo", MISSING)
    code: str = el.text("CodigoItem", MISSING)


@dataclass(frozen=True, kw_only=True)
class LineDiscount:
    """``percent`` of the gross line, or ``amount`` alone."""

    kind: str | None = el.text("TipoSubDescuento")
    percent: Decimal | None = el.amount("SubDescuentoPorcentaje")
    amount: Decimal | None = el.amount("MontoSubDescuento")


@dataclass(frozen=True, kw_only=True)
class LineSurcharge:
    kind: str | None = el.text("TipoSubRecargo")
    percent: Decimal | None = el.amount("SubRecargoPorcentaje")
    amount: Decimal | None = el.amount("MontoSubRecargo")


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What the payer of a line withholds: ``agent`` 1, or perceives: 2."""

    agent: int = el.number("IndicadorAgenteRetencionoPercepcion", 1)
    itbis: Decimal | None = el.amount("MontoITBISRetenido")
    isr: Decimal | None = el.amount("MontoISRRetenido")


@dataclass(frozen=True, kw_only=True)
class Subquantity:
    quantity: Decimal | None = el.amount("Subcantidad", places=3)
    unit: int | None = el.number("CodigoSubcantidad")


@dataclass(frozen=True, kw_only=True)
class ForeignLine:
    """A line in the other currency."""

    price: Decimal | None = el.amount("PrecioOtraMoneda", places=4)
    discount: Decimal | None = el.amount("DescuentoOtraMoneda")
    surcharge: Decimal | None = el.amount("RecargoOtraMoneda")
    amount: Decimal | None = el.amount("MontoItemOtraMoneda")


@dataclass(frozen=True, kw_only=True)
class Line:
    """``billing`` is a ``Billing``; ``amount`` = price x quantity - discounts +
    surcharges. ``additional_taxes`` are codes of Tabla I: 001 for the propina legal.
    The reference quantities serve the selective taxes of producers only.
    """

    number: int | None = el.number("NumeroLinea")
    codes: tuple[ItemCode, ...] = el.many("TablaCodigosItem/CodigosItem", ItemCode)
    billing: int = el.number("IndicadorFacturacion", MISSING)
    retention: Retention | None = el.one("Retencion", Retention)
    name: str = el.text("NombreItem", MISSING)
    nature: int = el.number("IndicadorBienoServicio", GOOD)
    description: str | None = el.text("DescripcionItem")
    quantity: Decimal = el.amount("CantidadItem", MISSING)
    unit: int | None = el.number("UnidadMedida")
    reference_quantity: Decimal | None = el.amount("CantidadReferencia")
    reference_unit: int | None = el.number("UnidadReferencia")
    subquantities: tuple[Subquantity, ...] = el.many(
        "TablaSubcantidad/SubcantidadItem", Subquantity
    )
    alcohol: Decimal | None = el.amount("GradosAlcohol")
    reference_price: Decimal | None = el.amount("PrecioUnitarioReferencia")
    price: Decimal = el.amount("PrecioUnitarioItem", MISSING, places=4)
    discount: Decimal | None = el.amount("DescuentoMonto")
    discounts: tuple[LineDiscount, ...] = el.many(
        "TablaSubDescuento/SubDescuento", LineDiscount
    )
    surcharge: Decimal | None = el.amount("RecargoMonto")
    surcharges: tuple[LineSurcharge, ...] = el.many(
        "TablaSubRecargo/SubRecargo", LineSurcharge
    )
    additional_taxes: tuple[str, ...] = el.many(
        "TablaImpuestoAdicional/ImpuestoAdicional", leaf="TipoImpuesto"
    )
    foreign: ForeignLine | None = el.one("OtraMonedaDetalle", ForeignLine)
    amount: Decimal | None = el.amount("MontoItem")
    extras: dict = el.extras()


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """Discount (``D``) or surcharge (``R``) of the whole document.

    It touches the lines of one ``billing``, and is net of ITBIS even where the
    prices are not. ``percent`` is of those lines.
    """

    number: int | None = el.number("NumeroLinea")
    kind: str = el.text("TipoAjuste", "D")
    description: str | None = el.text("DescripcionDescuentooRecargo")
    value_kind: str | None = el.text("TipoValor")
    percent: Decimal | None = el.amount("ValorDescuentooRecargo")
    amount: Decimal | None = el.amount("MontoDescuentooRecargo")
    foreign_amount: Decimal | None = el.amount("MontoDescuentooRecargoOtraMoneda")
    billing: int | None = el.number("IndicadorFacturacionDescuentooRecargo")
    extras: dict = el.extras()


@dataclass(frozen=True, kw_only=True)
class AdditionalTax:
    """Total of one code of Tabla I; ``rate`` is a percentage, or pesos per unit."""

    code: str | None = el.text("TipoImpuesto")
    rate: Decimal | None = el.amount("TasaImpuestoAdicional")
    specific: Decimal | None = el.amount("MontoImpuestoSelectivoConsumoEspecifico")
    ad_valorem: Decimal | None = el.amount("MontoImpuestoSelectivoConsumoAdvalorem")
    other: Decimal | None = el.amount("OtrosImpuestosAdicionales")


@dataclass(frozen=True, kw_only=True)
class Totals:
    """1, 2 and 3 are the ITBIS of 18, 16 and 0 per cent; ``taxed`` is without it."""

    taxed: Decimal | None = el.amount("MontoGravadoTotal")
    taxed_1: Decimal | None = el.amount("MontoGravadoI1")
    taxed_2: Decimal | None = el.amount("MontoGravadoI2")
    taxed_3: Decimal | None = el.amount("MontoGravadoI3")
    exempt: Decimal | None = el.amount("MontoExento")
    rate_1: int | None = el.number("ITBIS1")
    rate_2: int | None = el.number("ITBIS2")
    rate_3: int | None = el.number("ITBIS3")
    itbis: Decimal | None = el.amount("TotalITBIS")
    itbis_1: Decimal | None = el.amount("TotalITBIS1")
    itbis_2: Decimal | None = el.amount("TotalITBIS2")
    itbis_3: Decimal | None = el.amount("TotalITBIS3")
    additional: Decimal | None = el.amount("MontoImpuestoAdicional")
    additional_taxes: tuple[AdditionalTax, ...] = el.many(
        "ImpuestosAdicionales/ImpuestoAdicional", AdditionalTax
    )
    total: Decimal | None = el.amount("MontoTotal")
    not_invoiced: Decimal | None = el.amount("MontoNoFacturable")
    period: Decimal | None = el.amount("MontoPeriodo")
    previous_balance: Decimal | None = el.amount("SaldoAnterior")
    advance: Decimal | None = el.amount("MontoAvancePago")
    payable: Decimal | None = el.amount("ValorPagar")
    itbis_withheld: Decimal | None = el.amount("TotalITBISRetenido")
    isr_withheld: Decimal | None = el.amount("TotalISRRetencion")
    itbis_perceived: Decimal | None = el.amount("TotalITBISPercepcion")
    isr_perceived: Decimal | None = el.amount("TotalISRPercepcion")


@dataclass(frozen=True, kw_only=True)
class ForeignTotals:
    """The other currency: pesos for one unit, and the totals in it."""

    currency: str | None = el.text("TipoMoneda")
    rate: Decimal | None = el.amount("TipoCambio", places=4)
    taxed: Decimal | None = el.amount("MontoGravadoTotalOtraMoneda")
    taxed_1: Decimal | None = el.amount("MontoGravado1OtraMoneda")
    taxed_2: Decimal | None = el.amount("MontoGravado2OtraMoneda")
    taxed_3: Decimal | None = el.amount("MontoGravado3OtraMoneda")
    exempt: Decimal | None = el.amount("MontoExentoOtraMoneda")
    itbis: Decimal | None = el.amount("TotalITBISOtraMoneda")
    itbis_1: Decimal | None = el.amount("TotalITBIS1OtraMoneda")
    itbis_2: Decimal | None = el.amount("TotalITBIS2OtraMoneda")
    itbis_3: Decimal | None = el.amount("TotalITBIS3OtraMoneda")
    additional: Decimal | None = el.amount("MontoImpuestoAdicionalOtraMoneda")
    total: Decimal | None = el.amount("MontoTotalOtraMoneda")
    extras: dict = el.extras()


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The document that this one modifies or replaces; ``code`` is a ``Change``."""

    ncf: str | None = el.text("NCFModificado")
    other_rnc: str | None = el.text("RNCOtroContribuyente")
    issued: date | None = el.day("FechaNCFModificado")
    code: int | None = el.number("CodigoModificacion")
    reason: str | None = el.text("RazonModificacion")


@dataclass(frozen=True, kw_only=True)
class Document:
    """One e-CF. ``kind`` is its type, "31" to "47"; ``terms`` is a ``Terms``.

    ``prices_with_tax`` (0 or 1) says whether the prices hold the ITBIS, for all
    lines; the propina legal is never inside a price (Formato e-CF field 7).
    ``totals`` given by the caller are kept: ``validate`` holds them against the lines.
    """

    version: str = el.text("Encabezado/Version", "1.0")
    kind: str = el.text("Encabezado/IdDoc/TipoeCF", MISSING)
    encf: str = el.text("Encabezado/IdDoc/eNCF", MISSING)
    note_indicator: int | None = el.number("Encabezado/IdDoc/IndicadorNotaCredito")
    sequence_expiry: date | None = el.day("Encabezado/IdDoc/FechaVencimientoSecuencia")
    deferred: int | None = el.number("Encabezado/IdDoc/IndicadorEnvioDiferido")
    prices_with_tax: int | None = el.number("Encabezado/IdDoc/IndicadorMontoGravado")
    income_type: str | None = el.text("Encabezado/IdDoc/TipoIngresos")
    terms: int | None = el.number("Encabezado/IdDoc/TipoPago")
    due_date: date | None = el.day("Encabezado/IdDoc/FechaLimitePago")
    term: str | None = el.text("Encabezado/IdDoc/TerminoPago")
    payments: tuple[Payment, ...] = el.many(
        "Encabezado/IdDoc/TablaFormasPago/FormaDePago", Payment
    )
    seller: str | None = el.text("Encabezado/Emisor/CodigoVendedor")
    internal_number: str | None = el.text("Encabezado/Emisor/NumeroFacturaInterna")
    order_number: str | None = el.text("Encabezado/Emisor/NumeroPedidoInterno")
    issue_date: date = el.day("Encabezado/Emisor/FechaEmision", MISSING)
    issuer: Issuer = el.one("Encabezado/Emisor", Issuer, MISSING)
    buyer: Buyer | None = el.one("Encabezado/Comprador", Buyer)
    totals: Totals | None = el.one("Encabezado/Totales", Totals)
    foreign: ForeignTotals | None = el.one("Encabezado/OtraMoneda", ForeignTotals)
    lines: tuple[Line, ...] = el.many("DetallesItems/Item", Line)
    adjustments: tuple[Adjustment, ...] = el.many(
        "DescuentosORecargos/DescuentoORecargo", Adjustment
    )
    reference: Reference | None = el.one("InformacionReferencia", Reference)
    signed_at: datetime | None = el.moment("FechaHoraFirma")
    extras: dict = el.extras()
