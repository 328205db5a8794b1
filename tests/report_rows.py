"""Rows of a month for the formats 606 to 609."""

from datetime import date
from decimal import Decimal

from odoo.addons.nu_restaurant_pos.fiscal.reports import (
    files,
    format606,
    format607,
    format608,
    format609,
)

MONTH = files.Month("131246796", 2026, 10)
FORMATS = [module.FORMAT for module in (format606, format607, format608, format609)]


def pesos(text):
    return Decimal(text)


def october(day):
    return date(2026, 10, day)


def purchases():
    """Food from a company; a plumber without RNC, taxes withheld; a credit note."""
    return [
        format606.Purchase(
            "101850043",
            "1",
            "09",
            "B0100004567",
            None,
            october(3),
            payment_date=october(3),
            goods=pesos("5000.00"),
            total=pesos("5000.00"),
            itbis=pesos("900.00"),
            itbis_credit=pesos("900.00"),
            payment_form="02",
        ),
        format606.Purchase(
            "00113918205",
            "2",
            "02",
            "B1100000031",
            None,
            october(10),
            payment_date=october(10),
            services=pesos("2000.00"),
            total=pesos("2000.00"),
            itbis=pesos("360.00"),
            itbis_withheld=pesos("360.00"),
            itbis_credit=pesos("360.00"),
            isr_type="02",
            isr_withheld=pesos("200.00"),
            payment_form="01",
        ),
        format606.Purchase(
            "101850043",
            "1",
            "09",
            "E340000000012",
            "B0100004567",
            october(20),
            goods=pesos("100"),
            total=pesos("100"),
            itbis=pesos("18"),
            itbis_credit=pesos("18"),
            payment_form="06",
        ),
    ]


def sales():
    """Fiscal credit by card, a credit note on it, a great consumer receipt to a
    passport, a note on a small consumer receipt."""
    return [
        format607.Sale(
            "101850043",
            "1",
            "B0100000123",
            None,
            "01",
            october(5),
            amount=pesos("1000.00"),
            itbis=pesos("180.00"),
            tip=pesos("100.00"),
            card=pesos("1280.00"),
        ),
        format607.Sale(
            "101850043",
            "1",
            "B0400000007",
            "B0100000123",
            "01",
            october(12),
            amount=pesos("200.00"),
            itbis=pesos("36.00"),
            tip=pesos("20.00"),
        ),
        format607.Sale(
            "XK-102938",
            "3",
            "E320000000900",
            None,
            "01",
            october(31),
            amount=pesos("200000"),
            itbis=pesos("36000"),
            tip=pesos("20000"),
            cash=pesos("6000"),
            bank=pesos("250000"),
        ),
        format607.Sale(
            None,
            None,
            "E340000000002",
            "E320000000001",
            "01",
            october(31),
            amount=pesos("450"),
            itbis=pesos("81"),
        ),
    ]


def annulled():
    return [
        format608.Annulled("B0200000145", october(7), "08"),
        format608.Annulled("B0100000124", october(31), "10"),
    ]


def payments_abroad():
    return [
        format609.PaymentAbroad(
            "CLOUD POS LLC",
            "2",
            "98-7654321",
            "840",
            "02",
            "24",
            "0",
            "INV-1001",
            october(9),
            pesos("1000.00"),
            october(15),
            pesos("1000.00"),
            pesos("270.00"),
        ),
        format609.PaymentAbroad(
            "Peña & Núñez, S.L.",
            "2",
            "ESB12345678",
            "724",
            "08",
            "81",
            "1",
            "E470000000003",
            october(30),
            pesos("50"),
        ),
    ]


ROWS = {"606": purchases, "607": sales, "608": annulled, "609": payments_abroad}
