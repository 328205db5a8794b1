"""Reasons for which a number may be annulled (format 608, column 3).

Codes of NG 07-2018 as modified by NG 10-2018. Lists from before 2018 have a
"duplicate invoice" as 04 and shift the rest; they are not in force.

>>> ANNULMENT_REASONS["08"].spanish
'Errores en secuencia de NCF'
"""

from typing import NamedTuple


class AnnulmentReason(NamedTuple):
    """``code`` keeps its leading zero, as the file carries it."""

    code: str
    spanish: str
    english: str


_REASONS = (
    ("01", "Deterioro de factura preimpresa", "Damaged pre-printed invoice"),
    (
        "02",
        "Errores de impresión (factura preimpresa)",
        "Printing errors (pre-printed invoice)",
    ),
    ("03", "Impresión defectuosa", "Defective printing"),
    ("04", "Corrección de la información", "Correction of the information"),
    ("05", "Cambio de productos", "Change of products"),
    ("06", "Devolución de productos", "Return of products"),
    ("07", "Omisión de productos", "Omission of products"),
    ("08", "Errores en secuencia de NCF", "Errors in the NCF sequence"),
    ("09", "Por cese de operaciones", "Cessation of operations"),
    ("10", "Pérdida o hurto de talonarios", "Loss or theft of receipt books"),
)

#: {code: AnnulmentReason}
ANNULMENT_REASONS: dict[str, AnnulmentReason] = {
    code: AnnulmentReason(code, spanish, english) for code, spanish, english in _REASONS
}
