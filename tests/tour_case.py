"""Tours: a real browser at Odoo's point-of-sale screen."""

import copy
from unittest.mock import patch

from odoo.tests import common

from . import browser_bodies
from .common import DISCOUNT, ApiCase

# What Odoo passes by itself lets a browser look for updates and call its maker.
SILENT = ("--disable-quic", "--disable-component-update", "--disable-sync")
BUNDLES = ("point_of_sale.assets_prod", "web.assets_tests")
RECORD = (
    ": if the browser is right, NU_RECORD_BROWSER=$PWD/tests/files/browser "
    "tools/test tests/test_tours.py"
)


class BrowserCase(ApiCase):
    """A real browser that calls nobody but this server."""

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        spawn = common.ChromeBrowser._spawn_chrome
        ask = common.ChromeBrowser._websocket_request

        def silent(browser, command):
            return spawn(browser, [*command[:1], *SILENT, *command[1:]])

        def patient(browser, method, *, params=None, timeout=10.0):
            return ask(browser, method, params=params, timeout=max(timeout, 60.0))

        # On a busy machine a browser needs longer than ten seconds to start, and the
        # test would be skipped; a page that is being drawn answers as late.
        for name, value in (
            ("ChromeBrowser._spawn_chrome", silent),
            ("ChromeBrowser._websocket_request", patient),
            ("CHECK_BROWSER_ITERATIONS", 600),
        ):
            patcher = patch(f"odoo.tests.common.{name}", value)
            patcher.start()
            cls.addClassCleanup(patcher.stop)


class TourCase(BrowserCase):
    """The demo restaurant's register in a browser.

    Bundles are built once for the class: each takes seconds. What the browser sends
    is kept in ``sent``, in order.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for bundle in BUNDLES:
            cls.env["ir.qweb"]._get_asset_nodes(bundle)

    def setUp(self):
        super().setUp()
        # Who is at the till is unlocked by the tour itself.
        self.config.module_pos_hr = False
        self.cashier = self.ref("user_cashier")
        self.cashier.password = self.cashier.login
        self.allow(self.cashier, "refund")
        self.sent = []
        model = self.env.registry["pos.order"]
        core = model.sync_from_ui

        def recorded(orders_model, orders):
            context = dict(orders_model.env.context)
            self.sent += [(copy.deepcopy(order), context) for order in orders]
            return core(orders_model, orders)

        recorded._api_model = True
        patcher = patch.object(model, "sync_from_ui", recorded)
        patcher.start()
        self.addCleanup(patcher.stop)

    def tour(self, name, user=None, timeout=300):
        """Run a tour on the register."""
        login = (user or self.cashier).login
        self.start_tour(f"/pos/ui/{self.config.id}", name, login=login, timeout=timeout)
        self.env.invalidate_all()

    def recorded(self, *names):
        """The orders the browser sent, by these names.

        What it sent must be what is recorded, or fast tests would replay what no
        browser sends.
        """
        menu = self.env["product.product"].search([("name", "=", DISCOUNT)])
        recorder = browser_bodies.Recorder(self.env, self.config, menu)
        recordings = recorder.recordings(self.sent, names)
        if browser_bodies.is_recording():
            browser_bodies.write(recordings)
        else:
            for name, recording in recordings.items():
                self.assertEqual(recording, browser_bodies.load(name), name + RECORD)
        uuids = dict.fromkeys(body["uuid"] for body, _context in self.sent)
        orders = self.env["pos.order"].search([("uuid", "in", list(uuids))])
        by_uuid = {order.uuid: order for order in orders}
        return [by_uuid.get(uuid, orders.browse()) for uuid in uuids]
