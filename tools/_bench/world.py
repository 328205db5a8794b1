"""A restaurant to measure on: what a sale needs, with our addon or without.

``demo`` takes the one of the addon's demo data; ``bare`` makes its like on a database
that has Odoo's modules only. ``screen_register`` adds a register on which Odoo's own
screen sells: it has no fiscal type, so the addon has nothing to do there.
"""

import itertools
import json
import uuid
from dataclasses import dataclass

PRICES = (180.0, 195.0, 250.0, 320.0, 410.0)
QUANTITIES = (2, 1, 3, 1, 2)
# ITBIS and the legal tip, both on the price.
TAXES = 1.28


@dataclass(frozen=True)
class Restaurant:
    """Ids of a company's records that a sale names."""

    company: int
    manager: int
    cashier: int
    products: tuple
    taxes: tuple
    fiscal_position: int
    preset: int
    warehouse: int
    invoice_journal: int
    customer: int
    consumer: int = 0


@dataclass(frozen=True)
class Register:
    """Ids of a register with an open session."""

    config: int
    session: int
    cash: int
    restaurant: Restaurant


# --- restaurants ----------------------------------------------------------------------


def demo(env):
    """Return the restaurant of the demo data."""

    def ref(name):
        return env.ref(f"nu_restaurant_pos.demo_{name}").id

    return Restaurant(
        company=ref("company"),
        manager=ref("user_manager"),
        cashier=ref("user_hub"),
        products=tuple(ref(f"product_{number:02d}") for number in range(1, 6)),
        taxes=(ref("tax_restaurant_18"),),
        fiscal_position=ref("position_restaurant"),
        preset=ref("preset_dine_in"),
        warehouse=ref("warehouse"),
        invoice_journal=ref("journal_invoice"),
        customer=ref("partner_company"),
        consumer=ref("partner_consumer"),
    )


def hub_register(env, restaurant):
    """Return the register of the demo data, on which hubs sell."""
    config = env.ref("nu_restaurant_pos.demo_pos_config")
    cash = env.ref("nu_restaurant_pos.demo_pm_cash")
    return Register(config.id, config.current_session_id.id, cash.id, restaurant)


def bare(env):
    """Make a restaurant without the addon, as its demo data would."""
    env.ref("base.DOP").active = True
    country = env.ref("base.do")
    company = env["res.company"].create(
        {
            "name": "Restaurante",
            "country_id": country.id,
            "currency_id": env.ref("base.DOP").id,
            "point_of_sale_update_stock_quantities": "closing",
        }
    )
    env["account.chart.template"]._load("do", company, install_demo=False)
    env = env(context=dict(env.context, allowed_company_ids=company.ids))

    def chart(name):
        return env.ref(f"account.{company.id}_{name}")

    groups = {
        "manager": ["point_of_sale.group_pos_manager", "account.group_account_invoice"],
        "cashier": ["point_of_sale.group_pos_user"],
    }
    users = {}
    for role, names in groups.items():
        xml_ids = ["base.group_user", *names]
        users[role] = env["res.users"].create(
            {
                "name": role,
                "login": f"{role}@bench.example.com",
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
                "group_ids": [(6, 0, [env.ref(name).id for name in xml_ids])],
            }
        )
    tax = chart("tax_group_restaurant_sale")
    products = env["product.product"].create(
        [
            {
                "name": f"Plato {price}",
                "list_price": price,
                "type": "consu",
                "available_in_pos": True,
                "taxes_id": [(6, 0, tax.ids)],
                "company_id": company.id,
            }
            for price in PRICES
        ]
    )
    position = chart("position_restaurant")
    preset = env["pos.preset"].create(
        {"name": "En salón", "fiscal_position_id": position.id}
    )
    warehouse = env["stock.warehouse"].create(
        {"name": "Bodega", "code": "BOD", "company_id": company.id}
    )
    customer = env["res.partner"].create(
        {
            "name": "Distribuidora",
            "is_company": True,
            "vat": "130452182",
            "country_id": country.id,
            "company_id": company.id,
        }
    )
    return Restaurant(
        company=company.id,
        manager=users["manager"].id,
        cashier=users["cashier"].id,
        products=tuple(products.ids),
        taxes=tuple(tax.ids),
        fiscal_position=position.id,
        preset=preset.id,
        warehouse=warehouse.id,
        invoice_journal=chart("sale").id,
        customer=customer.id,
    )


def screen_register(env, restaurant):
    """Make a register for Odoo's own screen, open, with journals of its own.

    It is plain Odoo's: its sales take no number, which a Dominican house must allow.
    """
    company = env["res.company"].browse(restaurant.company)
    if "nu_allow_unnumbered" in company._fields:  # there is a bench without the addon
        company.nu_allow_unnumbered = True
    return _register(env, restaurant, "Pantalla", "B")


def more_hub_registers(env, restaurant, count):
    """Make further registers on which hubs sell, open, like that of the demo data."""
    values = {
        "nu_invoice_policy": "identified",
        "nu_default_document_type_id": env.ref(
            "nu_restaurant_pos.document_type_b02"
        ).id,
        "nu_default_partner_id": restaurant.consumer,
    }
    return [
        _register(env, restaurant, f"Caja {number}", str(number), **values)
        for number in range(2, count + 2)
    ]


def _register(env, restaurant, name, letter, **values):
    env = env(
        context={
            "allowed_company_ids": [restaurant.company],
            "tz": "America/Santo_Domingo",
        }
    )

    def journal(name, kind, code):
        values = {"name": name, "type": kind, "code": code}
        return env["account.journal"].create(
            {**values, "company_id": restaurant.company}
        )

    cash = env["pos.payment.method"].create(
        {
            "name": f"Efectivo ({name})",
            "journal_id": journal(f"Caja ({name})", "cash", f"CAJ{letter}").id,
            "company_id": restaurant.company,
        }
    )
    warehouse = env["stock.warehouse"].browse(restaurant.warehouse)
    config = env["pos.config"].create(
        {
            **values,
            "name": name,
            "company_id": restaurant.company,
            "module_pos_restaurant": True,
            "use_presets": True,
            "default_preset_id": restaurant.preset,
            "available_preset_ids": [(6, 0, [restaurant.preset])],
            "tax_regime_selection": True,
            "fiscal_position_ids": [(6, 0, [restaurant.fiscal_position])],
            "warehouse_id": warehouse.id,
            "picking_type_id": warehouse.pos_type_id.id,
            "journal_id": journal(f"Ventas ({name})", "general", f"VPO{letter}").id,
            "invoice_journal_id": restaurant.invoice_journal,
            "payment_method_ids": [(6, 0, cash.ids)],
        }
    )
    session = (
        env["pos.session"]
        .with_user(restaurant.manager)
        .create({"config_id": config.id, "user_id": restaurant.manager})
    )
    session.set_opening_control(5000.0, "")
    return Register(config.id, session.id, cash.id, restaurant)


# --- what is sold ---------------------------------------------------------------------


def lines(restaurant):
    """Yield product, quantity and price of each line of the sale."""
    return zip(restaurant.products, QUANTITIES, PRICES)


NET = sum(price * quantity for price, quantity in zip(PRICES, QUANTITIES))
TOTAL = round(NET * TAXES, 2)


def snapshot(register, reference, fiscal_type="B02", customer=0):
    """Return the sale as a hub sends it."""
    body = {
        "pos_reference": reference,
        "config_id": register.config,
        "session_id": register.session,
        "order_type": "dine_in",
        "guest_count": 2,
        "fiscal_type": fiscal_type,
        "lines": [
            {
                "id": f"{reference}-{index}",
                "product_id": product,
                "qty": quantity,
                "price_unit": price,
            }
            for index, (product, quantity, price) in enumerate(
                lines(register.restaurant)
            )
        ],
        "amount_total": TOTAL,
        "amount_tax": round(TOTAL - NET, 2),
        "amount_paid": TOTAL,
        "amount_return": 0,
        "payments": [
            {
                "id": f"{reference}-p",
                "payment_method_id": register.cash,
                "amount": TOTAL,
            }
        ],
    }
    if customer:
        body["partner_id"] = customer
    return body


_counter = itertools.count(1)


def screen_order(register, moment, customer=0, invoiced=False):
    """Return the same sale as Odoo's own screen serialises it.

    The screen gives the order's uuid, reference and tracking number. It sends 0 as
    sequence number and no names of lines: the server draws those from its sequences.
    """
    number = next(_counter)
    restaurant = register.restaurant
    return {
        "access_token": str(uuid.uuid4()),
        "amount_paid": TOTAL,
        "amount_return": 0,
        "amount_tax": round(TOTAL - NET, 2),
        "amount_total": TOTAL,
        "company_id": restaurant.company,
        "customer_count": 2,
        "date_order": moment,
        "fiscal_position_id": restaurant.fiscal_position,
        "floating_order_name": False,
        "general_customer_note": "",
        "internal_note": "",
        "is_tipped": False,
        "last_order_preparation_change": json.dumps(
            {
                "lines": {},
                "metadata": {},
                "general_customer_note": "",
                "internal_note": "",
                "sittingMode": 0,
            }
        ),
        "lines": [
            (
                0,
                0,
                {
                    "attribute_value_ids": [],
                    "customer_note": "",
                    "discount": 0,
                    "full_product_name": f"Plato {price}",
                    "note": "",
                    "pack_lot_ids": [],
                    "price_extra": 0,
                    "price_subtotal": price * quantity,
                    "price_subtotal_incl": round(price * quantity * TAXES, 2),
                    "price_type": "original",
                    "price_unit": price,
                    "product_id": product,
                    "qty": quantity,
                    "tax_ids": [(6, 0, restaurant.taxes)],
                    "uuid": str(uuid.uuid4()),
                },
            )
            for product, quantity, price in lines(restaurant)
        ],
        "name": "/",
        "nb_print": 0,
        "partner_id": customer,
        "payment_ids": [
            (
                0,
                0,
                {
                    "amount": TOTAL,
                    "is_change": False,
                    "name": "",
                    "payment_date": moment,
                    "payment_method_id": register.cash,
                    "uuid": str(uuid.uuid4()),
                },
            )
        ],
        "pos_reference": f"261-{register.config}-{number:06d}",
        "preset_id": restaurant.preset,
        "pricelist_id": False,
        "sequence_number": 0,
        "session_id": register.session,
        "shipping_date": False,
        "state": "paid",
        "table_id": False,
        "ticket_code": uuid.uuid4().hex[:5],
        "tip_amount": 0,
        "to_invoice": invoiced,
        "tracking_number": f"1{number % 1000:03d}",
        "user_id": restaurant.cashier,
        "uuid": str(uuid.uuid4()),
    }
