"""Two workers, one queue, a bad line: what only real connections can prove."""

import os
import signal
import subprocess
import sys
import time
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tests.common import _super_send
from odoo.tools import config

from ..dgii_sim import start
from ..ecf_queue import QUICK
from ..numbers.test_ncf_concurrency import RealCursorCase

STATES = ("queued", "contingency", "unknown", "sent")

#: A worker of its own process, that works the queue until it is killed.
WORKER = """
import sys
from odoo.tools import config
config.parse_config(sys.argv[2:])
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
registry = Registry(sys.argv[1])
with registry.cursor() as cr:
    queue = api.Environment(cr, SUPERUSER_ID, {})["nu.pos.ecf.queue"]
    print("working", flush=True)
    queue._work(linger=30)
"""


@tagged("post_install", "-at_install")
class TestTwoWorkers(RealCursorCase):
    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if request.url.startswith("http://127.0.0.1:"):
            return _super_send(session, request, **options)
        return super()._request_handler(session, request, **options)

    def setUp(self):
        super().setUp()
        self.sim = start()
        self.addCleanup(self.sim.stop)
        parameters = {
            "nu_pos.ecf_base_url": self.sim.url,
            **{f"nu_pos.ecf_{name}": value for name, value in QUICK.items()},
            "nu_pos.ecf_lost_after": "3600",
        }

        def set_up(env):
            for name, value in parameters.items():
                env["ir.config_parameter"].set_param(name, value)
            env["res.company"].browse(self.company.id).nu_ecf_send = True

        def put_back(env):
            for name in parameters:
                env["ir.config_parameter"].set_param(name, False)
            company = env["res.company"].browse(self.company.id)
            company.write({"nu_ecf_send": False, "nu_ecf_contingency": False})
            env.cr.execute("DELETE FROM nu_pos_ecf_contingency")
            env.cr.execute("DELETE FROM nu_pos_ecf_link")
            # ours before the orders that they hold
            env.cr.execute(
                "DELETE FROM nu_pos_ecf WHERE order_id IN (SELECT id FROM pos_order"
                " WHERE pos_reference LIKE %s)",
                [self.prefix + "%"],
            )

        self.addCleanup(self.env.registry.clear_cache)
        self.addCleanup(self.in_transaction, put_back)
        self.in_transaction(set_up)

    def sell(self, count):
        def sale(env):
            env["pos.order"].hub_finalize_snapshot(
                {
                    **self.snapshot(fiscal_type="E32"),
                    "pos_reference": self.own_reference(),
                }
            )

        for _sale in range(count):
            self.in_transaction(sale, self.hub.id)

    def rows(self):
        def read(env):
            env.cr.execute(
                "SELECT e.name, e.state, e.summary_xml"
                " FROM nu_pos_ecf e JOIN pos_order o ON o.id = e.order_id"
                " WHERE o.pos_reference LIKE %s",
                [self.prefix + "%"],
            )
            return env.cr.fetchall()

        return self.in_transaction(read)

    def work_until_done(self, patience=60):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            self.in_transaction(lambda env: env["nu.pos.ecf.queue"]._work(linger=0.2))
            if all(state not in STATES for _name, state, _xml in self.rows()):
                return

    def assertEachAcceptedOnce(self, count):
        rows = self.rows()
        self.assertEqual(len(rows), count)
        self.assertEqual({state for _name, state, _xml in rows}, {"accepted"}, rows)
        self.assertEqual(set(self.sim.accepted().values()), {1})
        for name, _state, xml in rows:
            self.assertEqual(self.sim.versions(name), {xml.encode()}, "the same bytes")

    def test_two_workers_over_a_line_that_fails_send_each_document_once(self):
        self.sell(24)
        self.sim.set(fail_every=5, lose_chance=0.1)
        results = self.race(
            *[
                lambda: self.in_transaction(
                    lambda env: env["nu.pos.ecf.queue"]._work(linger=0.5)
                )
            ]
            * 2
        )
        self.assertFalse([one for one in results if isinstance(one, Exception)])
        self.work_until_done()
        self.assertEachAcceptedOnce(24)

    def test_killed_worker_loses_nothing_and_sends_nothing_twice(self):
        self.sell(8)
        # the first document arrives, and its answer is still on its way
        self.sim.set(hold_answers=True, services=["recepcionfc"])

        def shorten(env):
            env["ir.config_parameter"].set_param("nu_pos.ecf_lease", "2")

        self.in_transaction(shorten)
        worker = self.start_worker()
        until = time.monotonic() + 60
        while not self.sim.books.deliveries and time.monotonic() < until:
            time.sleep(0.02)
        self.assertTrue(self.sim.books.deliveries, "the worker never began")
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        arrived = self.sim.books.deliveries[0].encf
        states = {name: state for name, state, _xml in self.rows()}
        self.assertEqual(states[arrived], "unknown", "it died in the middle of a call")
        self.sim.set(hold_answers=False)
        self.work_until_done()
        self.assertEachAcceptedOnce(8)
        for name, _state, _xml in self.rows():
            self.assertEqual(self.sim.attempts(name), 1)

    def start_worker(self):
        arguments = ["--no-http", "--log-level=error"]
        for option in ("db_host", "db_port", "db_user", "db_password", "data_dir"):
            if config[option]:
                arguments.append(f"--{option.replace('_dir', '-dir')}={config[option]}")
        paths = config["addons_path"]
        paths = ",".join(paths) if isinstance(paths, list) else paths
        arguments.append(f"--addons-path={paths}")
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, self.env.cr.dbname, *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            stdout=subprocess.PIPE,
        )
        self.addCleanup(worker.stdout.close)
        self.addCleanup(worker.wait)
        self.addCleanup(worker.kill)
        return worker

    def test_lease_of_a_living_worker_is_respected(self):
        self.sell(1)
        seen = []

        def during(client, *_args):
            seen.append(self.in_transaction(lambda env: env["nu.pos.ecf.queue"].work()))
            return sent(client, *_args)

        from ...fiscal.ecf.dgii import DgiiClient

        sent = DgiiClient.send_summary
        with patch.object(DgiiClient, "send_summary", during):
            self.in_transaction(lambda env: env["nu.pos.ecf.queue"].work())
        self.assertEqual(seen, [0])
        self.assertEachAcceptedOnce(1)
