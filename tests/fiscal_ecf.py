"""Sales of every type of e-CF, and DGII's schemas, for the tests of ``fiscal.ecf``."""

import os
from datetime import date, datetime
from decimal import Decimal as D
from functools import cache
from pathlib import Path
from unittest import SkipTest

from odoo.addons.nu_restaurant_pos.fiscal.ecf.build import complete
from odoo.addons.nu_restaurant_pos.fiscal.ecf.description import (
    Adjustment,
    Buyer,
    Document,
    ForeignTotals,
    Issuer,
    ItemCode,
    Line,
    LineDiscount,
    Payment,
    Reference,
    Retention,
)

FILES = Path(__file__).parent / "files" / "ecf"
_DEFAULT = Path(__file__).resolve().parents[2] / "shared"
_SHARED = Path(os.environ.get("NU_SHARED") or _DEFAULT) / "fiscal"
_SCHEMAS = {name: f"{name} v.1.0.xsd" for name in ("ACECF", "ANECF")}
_SCHEMAS.update(ARECF="ARECF v1.0.xsd", RFCE="RFCE 32 v.1.0.xsd")

#: 20 November 2026, 21:15:03 in Santo Domingo.
SIGNED_AT = datetime(2026, 11, 21, 1, 15, 3)
TODAY = date(2026, 11, 20)
ISSUER = Issuer(
    rnc="131246796",
    name="RESTAURANTE EJEMPLO SRL",
    trade_name="Fogón & Brasa",
    address="CALLE EJEMPLO 1",
    municipality="010100",
    province="010000",
    phones=("809-555-0000",),
    email="facturas@ejemplo.do",
)
COMPANY = Buyer(rnc="101672919", name="COMPRADOR EJEMPLO SRL")
TIP = ("001",)
_PLU = ItemCode(kind="PLU", code="7")
_DISCOUNTS = LineDiscount(percent=D("5")), LineDiscount(amount=D("20"))


def shared(*parts: str) -> bytes:
    """A file of DGII's own, which is not part of this program."""
    path = _SHARED.joinpath(*parts)
    if not path.is_file():
        raise SkipTest(f"shared: {path} is not here, NU_SHARED says where")
    return path.read_bytes()


@cache
def schema(document: str) -> bytes:
    """DGII's schema of a type of e-CF, or of ``RFCE`` and the like."""
    return shared("xsd", _SCHEMAS.get(document, f"e-CF {document} v.1.0.xsd"))


def line(name="Mofongo", quantity="1", price="100.00", billing=1, **values) -> Line:
    return Line(
        name=name, quantity=D(quantity), price=D(price), billing=billing, **values
    )


def sale(kind="32", lines=None, **values) -> Document:
    """A sale of a type; what a type demands beyond the lines is filled in."""
    defaults = {
        "encf": f"E{kind}0000000001",
        "issue_date": TODAY,
        "issuer": ISSUER,
        "lines": tuple(lines or (line(),)),
    }
    if kind not in ("32", "34"):
        defaults["sequence_expiry"] = date(2027, 12, 31)
    if kind in ("31", "41", "44", "45", "46"):
        defaults["buyer"] = COMPANY
    if kind in ("33", "34"):
        defaults["reference"] = Reference(
            ncf="E320000000009", issued=date(2026, 11, 10), code=3
        )
    return Document(kind=kind, **{**defaults, **values})


def ready(*args, **values) -> Document:
    """A complete sale."""
    return complete(sale(*args, **values), SIGNED_AT)


def dinner(**values) -> Document:
    """The worked example of the propina legal: 900.00 and 200.00, total 1,408.00."""
    lines = (
        line("Mofongo", "2", "450.00", unit=43, additional_taxes=TIP),
        line("Cerveza", "1", "200.00", unit=43, additional_taxes=TIP),
    )
    return sale(lines=lines, payments=(Payment(form=1, amount=D("1408.00")),), **values)


def of_every_type() -> dict[str, Document]:
    """One sale of each type, and a few kinds of sale that restaurants meet."""
    withheld = Retention(itbis=D("180.00"), isr=D("100.00"))
    return {
        "31": sale(
            "31",
            (
                line("Bandeja <mixta> \"Doña Ana\" & Cía", "3", "450.50", unit=57),
                line("Yogur", "12", "35.25", 2, codes=(_PLU,)),
                line("Agua", "0.375", "200.00", 4, unit=24, description="A granel"),
            ),
            terms=2,
            due_date=date(2026, 12, 20),
            adjustments=(
                Adjustment(description="Cliente", percent=D("10"), billing=1),
                Adjustment(description="Servicio", kind="R", amount=D("5"), billing=2),
            ),
        ),
        "32": dinner(),
        "32-grande": sale(
            lines=(line("Boda", "1", "250000.00", nature=2),),
            buyer=Buyer(foreign_id="X1234567", name="JANE DOE"),
        ),
        "32-cortesia": sale(lines=(line("Postre de la casa", "1", "0.00"),), terms=3),
        "33": sale("33", (line("Mora", "1", "75.00", nature=2),)),
        "34": sale(
            "34",
            (line("Cerveza", "1", "200.00", additional_taxes=TIP),),
            reference=Reference(
                ncf="E320000000001",
                issued=date(2026, 10, 1),
                code=1,
                reason="Devolución",
            ),
        ),
        "34-texto": sale(
            "34",
            (line("Nombre del comprador", "1", "1.00", 0, nature=2),),
            reference=Reference(ncf="E310000000001", issued=TODAY, code=2),
            buyer=COMPANY,
        ),
        "41": sale("41", (line("Pescado", "10", "100.00", retention=withheld),)),
        "43": sale("43", (line("Hielo", "4", "60.00", 4),)),
        "44": sale(
            "44", (line("Cena", "1", "900.00", 4, nature=2, additional_taxes=TIP),)
        ),
        "45": sale(
            "45",
            (
                line(
                    "Almuerzo ejecutivo",
                    "40",
                    "590.00",
                    discounts=_DISCOUNTS,
                ),
            ),
            prices_with_tax=1,
            payments=(Payment(form=2, amount=D("22400.00")),),
        ),
        "46": sale("46", (line("Salsa criolla", "100", "150.00", 3),)),
        "47": sale(
            "47",
            (line("Licencia", "1", "6000.00", 4, nature=2,
                  retention=Retention(isr=D("1620.00"))),),
            buyer=Buyer(name="SOFTWARE INC", foreign_id="533445888"),
            foreign=ForeignTotals(currency="USD", rate=D("60")),
        ),
    }  # fmt: skip
