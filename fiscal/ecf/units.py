"""Tabla IV of the Formato e-CF: units of measure, ``{code: (abbreviation, name)}``.

>>> UNITS[43], UNITS[24]
(('UND', 'Unidad'), ('LITRO', 'Litro'))
"""

_TABLE = """
BARR Barril|BOL Bolsa|BOT Bote|BULTO Bultos|BOTELLA Botella|CAJ Caja/Cajón
CAJETILLA Cajetilla|CM Centímetro|CIL Cilindro|CONJ Conjunto|CONT Contenedor|DÍA Día
DOC Docena|FARD Fardo|GL Galones|GRAD Grado|GR Gramo|GRAN Granel|HOR Hora|HUAC Huacal
KG Kilogramo|kWh Kilovatio hora|LB Libra|LITRO Litro|LOT Lote|M Metro
M2 Metro cuadrado|M3 Metro cúbico|MMBTU Millones de unidades térmicas|MIN Minuto
PAQ Paquete|PAR Par|PIE Pie|PZA Pieza|ROL Rollo|SOBR Sobre|SEG Segundo|TANQUE Tanque
TONE Tonelada|TUB Tubo|YD Yarda|YD2 Yarda cuadrada|UND Unidad|EA Elemento
MILLAR Millar|SAC Saco|LAT Lata|DIS Display|BID Bidón|RAC Ración|Q Quintal
GRT Toneladas de registro bruto|P2 Pie cuadrado|PAX Pasajero|PULG Pulgadas
STAY Parqueo barcos en muelle|BDJ Bandeja|HA Hectárea|ML Mililitro|MG Miligramo
OZ Onzas|OZT Onzas troy
"""

UNITS: dict[int, tuple[str, str]] = {
    code: tuple(entry.split(" ", 1))
    for code, entry in enumerate(_TABLE.strip().replace("\n", "|").split("|"), 1)
}
UNIT = 43
