"""Why a document does not do, in the words of the sale.

>>> path = "DetallesItems/Item[3]/NombreItem"
>>> Problem("too_long", path, ("80",)).message
'line 3: the name is longer than 80 characters'

A code is stable; messages and words are data, so that a caller may say them in another
language: ``problem.say(messages, words)``.
"""

import re
from dataclasses import dataclass

#: Code: message. ``{what}`` is the element in words, ``{0}`` ... what the case adds.
MESSAGES = {
    # Of the table
    "not_xml": "the document {0}",
    "unknown_document": "{0} is no fiscal document",
    "not_allowed": "{what} is not allowed in a document of type {0}",
    "unknown": "{what} is not known in this place",
    "missing": "{what} is missing",
    "repeated": "{what} stands more than {0} times",
    "order": "{what} stands in the wrong place",
    "empty": "{what} is empty",
    "attribute": "{what} must not have attributes",
    "not_text": "{what} must be a plain text",
    "stray_text": "{what} holds text outside of its elements",
    "not_signed": "the signature is missing",
    "too_long": "{what} is longer than {0} characters",
    "control": "{what} has a character that XML cannot carry",
    "not_amount": "{what} is no amount with the decimals that DGII takes",
    "not_positive": "{what} must be greater than zero",
    "not_listed": "{what} is none of {0}",
    "not_between": "{what} is not between {0}",
    "not_rnc": "{what} is no RNC (9 digits) nor cedula (11 digits)",
    "not_encf": "{what} is no e-NCF (E and 12 digits)",
    "not_ncf": "{what} is no NCF (11, 13 or 19 characters)",
    "not_security": "{what} is not of 6 characters",
    "not_phone": "{what} is not written as 809-555-0000",
    "not_email": "{what} is no e-mail address that DGII takes",
    "not_place": "{what} is no code of a province or municipality",
    "not_tax": "{what} is no code of an additional tax",
    "not_unit": "{what} is no unit of measure of DGII's",
    "not_currency": "{what} is no currency of DGII's",
    "not_digits": "{what} is not of 1 to {0} digits",
    "not_letters": "{what} is not of letters only, {0} at most",
    "not_words": "{what} is not of letters, digits and spaces, {0} at most",
    "not_date": "{what} is no day as dd-mm-yyyy",
    "not_moment": "{what} is no moment as dd-mm-yyyy hh:mm:ss",
    # Of the sale
    "unreadable": "{what} cannot be read",
    "wrong_type": "the e-NCF {0} is not of type {1}",
    "line_number": "{what} should be {0}",
    "line_amount": "{what} is {0}, but price, quantity and discounts give {1}",
    "negative_line": "price, quantity and discounts give less than zero",
    "parts": "{what} is {0}, but its parts give {1}",
    "parts_missing": "{what} has an amount without its parts",
    "percent_amount": "{what} is {0}, but its percentage gives {1}",
    "billing": "a document of type {0} takes {1} lines only",
    "service_only": "a payment abroad is for services only",
    "withheld_exempt": "{what} must be 0.00 on an exempt line",
    "tax_of_type": "the additional tax {0} is not for a document of type {1}",
    "price_basis_missing": "{what} must be given, as there are taxed lines",
    "price_basis": "{what} must not be given, as no line is taxed",
    "total": "{what} is {0}, but the lines give {1}",
    "sum": "{what} is {0}, but what it adds up gives {1}",
    "total_absent": "{what} is absent, but the lines give {0}",
    "total_extra": "{what} is given, but no line gives it",
    "adjustment": "the discounts are greater than the lines they touch",
    "adjustment_percent": "{what} must be a percentage, as taxes differ between lines",
    "adjustment_kind": "{what} does not say {0}",
    "RNC_REQUIRED": "{0}",
    "RNC_INVALID": "{0}",
    "reference_missing": "{what} is missing: the document names another one",
    "reference_code": "a document of type {0} cannot have {what} {1}",
    "reference_type": "{what} {0} cannot be modified so by type {1}",
    "reference_self": "{what} is the document itself",
    "reference_date": "{what} is later than the document",
    "note_indicator": "{what} should be {0}: the modified document is {1} days old",
    "text_correction": "a correction of text has a total of 0.00",
    "payment_sum": "{what} add up to {0}, but {1} is to be paid",
    "free_payment": "what is free of charge has no payments",
    "free_credit": "a fiscal credit invoice cannot be free of charge",
    "voucher": "a gift voucher pays consumer invoices only",
    "due_date_missing": "{what} is missing: the sale is on credit",
    "due_date": "{what} is before the day of issue",
    "expired": "the sequence of the e-NCF ended on {0}",
    "future": "the day of issue is after the signature",
    "currency_missing": "{what} is missing: the sale is in another currency",
    "currency_total": "{what} is {0}, which at the rate of exchange is {1}",
    "annulment_range": "{what}: {0} to {1} is no range of one type",
    "annulment_count": "{what} is {0}, but the ranges hold {1}",
    "not_summarised": "{what} of {0} is for the whole e-CF, not for a summary",
    "reason_missing": "{what} is missing: the document is refused",
    "reason_extra": "{what} is given, but the document is not refused",
    "schema": "{0}",
}

#: Element: what a person calls it. Any other is called by its own name.
WORDS = {
    "NombreItem": "the name",
    "DescripcionItem": "the description",
    "CantidadItem": "the quantity",
    "UnidadMedida": "the unit",
    "PrecioUnitarioItem": "the price",
    "MontoItem": "the amount",
    "DescuentoMonto": "the discount",
    "RecargoMonto": "the surcharge",
    "NumeroLinea": "the line number",
    "IndicadorFacturacion": "the ITBIS treatment",
    "IndicadorBienoServicio": "good or service",
    "CodigoItem": "the item code",
    "TipoImpuesto": "the additional tax",
    "RNCEmisor": "the issuer's RNC",
    "RazonSocialEmisor": "the issuer's name",
    "NombreComercial": "the issuer's trade name",
    "DireccionEmisor": "the issuer's address",
    "Sucursal": "the branch",
    "TelefonoEmisor": "the issuer's phone",
    "CorreoEmisor": "the issuer's e-mail",
    "Comprador": "the buyer",
    "RNCComprador": "the buyer's RNC",
    "RazonSocialComprador": "the buyer's name",
    "IdentificadorExtranjero": "the buyer's foreign identity",
    "DireccionComprador": "the buyer's address",
    "CorreoComprador": "the buyer's e-mail",
    "TelefonoAdicional": "the buyer's phone",
    "eNCF": "the e-NCF",
    "TipoeCF": "the type of document",
    "FechaVencimientoSecuencia": "the expiry of the sequence",
    "FechaEmision": "the day of issue",
    "FechaLimitePago": "the due date",
    "FechaHoraFirma": "the moment of signature",
    "TipoIngresos": "the type of income",
    "TipoPago": "the payment terms",
    "TablaFormasPago": "the payments",
    "FormaPago": "the payment method",
    "MontoPago": "the payment",
    "IndicadorMontoGravado": "whether prices hold ITBIS",
    "IndicadorNotaCredito": "the note's 30-day mark",
    "NCFModificado": "the modified NCF",
    "FechaNCFModificado": "the day of the modified NCF",
    "CodigoModificacion": "the modification code",
    "RazonModificacion": "the reason of the modification",
    "InformacionReferencia": "the reference to the modified document",
    "MontoTotal": "the total",
    "MontoGravadoTotal": "the taxed amount",
    "MontoGravadoI1": "the amount taxed at 18 %",
    "MontoGravadoI2": "the amount taxed at 16 %",
    "MontoGravadoI3": "the amount taxed at 0 %",
    "MontoExento": "the exempt amount",
    "TotalITBIS": "the ITBIS",
    "TotalITBIS1": "the ITBIS of 18 %",
    "TotalITBIS2": "the ITBIS of 16 %",
    "TotalITBIS3": "the ITBIS of 0 %",
    "MontoImpuestoAdicional": "the additional taxes",
    "OtrosImpuestosAdicionales": "the other additional tax",
    "MontoNoFacturable": "the amount not invoiced",
    "TotalITBISRetenido": "the ITBIS withheld",
    "TotalISRRetencion": "the ISR withheld",
    "DetallesItems": "the lines",
    "DescuentosORecargos": "the discounts of the document",
    "DetalleMotivoRechazo": "the reason of the refusal",
    "CodigoMotivoNoRecibido": "the reason of the refusal",
    "CodigoSeguridadeCF": "the security code",
}

_PLACES = (
    (re.compile(r"DetallesItems/Item\[(\d+)\]"), "line {}: "),
    (re.compile(r"DescuentoORecargo\[(\d+)\]"), "document discount {}: "),
    (re.compile(r"FormaDePago\[(\d+)\]"), "payment {}: "),
)


@dataclass(frozen=True)
class Problem:
    """``path`` is the element, as ``DetallesItems/Item[3]/NombreItem``."""

    code: str
    path: str
    values: tuple[str, ...] = ()

    def say(self, messages: dict[str, str], words: dict[str, str]) -> str:
        """The message with a caller's own messages and words."""
        name = self.path.rpartition("/")[2].partition("[")[0]
        what = words.get(name, name or "the document")
        said = messages[self.code].format(*self.values, what=what)
        for place, prefix in _PLACES:
            if found := place.search(self.path):
                return messages.get(prefix, prefix).format(found[1]) + said
        return said

    @property
    def message(self) -> str:
        """The message in English."""
        return self.say(MESSAGES, WORDS)


def line_path(number: int, element: str = "") -> str:
    """Path of a line, the first is 1, or of an element of it."""
    path = f"DetallesItems/Item[{number}]"
    return f"{path}/{element}" if element else path
