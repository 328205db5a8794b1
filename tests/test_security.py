"""Who may touch what: numbers, evidence and kept answers."""

import inspect

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged

from .security_case import AUDIT, LEDGER, RANGE, REQUEST, SecurityCase

OPERATIONS = ("read", "write", "create", "unlink")
#: What each user may do; everything else is refused.
RIGHTS = {
    "hub": {RANGE: "r", LEDGER: "r"},
    "hub_only": {RANGE: "r", LEDGER: "r"},
    "cashier": {RANGE: "r", LEDGER: "r"},
    "manager": {RANGE: "rwcu", LEDGER: "r", AUDIT: "r"},
    "accountant": {RANGE: "r", LEDGER: "r", AUDIT: "r"},
    "plain": {},
    "administrator": {REQUEST: "r"},
    "portal": {},
}
#: Methods of this addon that RPC may call, beside create, write and the like.
OPEN = {
    # Odoo's own buttons, extended
    "account.move": {
        "action_nu_open_ecf",
        "action_nu_print_ecf",
        "action_post",
        "action_validate_moves_with_confirmation",
        "button_cancel",
    },
    "validate.account.move": {"validate_move"},
    "nu.pos.audit.export": {"action_export"},
    "nu.pos.dgii.month": {
        "action_number_sales",
        "action_open_this",
        "action_check",
        "action_compute",
        "action_open_current",
        "action_view_numbers",
        "action_view_payments",
        "action_view_problems",
        "action_view_sales",
        "action_view_tips",
        "action_view_voided",
    },
    "nu.pos.dgii.file": {"action_confirm"},
    "nu.pos.dgii.report": {
        "action_amend",
        "action_ask_file",
        "action_book_acquirers",
        "action_check",
        "action_compute",
        "action_file",
        "action_txt",
        "action_view_lines",
        "action_view_listed",
        "action_view_problems",
        "action_xlsx",
    },
    "nu.pos.dgii.report.figure": {"action_open"},
    "nu.pos.dgii.report.line": {"action_open"},
    "nu.pos.dgii.report.problem": {"action_open"},
    "nu.pos.sale.quarantine": {
        "action_correct",
        "action_open_order",
        "action_try_again",
    },
    "nu.pos.sale.quarantine.correct": {"action_apply", "action_check"},
    "nu.pos.sale.quarantine.discard": {"action_apply"},
    "nu.pos.sales.report": {"action_open"},
    "nu.pos.number.sales": {"action_number"},
    # core's own, for administrators
    "ir.module.module": {"button_uninstall"},
    "nu.pos.device": {
        "action_new_secret",
        "action_restore",
        "action_revoke",
        "action_unlock",
    },
    "nu.pos.ecf.received": {
        "action_approve",
        "action_check_signer",
        "action_confirm_signer",
        "action_make_bill",
        "action_retry_answer",
        "action_view_bill",
    },
    "nu.pos.ecf.contingency": {"action_leave", "action_replace"},
    "nu.pos.ecf.enter": {"action_apply"},
    "nu.pos.ecf.reject": {"action_apply"},
    "nu.pos.ecf": {
        "action_annul",
        "action_ask_dgii",
        "action_confirm_buyer_signer",
        "action_correct",
        "action_drop_buyer_answer",
        "action_download_summary",
        "action_download_xml",
        "action_open_modified",
        "action_print_a4",
        "action_print_ticket",
        "action_send_now",
    },
    # core's own, which POS users load the screen with; ours takes hashes out of it
    "hr.employee": {"get_barcodes_and_pin_hashed"},
    "nu.pos.staff.access": {"action_set"},
    "nu.pos.ecf.certification": {
        "action_download",
        "action_load",
        "action_pause",
        "action_run",
        "action_step",
    },
    "nu.pos.ecf.certification.line": {"action_send_again"},
    "nu.pos.ecf.setup": {"action_load", "action_save", "action_test", "default_get"},
    "nu.pos.ncf": {"action_annul_at_dgii"},
    "nu.pos.ncf.void": {"action_apply"},
    "nu.pos.offline.auth": {"nu_offline_auth"},
    "nu.pos.refresh.token": {"action_revoke"},
    "nu.pos.rnc": {"action_open_partner"},
    "nu.pos.rnc.import": {"action_confirm", "action_refresh", "action_start"},
    "nu_restaurant_pos.order_audit": {"action_verify"},
    "pos.config": {
        "action_nu_set_numbering",
        "action_nu_set_up_ecf",
        "action_nu_open_contingency",
        "action_nu_open_ecf",
        "nu_offline_auth",
    },
    "pos.order": {
        "action_nu_open_ecf",
        "action_nu_print_a4",
        "action_nu_print_ticket",
        "action_nu_take_over",
        # core's own
        "action_pos_order_paid",
        "add_payment",
        "get_reference_last_part",
        "hub_finalize_snapshot",
        "sync_from_ui",
    },
    # core's own; ours waits for running sales first
    "pos.session": {"action_pos_session_closing_control"},
    "res.config.settings": {
        "action_nu_check_guarantees",
        "action_nu_forget_authorities",
        "get_values",
        "set_values",
    },
    "res.partner": {"action_nu_use_registered_name"},
    "res.company": {
        "action_enter_contingency",
        "action_leave_contingency",
        "action_replace_contingency",
    },
    "res.users": {"has_group"},
    RANGE: {
        "action_add_next",
        "action_annul_unused",
        "action_close",
        "action_reopen",
        "action_view_ledger",
    },
}
ORM = {"create", "write", "unlink", "copy", "init"}


@tagged("post_install", "-at_install")
class TestRights(SecurityCase):
    def test_each_user_may_do_what_the_table_says(self):
        letters = dict(zip(OPERATIONS, "rwcu"))
        for name, rights in RIGHTS.items():
            for model in self.records():
                with self.subTest(user=name, model=model):
                    records = self.as_user(name, self.env[model])
                    may = "".join(
                        letter
                        for operation, letter in letters.items()
                        if records.has_access(operation)
                    )
                    self.assertEqual(may, rights.get(model, ""))

    def test_who_may_read_reads_and_nobody_else(self):
        for name, rights in RIGHTS.items():
            for model, record in self.records().items():
                with self.subTest(user=name, model=model):
                    mine = self.as_user(name, record)
                    mine.invalidate_recordset()
                    if "r" in rights.get(model, ""):
                        [values] = mine.read(["company_id"])
                        self.assertEqual(values["company_id"][0], self.company.id)
                    else:
                        self.assertDenied(mine.read, ["company_id"])
                        self.assertDenied(mine.search, [])

    def test_manager_keeps_the_ranges_and_nobody_else(self):
        values = {
            "company_id": self.company.id,
            "document_type_id": self.type("B16").id,
            "first_number": 1,
            "last_number": 5,
            "date_expiry": "2027-12-31",
        }
        for name in RIGHTS:
            ranges = self.as_user(name, self.env[RANGE])
            with self.subTest(user=name):
                if name == "manager":
                    made = ranges.create(values)
                    made.write({"warning_numbers": 3})
                    self.assertTrue(made.unlink())
                    continue
                self.assertDenied(ranges.create, values)
                mine = self.as_user(name, self.range)
                self.assertDenied(mine.write, {"last_number": 9_999_999})
                self.assertDenied(mine.unlink)

    def test_range_in_use_is_deleted_by_nobody(self):
        for name in ("manager", None):
            record = self.as_user(name, self.range) if name else self.range
            with (
                self.subTest(user=name),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                record.unlink()

    def test_manager_cannot_turn_a_range_back(self):
        mine = self.as_user("manager", self.range)
        for values in ({"next_number": 1}, {"first_number": 2}):
            with (
                self.subTest(values=values),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                mine.write(values)


@tagged("post_install", "-at_install")
class TestEvidence(SecurityCase):
    def administrators(self):
        yield "administrator", self.users["administrator"]
        yield "admin", self.env.ref("base.user_admin")
        yield "manager", self.users["manager"]

    def test_no_user_writes_or_deletes_evidence(self):
        for name, user in self.administrators():
            for model, record in self.records().items():
                if model == RANGE:
                    continue
                with self.subTest(user=name, model=model):
                    mine = self.as_user(user, record)
                    self.assertDenied(mine.write, {"company_id": False})
                    self.assertDenied(mine.unlink)
                    self.assertDenied(mine.copy)

    def test_audit_is_append_only_for_the_system_too(self):
        self.assertDenied(self.row.write, {"payload": "{}"})
        self.assertDenied(self.row.unlink)
        self.assertDenied(self.env[AUDIT].create, {"event": "login"})

    def test_ledger_is_moved_by_its_methods_only(self):
        self.assertDenied(self.ncf.write, {"state": "released"})
        self.assertDenied(self.ncf.write, {"name": "B0299999999"})
        self.assertDenied(
            self.Ncf.create,
            {
                "name": "B0299999999",
                "company_id": self.company.id,
                "document_type_id": self.ncf.document_type_id.id,
                "range_id": self.range.id,
                "sequence_number": 99_999_999,
                "state": "issued",
            },
        )
        self.assertDenied(self.ncf.unlink)

    def test_audit_rows_are_not_made_over_rpc(self):
        audit = self.env[AUDIT]
        values = {"event": "login", "user_id": self.hub.id}
        for context in (
            {},
            {"nu_audit_append": True},
            {"nu_audit_append": "_APPEND"},
            {"nu_audit_append": {}},
        ):
            for name, user in self.administrators():
                with self.subTest(user=name, context=context):
                    self.assertDenied(
                        call_kw,
                        audit.with_user(user),
                        "create",
                        [values],
                        {"context": context},
                    )

    def test_order_with_a_number_is_never_deleted(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.as_user("manager", self.sold).unlink()
        self.assertTrue(self.sold.exists())

    def test_cashier_cannot_write_what_the_tax_office_sees(self):
        other = self.order_of(self.finalize())
        for values in (
            {"nu_ncf_id": other.nu_ncf_id.id},
            {"nu_ncf_id": False},
            {"nu_document_type_id": self.type("B01").id},
            {"nu_fingerprint": "x"},
            {"nu_amount_itbis": 0.0},
        ):
            for name in ("cashier", "manager"):
                with self.subTest(values=values, user=name):
                    before = self.sold.read(list(values))
                    # the seal refuses in its own words, before rights do
                    with self.assertRaises(UserError), self.cr.savepoint():
                        call_kw(
                            self.as_user(name, self.env["pos.order"]),
                            "write",
                            [self.sold.ids, values],
                            {},
                        )
                    self.env.invalidate_all()
                    self.assertEqual(self.sold.read(list(values)), before)

    def test_only_the_named_methods_are_open_to_rpc(self):
        for name, cls in self.registry.items():
            model = self.env[name]
            for attribute, function in inspect.getmembers(cls, inspect.isfunction):
                if (
                    not function.__module__.startswith("odoo.addons.nu_restaurant_pos.")
                    or attribute.startswith("_")
                    or attribute in ORM | OPEN.get(name, set())
                ):
                    continue
                with self.subTest(model=name, method=attribute):
                    self.assertRaises(AccessError, get_public_method, model, attribute)
