"""Authorised ranges over the API."""

from odoo.tests import tagged

from ..common import FiscalCase
from ..gateway_case import GatewayCase
from ..succeeds import succeeds


@tagged("post_install", "-at_install")
class TestSequences(FiscalCase):
    def setUp(self):
        super().setUp()
        self.ranges = self.env["nu.pos.ncf.range"]

    def add(self, **values):
        values = {
            "config_id": self.config.id,
            "fiscal_type": "B16",
            "first_number": 1,
            "last_number": 100,
            "expiration_date": "2027-12-31",
            **values,
        }
        return self.ranges._api_add(values)["data"]

    def test_new_range_waits_in_the_queue_with_all_its_numbers(self):
        found = self.add()
        self.assertEqual((found["state"], found["remaining"]), ("queued", 100))
        self.assertEqual(found["next_reference"], "B1600000001")
        self.assertEqual(found["alert"], [])

    def test_list_tells_what_is_left(self):
        before = self.ranges._api_list(
            {"config_id": self.config.id, "fiscal_type": "B02", "state": "active"}
        )["data"]
        self.finalize()
        after = self.ranges._api_list(
            {"config_id": self.config.id, "fiscal_type": "B02", "state": "active"}
        )["data"]
        left = sum(row["remaining"] for row in before)
        self.assertGreater(left, 1)
        self.assertEqual(sum(row["remaining"] for row in after), left - 1)
        self.assertEqual({row["fiscal_type"] for row in after}, {"B02"})

    def test_overlapping_range_is_refused_by_name(self):
        first = self.add()
        problem = self.assertProblem(
            "CONFLICT", self.add, first_number=100, last_number=200
        )
        self.assertIn(f"Range {first['id']}", problem.detail)

    def test_expiring_type_needs_its_date(self):
        self.assertProblem("VALIDATION", self.add, expiration_date=None)

    def test_numbers_have_the_digits_of_their_series(self):
        self.assertProblem("VALIDATION", self.add, last_number=100_000_000)

    def test_backward_range_is_refused(self):
        self.assertProblem("VALIDATION", self.add, first_number=50, last_number=10)

    def test_close_and_reopen(self):
        found = self.add()
        change = self.ranges._api_change
        self.assertEqual(
            change(found["id"], {"state": "closed"})["data"]["state"], "closed"
        )
        self.assertEqual(
            change(found["id"], {"state": "open"})["data"]["state"], "queued"
        )

    def test_taken_numbers_are_not_cut_off(self):
        self.finalize()
        used = self.order_of(self.finalize()).nu_ncf_id.range_id
        problem = self.assertProblem(
            "VALIDATION",
            self.ranges._api_change,
            used.id,
            {"last_number": used.next_number - 2},
        )
        self.assertEqual(problem.errors[0]["path"], "last_number")

    def test_range_of_another_company_does_not_exist(self):
        other = self.env["res.company"].create({"name": "Fonda de al lado"})
        foreign = self.env["nu.pos.ncf.range"].create(
            {
                "company_id": other.id,
                "document_type_id": self.type("B02").id,
                "first_number": 1,
                "last_number": 10,
            }
        )
        ranges = self.ranges.with_user(self.hub)
        self.assertProblem(
            "NOT_FOUND", ranges._api_change, foreign.id, {"state": "closed"}
        )
        listed = ranges._api_list({})["data"]
        self.assertNotIn(foreign.id, [row["id"] for row in listed])


@tagged("post_install", "-at_install")
class TestSequencesOverHttp(GatewayCase):
    def test_hub_may_not_change_ranges(self):
        status, body, _response = self.call("fiscal-sequences", method="GET")
        self.assertEqual((status, body["permission"]), (403, "settings"))

    @succeeds(
        "GET fiscal-sequences",
        "POST fiscal-sequences",
        "PATCH fiscal-sequences/{range_id}",
        "POST fiscal-sequences/{range_id}",
    )
    def test_manager_adds_lists_and_closes_a_range(self):
        token = self.login("gerente@demo.do", "gerente-Demo-2026")
        body = {
            "config_id": self.config.id,
            "fiscal_type": "B16",
            "first_number": 1,
            "last_number": 50,
            "expiration_date": "2027-12-31",
        }
        added = self.assertDone(self.call("fiscal-sequences", body, token=token), 201)
        self.assertEqual(added["data"]["next_reference"], "B1600000001")
        listed = self.assertDone(
            self.call("fiscal-sequences?fiscal_type=B16", method="GET", token=token)
        )
        self.assertEqual([row["id"] for row in listed["data"]], [added["data"]["id"]])
        changed = self.assertDone(
            self.call(
                f"fiscal-sequences/{added['data']['id']}",
                {"last_number": 40, "state": "closed"},
                method="PATCH",
                token=token,
            )
        )
        self.assertEqual(
            [changed["data"][name] for name in ("state", "last_number")],
            ["closed", 40],
        )
        record = self.env["nu.pos.ncf.range"].browse(added["data"]["id"])
        self.assertEqual((record.state, record.last_number), ("closed", 40))
        opened = self.assertDone(
            self.call(f"fiscal-sequences/{record.id}", {"state": "open"}, token=token)
        )
        self.assertEqual(opened["data"]["state"], "queued")
