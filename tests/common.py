"""The world of the tests: the demo restaurant, and how to talk to it."""

import json
from unittest import SkipTest
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, tagged

from ..models.runtime.problem import ApiProblem
from . import contract
from .browser_bodies import Replay

# A line of its own with a price below zero, as pos_discount and loyalty make them.
DISCOUNT = "Descuento de la casa"
HUB_LOGIN, HUB_PASSWORD = "hub@demo.do", "hub-Demo-2026"
DEVICE_HEADERS = {"X-Device-Id": "test-hub", "X-App-Version": "1.0.0+1"}


class RestaurantMixin:
    """The records of the demo data by short names, and snapshots of sales."""

    @classmethod
    def _load_restaurant(cls):
        def ref(name):
            return cls.env.ref(f"nu_restaurant_pos.demo_{name}")

        if not cls.env.ref(
            "nu_restaurant_pos.demo_pos_config", raise_if_not_found=False
        ):
            raise SkipTest("the demo data of nu_restaurant_pos is not installed")
        cls.ref = staticmethod(ref)
        cls.company = ref("company")
        cls.config = ref("pos_config")
        cls.hub = ref("user_hub")
        cls.cash, cls.card, cls.credit = (
            ref("pm_cash"),
            ref("pm_card"),
            ref("pm_credit"),
        )
        cls.dish = ref("product_01")  # 18 % ITBIS and legal tip
        cls.reduced, cls.exempt = ref("product_35"), ref("product_24")
        cls.buyer = ref("partner_company")
        cls.Order = cls.env["pos.order"].with_user(cls.hub)
        cls.Ncf = cls.env["nu.pos.ncf"]

    @classmethod
    def second_register(cls, name="Terraza", **values):
        """Another register of the restaurant, cards only, session open."""
        values.setdefault("nu_default_document_type_id", cls.type("B02").id)
        config = (
            cls.env["pos.config"]
            .with_company(cls.company)
            .create(
                {
                    "name": name,
                    "company_id": cls.company.id,
                    "payment_method_ids": [Command.set(cls.card.ids)],
                    "journal_id": cls.config.journal_id.id,
                    "invoice_journal_id": cls.config.invoice_journal_id.id,
                    **values,
                }
            )
        )
        session = cls.env["pos.session"].create({"config_id": config.id})
        session.set_opening_control(0, None)
        return config

    @classmethod
    def allow_unnumbered(cls):
        """The register sells without numbers on Odoo's screen."""
        cls.company.nu_allow_unnumbered = True
        cls.config.nu_default_document_type_id = False

    @classmethod
    def user(cls, login, *groups, company=None):
        """A user of the restaurant, or of another company, with these groups."""
        company = company or cls.company
        return (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": login,
                    "login": f"{login}@test",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.set([cls.env.ref(group).id for group in groups])
                    ],
                }
            )
        )

    @classmethod
    def type(cls, prefix):
        return cls.env["l10n_latam.document.type"]._nu_find(prefix)

    @classmethod
    def reference(cls):
        return f"NU/CFG{cls.config.id}/S1/{uuid4().hex[:16]}"

    @classmethod
    def snapshot(cls, *lines, total=None, pay=None, **values):
        """A snapshot of a sale; dine in, one dish at 500.00 unless told otherwise.

        ``pay`` is the cash given; by default the amount due of the lines' prices with
        128 %, right for dishes with ITBIS and tip at the table.
        """
        lines = list(lines) or [cls.line()]
        body = {
            "pos_reference": cls.reference(),
            "config_id": cls.config.id,
            "order_type": "dine_in",
            "fiscal_type": "B02",
            "lines": lines,
            **values,
        }
        if total is None:
            total = round(sum(ln["qty"] * ln["price_unit"] for ln in lines) * 1.28, 2)
        if "payments" not in body:
            body["payments"] = [
                {"payment_method_id": cls.cash.id, "amount": pay or total}
            ]
        if total:
            body["amount_total"] = total
        return body

    @classmethod
    def line(cls, product=None, qty=1, price=500.0, **values):
        return {
            "id": values.pop("id", uuid4().hex[:8]),
            "product_id": (product or cls.dish).id,
            "qty": qty,
            "price_unit": price,
            **values,
        }

    @classmethod
    def draft(cls, *lines, **values):
        body = cls.snapshot(*lines, **values)
        body.pop("payments")
        return body

    def finalize(self, snapshot=None, **values):
        """Finalize as the hub does; the answer's body."""
        body = snapshot or self.snapshot(**values)
        answer = self.Order.hub_finalize_snapshot(body)
        self.env.invalidate_all()
        return answer

    def screen_order(self, state="paid", **values):
        """An order as Odoo's own screen sends it."""
        taxes = self.config.default_preset_id.fiscal_position_id.map_tax(
            self.dish.taxes_id
        )
        return {
            "uuid": str(uuid4()),
            "access_token": uuid4().hex,
            "pos_reference": f"2611-{uuid4().hex[:6]}",
            "session_id": self.config.current_session_id.id,
            "state": state,
            "date_order": fields.Datetime.to_string(fields.Datetime.now()),
            "amount_total": 640.0,
            "amount_tax": 140.0,
            "amount_paid": 640.0 if state == "paid" else 0,
            "amount_return": 0,
            "partner_id": False,
            "preset_id": self.config.default_preset_id.id,
            "lines": [
                Command.create(
                    {
                        "product_id": self.dish.id,
                        "qty": 1,
                        "price_unit": 500.0,
                        "price_subtotal": 500.0,
                        "price_subtotal_incl": 640.0,
                        "tax_ids": [Command.set(taxes.ids)],
                        "uuid": str(uuid4()),
                    }
                )
            ],
            "payment_ids": [
                Command.create(
                    {
                        "payment_method_id": self.cash.id,
                        "amount": 640.0,
                        "payment_date": fields.Datetime.to_string(
                            fields.Datetime.now()
                        ),
                        "uuid": str(uuid4()),
                    }
                )
            ]
            if state == "paid"
            else [],
            **values,
        }

    def sync(self, *orders):
        self.Order.sync_from_ui([dict(order) for order in orders])  # core empties them
        self.env.invalidate_all()
        uuids = [order["uuid"] for order in orders]
        return self.env["pos.order"].search([("uuid", "in", uuids)])

    def screen_refund(self, sale):
        """The refund of a sale of one dish, as Odoo's own screen sends it."""
        values = self.screen_order(amount_total=-640.0, amount_tax=-140.0)
        values["amount_paid"] = -640.0
        values["is_refund"] = True
        # the subtotals of a refund have the sign of the document: positive
        values["lines"][0][2].update(
            qty=-1,
            price_subtotal=500.0,
            price_subtotal_incl=640.0,
            refunded_orderline_id=sale.lines.id,
        )
        values["payment_ids"][0][2]["amount"] = -640.0
        return values

    @classmethod
    def product_named(cls, name):
        """A product of the menu; the discount is made if it is not there."""
        product = cls.dish.search([("name", "=", name)])
        if not product and name == DISCOUNT:
            product = cls.dish.with_company(cls.company).create(
                {
                    "name": name,
                    "type": "service",
                    "list_price": -100.0,
                    "available_in_pos": True,
                    "pos_categ_ids": [Command.set(cls.dish.pos_categ_ids.ids)],
                    "taxes_id": [Command.set(cls.dish.taxes_id.ids)],
                    "company_id": cls.company.id,
                }
            )
        return product

    def browser(self, config=None, user=None):
        """A browser that sends again what a real one has sent (files/browser), by
        default a cashier's who may make returns."""
        if not user:
            self.allow(self.ref("user_cashier"), "refund")
        return Replay(self, config, user)

    def allow(self, user, permission):
        """Give a person a permission that the role has not."""
        override = self.env["nu.pos.permission.user.override"].sudo()
        values = {
            "user_id": user.id,
            "permission": permission,
            "company_id": self.company.id,
        }
        if not override.search([(name, "=", values[name]) for name in values]):
            override.create(values)

    def order_of(self, answer):
        return self.env["pos.order"].browse(answer["order_id"])

    def assertProblem(self, code, function, *args, **kwargs):
        """The call is refused with this code; the problem, for a closer look."""
        with self.assertRaises(ApiProblem) as caught:
            function(*args, **kwargs)
        self.assertEqual(caught.exception.code, code, caught.exception.detail)
        return caught.exception

    def assertInvariant(self):
        self.env.flush_all()
        broken = [
            row for row in self.env["nu.pos.ncf.range"]._invariant() if not row["ok"]
        ]
        self.assertFalse(broken, "the ledger accounts for every number")


@tagged("post_install", "-at_install")
class FiscalCase(RestaurantMixin, TransactionCase):
    """One transaction, rolled back; units of work run on its connection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_restaurant()
        # tests sell at prices of their own; what restricts prices says so
        cls.config.nu_restrict_prices = False
        if not cls._registry_patched:
            # beside ApiCase it is
            cls.registry_enter_test_mode_cls()


@tagged("post_install", "-at_install")
class ApiCase(RestaurantMixin, HttpCase):
    """Over HTTP, as the hub."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        #: Operations of the API that this test had a success of.
        self.succeeded = set()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_restaurant()
        cls.config.nu_restrict_prices = False
        # counted on a connection of its own, across tests
        cls.env["ir.config_parameter"].set_param("nu_pos.rate_limit_per_minute", "0")

    def login(self, login=HUB_LOGIN, password=HUB_PASSWORD):
        """An access token."""
        status, body, _response = self.call(
            "auth/login", {"login": login, "password": password}, token=None
        )
        self.assertEqual(status, 200, body)
        return body["access_token"]

    def call(self, path, body=None, method="POST", token="hub", headers=None):
        """``(status, parsed body, response)`` of a call; ``token="hub"`` logs in.
        Every answer has to be as the description of the API has it."""
        if token == "hub":
            if not hasattr(self, "_hub_token"):
                self._hub_token = self.login()
            token = self._hub_token
        sent = {"Content-Type": "application/json", **DEVICE_HEADERS}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        sent.update(headers or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        url = path if path.startswith("/") else f"/pos-api/v1/{path}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        response = self.url_open(
            url, data=body, method=method, headers=sent, timeout=60
        )
        content_type = response.headers.get("Content-Type", "")
        parsed = response.json() if "json" in content_type else None
        contract.check(response)
        if response.status_code < 300:
            self.succeeded.add(contract.operation(method, unquote(urlsplit(url).path)))
        self.env.invalidate_all()
        return response.status_code, parsed, response
