"""Users of every kind, of two companies, and records they may want."""

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import FiscalCase

RANGE, LEDGER = "nu.pos.ncf.range", "nu.pos.ncf"
AUDIT, REQUEST = "nu_restaurant_pos.order_audit", "nu.pos.api.request"


class SecurityCase(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Otra casa"})
        cls.users = {
            "hub": cls.hub,
            "cashier": cls.ref("user_cashier"),
            "manager": cls.ref("user_manager"),
            "accountant": cls.ref("user_accountant"),
            "plain": cls.ref("user_waiter"),
            "hub_only": cls.user(
                "hub-only", "base.group_user", "nu_restaurant_pos.group_pos_hub_service"
            ),
            "administrator": cls.user("adm", "base.group_user", "base.group_system"),
            "portal": cls.user("portal", "base.group_portal"),
        }
        other = cls.other_company
        cls.other_manager = cls.user(
            "other",
            "base.group_user",
            "point_of_sale.group_pos_manager",
            "account.group_account_user",
            "base.group_system",
            company=other,
        )
        kind = cls.type("B02")
        cls.range = cls.env[RANGE].search(
            [("company_id", "=", cls.company.id), ("document_type_id", "=", kind.id)]
        )
        cls.other_range = cls.env[RANGE].create(
            {
                "company_id": other.id,
                "document_type_id": kind.id,
                "first_number": 1,
                "last_number": 9,
            }
        )

    def setUp(self):
        super().setUp()
        self.sold = self.order_of(self.finalize())
        self.ncf = self.sold.nu_ncf_id
        self.row = self.env[AUDIT].search(
            [("pos_reference", "=", self.sold.pos_reference)]
        )
        self.env[REQUEST].with_user(self.hub).keep(
            "k", "orders/create", "f", 200, {}, company=self.company
        )
        self.kept = self.env[REQUEST].search([("key", "=", "k")])

    def as_user(self, name, record):
        user = self.users[name] if isinstance(name, str) else name
        return record.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )

    def assertDenied(self, function, *args, **kwargs):
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.models", "odoo.addons.base.models.ir_model"),
            self.env.cr.savepoint(),
        ):
            function(*args, **kwargs)

    def records(self):
        return {
            RANGE: self.range,
            LEDGER: self.ncf,
            AUDIT: self.row,
            REQUEST: self.kept,
        }
