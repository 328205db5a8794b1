"""What DGII asks of notes besides their form. Each rejection burns the number.

The rules of 23-09-2025 (no note on a note, none on what another note annulled as a
whole), and message 615: buyer and balance of the document that the note modifies.
"""

from .totals import amount

NOTES = ("33", "34")
_REFERENCE = "InformacionReferencia"
_BUYER = (
    "El RNC del comprador o Id extranjero de la nota de crédito no es válido, ya que "
    "no coincide con el RNC del comprador o Id extranjero de la factura que intenta "
    "modificar."
)
_BALANCE = (
    "El monto total de la nota de crédito no puede ser mayor al saldo disponible de la "
    "sumatoria de las operaciones relacionadas al comprobante referenciado"
)


def modified(root):
    """Number of the document that a document modifies; empty for none."""
    return (root.findtext(f"{_REFERENCE}/NCFModificado") or "").strip()


def problem(root, kind, issuer, books):
    """``(code, text)`` of what is wrong with a note, or None."""
    number = modified(root)
    if not number.startswith("E"):
        # a receipt on paper: DGII does not have it
        return None
    if number[1:3] in NOTES:
        return "0", "Una nota no puede modificar otra nota."
    original = books.valid(issuer, number)
    if original is None:
        return "614", "El eNCF modificado no ha sido emitido"
    notes = [one for one in books.valid_of(issuer) if modified(one.root) == number]
    if any(_annuls(one.root) for one in notes):
        return "0", f"El comprobante modificado {number} fue anulado por otra nota."
    if _buyer(root) != _buyer(original.root):
        return "615", _BUYER
    total = amount(root, "Encabezado/Totales/MontoTotal")
    if kind == "34" and total > _balance(original, notes):
        return "615", _BALANCE
    return None


def _annuls(root):
    kind = root.findtext("Encabezado/IdDoc/TipoeCF")
    return kind == "34" and root.findtext(f"{_REFERENCE}/CodigoModificacion") == "1"


def _buyer(root):
    buyer = "Encabezado/Comprador"
    return (
        root.findtext(f"{buyer}/RNCComprador")
        or root.findtext(f"{buyer}/IdentificadorExtranjero")
        or ""
    ).strip()


def _balance(original, notes):
    """What is left of a document after its notes; a peso of tolerance."""
    total = amount(original.root, "Encabezado/Totales/MontoTotal") + 1
    for one in notes:
        sign = -1 if one.encf[1:3] == "34" else 1
        total += sign * amount(one.root, "Encabezado/Totales/MontoTotal")
    return total
