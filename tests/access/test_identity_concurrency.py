"""Guessing and refreshing from several workers at once, on real connections."""

from types import SimpleNamespace

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.access.nu_pos_login_attempt import LIMITS
from ...models.runtime.call import Call
from ...models.runtime.problem import ApiProblem
from ...schemas.auth import Login
from ..numbers.test_ncf_concurrency import RealCursorCase


@tagged("post_install", "-at_install")
class TestIdentityConcurrency(RealCursorCase):
    def setUp(self):
        super().setUp()
        self.identifier = self.prefix

        def make(env):
            return (
                env["nu.pos.device"]
                .create(
                    {
                        "name": "Race",
                        "identifier": self.identifier,
                        "company_id": self.company.id,
                        "user_id": self.ref("user_cashier").id,
                    }
                )
                .id
            )

        self.device_id = self.in_transaction(make)
        self.addCleanup(self._remove_device)
        self.employee_id = self.ref("employee_cashier").id

    def _remove_device(self):
        def remove(env):
            env.cr.execute(
                "DELETE FROM nu_pos_login_attempt WHERE device = %s",
                [f"#{self.device_id}"],
            )
            env.cr.execute("DELETE FROM nu_pos_device WHERE id = %s", [self.device_id])

        self.in_transaction(remove)

    def log_in(self, pin="0000", employee_id=None):
        """``ok`` or the code of the refusal, on a connection of its own whose
        transaction is rolled back by the refusal."""
        wire = Login(
            config_id=self.config.id,
            employee_id=employee_id or self.employee_id,
            pin=pin,
        )

        def run(env):
            return env["nu.pos.identity"].login(wire, self.identifier)

        try:
            return self.in_transaction(run)
        except ApiProblem as problem:
            return problem.code

    def rows(self, kind):
        def read(env):
            env.cr.execute(
                "SELECT failures, date_locked FROM nu_pos_login_attempt"
                " WHERE device = %s AND kind = %s",
                [f"#{self.device_id}", kind],
            )
            return env.cr.fetchall()

        return self.in_transaction(read)

    def test_counters_survive_the_rollback_of_the_request(self):
        self.assertEqual(self.log_in(), "BAD_CREDENTIALS")
        self.assertEqual(self.log_in(), "BAD_CREDENTIALS")
        self.assertEqual(self.rows("pair")[0][0], 2)
        self.assertEqual(self.rows("device")[0][0], 2)

    def test_four_workers_guessing_at_once_stop_at_the_limit(self):
        results = self.race(*([lambda: [self.log_in() for _ in range(5)]] * 4))
        codes = [code for worker in results for code in worker]
        self.assertEqual(len(codes), 20)
        self.assertEqual(codes.count("BAD_CREDENTIALS"), LIMITS["pair"].failures)
        self.assertEqual(codes.count("RATE_LIMITED"), 15)
        # what was refused unseen is not counted
        self.assertEqual(self.rows("device")[0][0], 5)

    def test_a_right_guess_among_many_comes_too_late(self):
        guesses = [f"{n:04d}" for n in range(20)]
        for guess in guesses[:5]:
            self.assertEqual(self.log_in(guess), "BAD_CREDENTIALS")
        results = self.race(*([lambda: self.log_in("1111")] * 4))
        self.assertEqual(results, ["RATE_LIMITED"] * 4)

    def test_four_workers_over_many_employees_stop_at_the_devices_limit(self):
        def guess(worker):
            return [
                self.log_in(employee_id=10**6 + worker * 100 + n) for n in range(12)
            ]

        results = self.race(*[lambda w=worker: guess(w) for worker in range(4)])
        codes = [code for worker in results for code in worker]
        self.assertEqual(codes.count("BAD_CREDENTIALS"), LIMITS["device"].failures)
        self.assertEqual(codes.count("RATE_LIMITED"), 8)

    def test_logging_in_at_once_is_no_failure(self):
        results = self.race(*([lambda: self.log_in("1111")] * 4))
        self.assertFalse(
            [result for result in results if not isinstance(result, dict)], results
        )
        self.assertEqual(self.rows("pair"), [(0, None)])
        self.assertEqual(self.rows("device")[0], (0, None))

    # -- Refresh -------------------------------------------------------------------

    def refresh(self, token, device=None):
        try:
            return self.in_transaction(
                lambda env: env["nu.pos.token"].refresh(
                    token, device or self.identifier
                )
            )
        except ApiProblem as problem:
            return problem.code

    def state(self):
        def read(env):
            env.cr.execute(
                "SELECT revoke_reason, previous_hash IS NOT NULL"
                " FROM nu_pos_refresh_token WHERE device = %s",
                [self.identifier],
            )
            return env.cr.fetchall()

        return self.in_transaction(read)

    def test_uses_that_race_on_one_device_get_one_new_pair(self):
        pair = self.log_in("1111")
        results = self.race(*([lambda: self.refresh(pair["refresh_token"])] * 4))
        self.assertEqual(len({result["refresh_token"] for result in results}), 1)
        self.assertEqual(self.state(), [(None, True)])

    def test_uses_that_race_on_two_devices_revoke_the_family(self):
        def open_by_password(env):
            user = self.ref("user_hub").with_env(env)
            identities = env["nu.pos.identity"]
            return env["nu.pos.token"].open_session(
                identities._identity(user), "password", self.identifier
            )

        pair = self.in_transaction(open_by_password)
        self.addCleanup(
            self.in_transaction,
            lambda env: env.cr.execute(
                "DELETE FROM nu_pos_refresh_token WHERE device = %s",
                [self.identifier],
            ),
        )
        results = self.race(
            lambda: self.refresh(pair["refresh_token"]),
            lambda: self.refresh(pair["refresh_token"], "thief"),
        )
        winners = [result for result in results if isinstance(result, dict)]
        self.assertEqual(len(winners), 1, results)
        if results[0] in winners:
            self.assertEqual(results[1], "UNAUTHENTICATED")
        self.assertEqual(self.state(), [("reuse", True)])
        self.assertEqual(self.refresh(winners[0]["refresh_token"]), "UNAUTHENTICATED")

    def test_revocation_survives_the_rollback_of_the_request(self):
        pair = self.log_in("1111")
        second = self.refresh(pair["refresh_token"])
        self.refresh(second["refresh_token"])
        self.assertEqual(self.refresh(pair["refresh_token"]), "UNAUTHENTICATED")
        self.assertEqual(self.state(), [("reuse", True)])

    def test_being_seen_waits_for_nobody(self):
        other = self.env.registry.cursor()
        self.addCleanup(other.close)
        other.execute(
            "SELECT 1 FROM nu_pos_device WHERE id = %s FOR UPDATE", [self.device_id]
        )
        with mute_logger("odoo.sql_db"):
            self.in_transaction(
                lambda env: env["nu.pos.device"].seen(self.device_id, None, "1.0")
            )
        other.rollback()
        self.in_transaction(
            lambda env: env["nu.pos.device"].seen(self.device_id, None, "1.0")
        )
        seen = self.in_transaction(
            lambda env: env["nu.pos.device"].browse(self.device_id).app_version
        )
        self.assertEqual(seen, "1.0")

    def test_approval_credentials_count_for_who_calls(self):
        """A new identifier in a header makes no new guesses."""
        calls = []
        wire = SimpleNamespace(
            employee_id=self.employee_id,
            pin=Login(pin="0").pin,
            badge=None,
            login=None,
            password=None,
        )

        def verify(env):
            calls.append(1)
            env = env(
                user=self.ref("user_waiter").id,
                context={"nu_call": Call(f"{self.identifier}-{len(calls)}")},
            )
            config = env["pos.config"].sudo().browse(self.config.id)
            return env["nu.pos.identity"].verify_staff(config, wire)

        def guess():
            try:
                return self.in_transaction(verify)
            except ApiProblem as problem:
                return problem.code

        self.addCleanup(
            self.in_transaction,
            lambda env: env.cr.execute(
                "DELETE FROM nu_pos_login_attempt WHERE device = %s",
                [f"user:{self.ref('user_waiter').id}"],
            ),
        )
        codes = [guess() for _attempt in range(7)]
        self.assertEqual(codes, ["BAD_CREDENTIALS"] * 5 + ["RATE_LIMITED"] * 2)
