"""The people of the demo restaurant: what each needs is in a menu, and every menu of
ours that somebody sees opens for them."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tools.safe_eval import safe_eval

from ..common import FiscalCase

MODULE = "nu_restaurant_pos"
PERSONAS = ("owner", "manager", "cashier", "waiter", "accountant", "hub")
#: Menus of ours that a persona needs for the work, besides those of Odoo.
NEEDED = {
    "owner": (
        "menu_nu_pos_ncf_range",
        "menu_nu_pos_device",
        "menu_nu_pos_permission_config",
        "menu_nu_pos_settings",
        "menu_order_audit",
        "menu_nu_pos_dgii_current",
        "menu_nu_pos_dgii_accounting_current",
        "menu_nu_pos_ecf",
    ),
    "manager": (
        "menu_nu_pos_ncf_range",
        "menu_nu_pos_ncf",
        "menu_nu_pos_device",
        "menu_nu_pos_staff_access",
        "menu_nu_pos_approval",
        "menu_order_audit",
        "menu_nu_pos_dgii_current",
        "menu_nu_pos_dgii_sales",
        "menu_nu_pos_ecf",
        "menu_nu_pos_ecf_contingency",
    ),
    "cashier": ("menu_nu_pos_ecf",),
    "waiter": (),
    "accountant": (
        "menu_nu_pos_dgii_accounting_current",
        "menu_nu_pos_dgii_accounting_months",
        "menu_nu_pos_dgii_accounting_reports",
        "menu_nu_pos_dgii_accounting_problems",
        "menu_nu_pos_dgii_accounting_sales",
        "menu_nu_pos_dgii_accounting_payments",
        "menu_nu_pos_dgii_accounting_tips",
        "menu_nu_pos_dgii_accounting_ecf",
        "menu_nu_pos_dgii_accounting_contingency",
        "menu_nu_pos_dgii_accounting_ncf",
        "menu_nu_pos_dgii_accounting_range",
        "menu_nu_pos_dgii_accounting_audit",
        "menu_nu_pos_dgii_accounting_anchor",
        "menu_nu_pos_ecf_received_accounting",
    ),
    "hub": (),
}


class PersonaCase(FiscalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: cls.ref(f"user_{name}") for name in PERSONAS if name != "owner"
        }
        cls.users["owner"] = cls.env.ref("base.user_admin")

    def as_persona(self, name):
        user = self.users[name]
        return self.env(user=user.id, context={"allowed_company_ids": self.company.ids})

    def env_of(self, user):
        companies = {"allowed_company_ids": user.company_ids.ids}
        return self.env(user=user.id, context=companies)

    def menus(self, env):
        """``{name: menu}`` of ours that the web client shows this user, with all that
        leads to them."""
        shown = env["ir.ui.menu"]._visible_menu_ids()
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.menu"), ("module", "=", MODULE)]
        )
        found = {}
        for row in data:
            menu = self.env["ir.ui.menu"].browse(row.res_id)
            above = menu
            while above and above.id in shown:
                above = above.parent_id
            if not above:
                found[row.name] = menu
        return found

    def read_view(self, model, view_id, kind):
        """What the web client does with a view: its fields are read."""
        view = model.get_view(view_id, kind)
        arch = etree.fromstring(view["arch"])
        names = [
            node.get("name")
            for node in arch.iter("field")
            # not those of views within the view
            if not any(above.tag == "field" for above in node.iterancestors())
        ]
        names = [name for name in dict.fromkeys(names) if name in model._fields]
        return names

    def open(self, env, action):
        action = action.sudo()
        if action._name == "ir.actions.server":
            result = env["ir.actions.server"].browse(action.id).run()
            return self.open_values(env, result)
        if action._name != "ir.actions.act_window":
            return None
        return self.open_values(env, action.read()[0])

    def open_values(self, env, values):
        model = env[values["res_model"]]
        context = values.get("context") or {}
        if isinstance(context, str):
            context = safe_eval(context, {"uid": env.uid})
        domain = values.get("domain") or []
        if isinstance(domain, str):
            domain = safe_eval(
                domain, {"uid": env.uid, "allowed_company_ids": self.company.ids}
            )
        model = model.with_context(**context)
        modes = [view[1] for view in values.get("views") or [(False, "list")]]
        views = dict((kind, view_id) for view_id, kind in values.get("views") or [])
        if values.get("res_id"):
            record = model.browse(values["res_id"])
            names = self.read_view(model, views.get("form"), "form")
            return record.web_read({name: {} for name in names})
        rows = None
        for kind in modes:
            names = self.read_view(model, views.get(kind), kind)
            if kind in ("list", "kanban"):
                rows = model.web_search_read(domain, {name: {} for name in names})
            elif kind == "form":
                model.default_get(names)
                some = model.search(domain, limit=1)
                some.web_read({name: {} for name in names})
            elif kind in ("pivot", "graph"):
                model.formatted_read_group(domain, [], ["__count"])
        return rows


class TestMenus(PersonaCase):
    def test_every_menu_that_somebody_sees_opens(self):
        opened = 0
        for name in PERSONAS:
            env = self.as_persona(name)
            for xml_id, menu in self.menus(env).items():
                if not menu.action:
                    continue
                with self.subTest(persona=name, menu=xml_id):
                    self.open(env, menu.action)
                    opened += 1
        self.assertGreater(opened, 60)

    def test_what_somebody_needs_is_in_a_menu(self):
        for name, needed in NEEDED.items():
            shown = self.menus(self.as_persona(name))
            with self.subTest(persona=name):
                self.assertEqual(set(needed) - set(shown), set())
        self.assertEqual(self.menus(self.as_persona("waiter")), {})

    def test_invoicing_of_community_is_enough_for_the_month(self):
        """Whoever the form of a user makes an accountant: Invoicing or Administrator,
        the only groups of accounting that Community offers."""
        for group in ("account.group_account_invoice", "account.group_account_manager"):
            user = self.user(group, "base.group_user", group)
            env = self.env_of(user)
            shown = self.menus(env)
            with self.subTest(group=group):
                self.assertEqual(set(NEEDED["accountant"]) - set(shown), set())
                for xml_id in NEEDED["accountant"]:
                    self.open(env, shown[xml_id].action)

    def test_accountant_computes_and_checks_a_month(self):
        user = self.user("month", "base.group_user", "account.group_account_invoice")
        self.finalize()
        month = self.env_of(user)["nu.pos.dgii.month"].create(
            {"company_id": self.company.id, "date_from": "2026-11-01"}
        )
        month.action_check()
        self.assertEqual(len(month.report_ids), 5)

    def test_auditor_reads_and_changes_nothing(self):
        user = self.user("auditor", "base.group_user", f"{MODULE}.group_fiscal_reader")
        env = self.env_of(user)
        self.finalize()
        self.assertTrue(env["nu.pos.ncf"].search([], limit=1).name)
        self.assertTrue(env["nu_restaurant_pos.order_audit"].search([], limit=1).event)
        with self.assertRaises(AccessError):
            env["nu.pos.dgii.month"].create(
                {"company_id": self.company.id, "date_from": "2026-11-01"}
            )


class TestManagerWithoutHr(PersonaCase):
    """The usual owner: Point of Sale / Administrator and Invoicing."""

    def test_till_loads(self):
        env = self.as_persona("manager")
        self.assertFalse(env.user.has_group("hr.group_hr_user"))
        session = env["pos.session"].browse(self.config.current_session_id.id)
        data = session.load_data([])
        [config] = data["pos.config"]
        self.assertEqual(config["id"], self.config.id)
        names = {row["name"] for row in data["hr.employee"]}
        self.assertLessEqual({"Carmen Gerente", "Luis Cajero"}, names)

    def test_forms_open(self):
        for name in ("manager", "owner"):
            env = self.as_persona(name)
            for record in (self.config, self.users["cashier"].partner_id):
                model = env[record._name]
                names = self.read_view(model, False, "form")
                [values] = model.browse(record.id).web_read(
                    {field: {} for field in names}
                )
                self.assertEqual(values["id"], record.id)

    def test_register_is_saved(self):
        config = self.as_persona("manager")["pos.config"].browse(self.config.id)
        config.web_save({"nu_terminal_mode": "kds"}, {"nu_terminal_mode": {}})
        self.assertEqual(self.config.nu_terminal_mode, "kds")

    def test_cashiers_till_loads(self):
        env = self.as_persona("cashier")
        session = env["pos.session"].browse(self.config.current_session_id.id)
        self.assertEqual(len(session.load_data([])["pos.config"]), 1)


class TestCustomersOfTheTill(PersonaCase):
    def test_cashier_adds_a_customer(self):
        partner = self.as_persona("cashier")["res.partner"].create(
            {"name": "Ana Nueva", "vat": "00104587233"}
        )
        self.assertEqual(partner.name, "Ana Nueva")

    def test_second_contact_with_an_rnc_is_told_on_the_form(self):
        twin = self.env["res.partner"].new(
            {"name": "Otra vez", "vat": "1-30-45218-2", "company_id": self.company.id}
        )
        self.assertEqual(twin.same_vat_partner_id._origin, self.buyer)

    def test_demo_customers_are_written_to_in_spanish(self):
        self.assertEqual(self.buyer.lang, "es_DO")


class TestAlerts(PersonaCase):
    def test_managers_are_alerted_before_administrators(self):
        manager = self.users["manager"]
        self.assertEqual(self.company._nu_managers(), manager)
        groups = "base.group_user", "point_of_sale.group_pos_manager"
        second = self.user("second", *groups)
        self.assertEqual(self.company._nu_managers(), manager | second)
        (manager | second).active = False
        self.assertIn(self.env.ref("base.user_admin"), self.company._nu_managers())


class TestSettings(PersonaCase):
    def test_values_are_for_administrators(self):
        self.env["ir.config_parameter"].set_param("nu_pos.ecf_base_url", "https://sim")
        for name in ("cashier", "waiter", "accountant", "manager"):
            values = self.as_persona(name)["res.config.settings"].get_values()
            with self.subTest(persona=name):
                ours = [key for key in values if key.startswith(("nu_ecf", "nu_supp"))]
                self.assertEqual(ours, [])
        values = self.as_persona("owner")["res.config.settings"].get_values()
        self.assertEqual(values["nu_ecf_base_url"], "https://sim")


class TestDeviceOfTheForm(PersonaCase):
    def test_device_made_on_its_form_has_a_secret(self):
        devices = self.as_persona("manager")["nu.pos.device"]
        values = {"name": "Bar", "identifier": "bar-9", "company_id": self.company.id}
        action = self.env.ref(f"{MODULE}.nu_pos_device_action")
        context = safe_eval(action.context)
        device = devices.with_context(**context).create(values)
        self.assertTrue(device.has_secret)
        found = self.env["nu.pos.device"].proven("bar-9", "", self.company)
        self.assertFalse(found, "its identifier alone opens nothing")
        secret = device.action_new_secret()["context"]["default_secret"]
        found = self.env["nu.pos.device"].proven("bar-9", secret, self.company)
        self.assertEqual(found.id, device.id)


class TestAuditView(PersonaCase):
    def test_manager_may_lose_the_right_to_see_the_audit(self):
        self.finalize()
        audit = self.as_persona("manager")["nu_restaurant_pos.order_audit"]
        self.assertTrue(audit.search([], limit=1))
        manager = self.users["manager"]
        manager.group_ids -= self.env.ref("account.group_account_invoice")
        self.assertTrue(audit.search([], limit=1))
        self.env["nu.pos.permission.user.override"].create(
            {
                "company_id": self.company.id,
                "user_id": manager.id,
                "permission": "audit_view",
                "allowed": False,
            }
        )
        with self.assertRaises(AccessError):
            audit.search([], limit=1)
