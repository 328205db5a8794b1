"""Whether the amounts of a document agree with each other.

Written for the simulator alone, from the Informe Técnico sections 12 and 13, and not
with the addon's own code: two readings of the rule that must agree.
"""

from decimal import Decimal, InvalidOperation

_RATES = {"1": Decimal("0.18"), "2": Decimal("0.16"), "3": Decimal(0)}


def amount(root, path):
    """The amount at a path, 0 where it is missing."""
    try:
        return Decimal((root.findtext(path) or "0").strip())
    except InvalidOperation:
        return Decimal(0)


def contradictions(root):
    """``(rejections, remarks)``: texts of what makes it rejected, or conditional."""
    rejections, remarks = [], []
    totals = "Encabezado/Totales"
    total = amount(root, f"{totals}/MontoTotal")
    header = sum(
        amount(root, f"{totals}/{name}")
        for name in (
            "MontoGravadoTotal",
            "MontoExento",
            "TotalITBIS",
            "MontoImpuestoAdicional",
        )
    )
    lines = root.findall("DetallesItems/Item")
    allowed = Decimal(max(len(lines), 1))
    if abs(header - total) > allowed:
        remarks.append(f"MontoTotal {total} no coincide con sus componentes {header}.")
    additional = sum(
        amount(tax, name)
        for tax in root.iterfind(f"{totals}/ImpuestosAdicionales/ImpuestoAdicional")
        for name in (
            "MontoImpuestoSelectivoConsumoEspecifico",
            "MontoImpuestoSelectivoConsumoAdvalorem",
            "OtrosImpuestosAdicionales",
        )
    )
    given = amount(root, f"{totals}/MontoImpuestoAdicional")
    if abs(additional - given) > allowed:
        rejections.append(
            f"El monto de impuestos adicionales {given} no coincide con {additional}."
        )
    if lines:
        for line in lines:
            remarks += _line(line)
        computed = _from_lines(root, lines) + given
        if abs(computed - total) > allowed:
            remarks.append(
                f"MontoTotal {total} no coincide con el detalle {computed:.2f}."
            )
    return rejections, remarks


def _line(line):
    computed = (
        amount(line, "PrecioUnitarioItem") * amount(line, "CantidadItem")
        - amount(line, "DescuentoMonto")
        + amount(line, "RecargoMonto")
    )
    given = amount(line, "MontoItem")
    # a correction of text carries a price and an amount of its own
    if abs(computed - given) <= 1 or line.findtext("IndicadorFacturacion") == "0":
        return []
    number = line.findtext("NumeroLinea")
    return [f"MontoItem {given} de la línea {number} no coincide con {computed:.2f}."]


def _from_lines(root, lines):
    """Bases, exempt amounts and ITBIS of the lines and the global adjustments."""
    sums = {}
    for line in lines:
        kind = line.findtext("IndicadorFacturacion")
        sums[kind] = sums.get(kind, Decimal(0)) + amount(line, "MontoItem")
    included = root.findtext("Encabezado/IdDoc/IndicadorMontoGravado") == "1"
    if included:
        for kind, rate in _RATES.items():
            sums[kind] = sums.get(kind, Decimal(0)) / (1 + rate)
    for row in root.iterfind("DescuentosORecargos/DescuentoORecargo"):
        kind = row.findtext("IndicadorFacturacionDescuentooRecargo")
        sign = -1 if row.findtext("TipoAjuste") == "D" else 1
        change = sign * amount(row, "MontoDescuentooRecargo")
        sums[kind] = sums.get(kind, Decimal(0)) + change
    taxed = sum(sums.get(kind, 0) * (1 + rate) for kind, rate in _RATES.items())
    return taxed + sums.get("4", Decimal(0))
