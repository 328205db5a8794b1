"""Tables of codes of formats 606, 607 and 609 (NG 07-2018, NG 10-2018).

Those of 608 are ``fiscal.annulment``. Names are DGII's, in Spanish: the files and the
forms have no others.

>>> EXPENSES["09"]
'Compras y gastos que formarán parte del costo de venta'
"""


def _numbered(*names):
    return {f"{number:02}": name for number, name in enumerate(names, 1)}


#: 606 column 2 and 607 column 2.
IDENTITIES_606 = {"1": "RNC", "2": "Cédula"}
IDENTITIES_607 = {**IDENTITIES_606, "3": "Pasaporte / ID extranjera"}
#: 609 column 2.
IDENTITIES_609 = {"1": "Persona física", "2": "Persona jurídica"}

#: 606 column 3, tipo de bienes y servicios comprados.
EXPENSES = _numbered(
    "Gastos de personal",
    "Gastos por trabajos, suministros y servicios",
    "Arrendamientos",
    "Gastos de activos fijos",
    "Gastos de representación",
    "Otras deducciones admitidas",
    "Gastos financieros",
    "Gastos extraordinarios",
    "Compras y gastos que formarán parte del costo de venta",
    "Adquisiciones de activos",
    "Gastos de seguros",
)

#: 606 column 17, tipo de retención en ISR.
INCOME_TAX_WITHHOLDINGS = _numbered(
    "Alquileres",
    "Honorarios por servicios",
    "Otras rentas",
    "Otras rentas (rentas presuntas)",
    "Intereses pagados a personas jurídicas residentes",
    "Intereses pagados a personas físicas residentes",
    "Retención por proveedores del Estado",
    "Juegos telefónicos",
    "Retenciones subsector ganadería de carne bovina",
)

#: 606 column 23, forma de pago.
PAYMENT_FORMS = _numbered(
    "Efectivo",
    "Cheques/Transferencias/Depósito",
    "Tarjeta Crédito/Débito",
    "Compra a crédito",
    "Permuta",
    "Notas de crédito",
    "Mixto",
)
CREDIT_NOTE_FORM = "06"

#: 607 column 5, tipo de ingreso.
INCOMES = _numbered(
    "Ingresos por operaciones (no financieros)",
    "Ingresos financieros",
    "Ingresos extraordinarios",
    "Ingresos por arrendamientos",
    "Ingresos por venta de activo depreciable",
    "Otros ingresos",
)

#: 609 column 5, tipo de servicio adquirido.
SERVICES_ABROAD = _numbered(
    "Gastos de personal",
    "Trabajos, suministros y servicios",
    "Arrendamientos",
    "Activos fijos",
    "Representación",
    "Financieros",
    "Seguros",
    "Regalías e intangibles",
)
#: 609 column 6; the first digit is the service of column 5. The instructivo has the
#: names without numbers; these are the ones in use.
SERVICE_DETAILS = {
    "11": "Sueldos y salarios",
    "12": "Otros gastos de personal",
    "21": "Honorarios por servicios profesionales (personas morales)",
    "22": "Honorarios por servicios profesionales (personas físicas)",
    "23": "Seguridad, mensajería, transporte y otros (personas físicas)",
    "24": "Seguridad, mensajería, transporte y otros (personas morales)",
    "31": "Inmuebles a personas físicas",
    "32": "Inmuebles a personas morales",
    "33": "Otros arrendamientos",
    "41": "Reparación",
    "42": "Mantenimiento",
    "51": "Relaciones públicas",
    "52": "Publicidad promocional",
    "53": "Promocional",
    "54": "Otros gastos de representación",
    "61": "Préstamos con bancos",
    "62": "Préstamos con financieras",
    "63": "Préstamos con personas físicas",
    "64": "Préstamos con organismos internacionales",
    "65": "Otros gastos financieros",
    "71": "Gastos de seguro",
    "81": "Cesión o uso de marca",
    "82": "Transferencia de know-how",
    "83": "Cesión o uso de patente",
    "84": "Otras regalías",
}
#: 609 column 7, parte relacionada.
RELATED = {"0": "No", "1": "Sí"}

#: Tipo de bienes y servicios comprados of format 606.
EXPENSE_TYPES = [
    ("01", "01 Personnel"),
    ("02", "02 Work, supplies and services"),
    ("03", "03 Leases"),
    ("04", "04 Fixed assets (expenses)"),
    ("05", "05 Representation"),
    ("06", "06 Other deductions admitted"),
    ("07", "07 Financial"),
    ("08", "08 Extraordinary"),
    ("09", "09 Part of the cost of sales"),
    ("10", "10 Acquisition of assets"),
    ("11", "11 Insurance"),
]
