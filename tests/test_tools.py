"""The tools: where they look for programs, what they say, what they let pass."""

import importlib.machinery
import importlib.util
import os
import stat
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import BaseCase, HttpCase, TransactionCase, tagged

TOOLS = Path(__file__).resolve().parents[1] / "tools"
for folder in (TOOLS, TOOLS / "_lib" / "plugins"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

import nu_skips  # noqa: E402, needs the path above

from _lib import debian, programs, setup  # noqa: E402
from _lib.progress import Failure  # noqa: E402

SOURCES = """\
# the machine's own
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: {keyring}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Enabled: yes

Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main

Types: deb
URIs: http://others.example/node
Suites: nodistro
Components: main
"""


def folder_of(case):
    """A folder for the length of a test."""
    folder = tempfile.TemporaryDirectory()
    case.addCleanup(folder.cleanup)
    return Path(folder.name)


def command(name):
    """A command of the tools, as a module."""
    loader = importlib.machinery.SourceFileLoader(f"tool_{name}", str(TOOLS / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestDebian(BaseCase):
    def configuration(self):
        folder = folder_of(self)
        (folder / "sources.list.d").mkdir()
        keyring = folder / "keyring.gpg"
        keyring.touch()
        text = SOURCES.format(keyring=keyring)
        (folder / "sources.list.d" / "debian.sources").write_text(text)
        return folder, keyring

    def test_programs_come_from_the_release_of_the_machine_and_its_security(self):
        folder, keyring = self.configuration()
        lines = debian.own_sources(folder, "bookworm")
        self.assertEqual(
            [line.replace(f"[signed-by={debian.KEYRING}] ", "") for line in lines],
            [
                f"deb [signed-by={keyring}] http://mirror.example/debian bookworm main",
                f"deb [signed-by={keyring}] http://mirror.example/debian "
                "bookworm-updates main",
                "deb http://mirror.example/debian-security bookworm-security main",
            ],
        )

    def carried(self, **suites):
        """What suites of a mirror carry; the others are not on it."""

        def look(suite):
            if suite not in suites:
                raise Failure("This command failed\nE: no Release file\nadvice")
            return suites[suite]

        return look

    def test_first_suite_that_carries_the_version_is_used(self):
        look = self.carried(sid=["20.0.0+dfsg-1"], forky=["1:19.0.0+dfsg-1"])
        suite = debian.first_suite(("odoo-19", "19.0"), ("sid", "next", "forky"), look)
        self.assertEqual(suite, "forky")

    def test_really_in_a_version_is_the_version(self):
        look = self.carried(trixie=["5.0.10+really4.7.0~dfsg-4.1"])
        found = debian.first_suite(debian.ICONS, ("trixie",), look)
        self.assertEqual(found, "trixie")

    def test_failure_says_what_each_suite_carries(self):
        look = self.carried(sid=["20.0.0+dfsg-1"], forky=[])
        with self.assertRaises(Failure) as caught:
            debian.first_suite(("odoo-19", "19.0"), ("sid", "forky", "next"), look)
        self.assertEqual(
            str(caught.exception),
            "No suite of the Debian mirror carries odoo-19 19.0. Tried:\n"
            "  sid: 20.0.0+dfsg-1\n"
            "  forky: not there\n"
            "  next: no such suite, or not readable (E: no Release file)",
        )


@tagged("post_install", "-at_install")
class TestPrograms(BaseCase):
    def unpacked(self, *paths):
        place = folder_of(self)
        for path in paths:
            file = place / "root" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        return place

    def test_script_starts_the_program_with_its_own_libraries(self):
        place = self.unpacked(
            "usr/bin/wkhtmltopdf",
            "usr/lib/x86_64-linux-gnu/libQt5Core.so.5",
            "usr/lib/x86_64-linux-gnu/pulseaudio/libpulsecommon-16.1.so",
            "usr/lib/x86_64-linux-gnu/gtk-3.0/printers/no-library",
            "usr/lib/x86_64-linux-gnu/qt5/plugins/platforms/libqoffscreen.so",
        )
        programs._write_script(programs.WKHTMLTOPDF, place, Path("/home/nu/programs"))
        script = (place / "bin" / "wkhtmltopdf").read_text().splitlines()
        libraries = "/home/nu/programs/root/usr/lib/x86_64-linux-gnu"
        self.assertIn(
            f'export LD_LIBRARY_PATH="{libraries}:{libraries}/pulseaudio'
            '${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"',
            script,
        )
        self.assertIn(f'export QT_PLUGIN_PATH="{libraries}/qt5/plugins"', script)
        self.assertEqual(
            script[-1], 'exec "/home/nu/programs/root/usr/bin/wkhtmltopdf" "$@"'
        )
        self.assertTrue((place / "bin" / "wkhtmltopdf").stat().st_mode & 0o100)

    def test_program_of_the_system_is_used(self):
        shell = programs.Program("shell", ("no-such-shell", "sh"), "dash", "bin/sh")
        self.assertEqual(programs.ensure(shell), ())

    def test_paper_and_browser_are_here(self):
        """No test of them is skipped; the tools brought what was missing."""
        self.assertTrue(programs._on_system(programs.WKHTMLTOPDF))
        self.assertTrue(programs._on_system(programs.CHROMIUM))


@tagged("post_install", "-at_install")
class TestSkips(BaseCase):
    def report(self, reason, **values):
        return SimpleNamespace(
            nodeid="tests/test_x.py::test",
            skipped=True,
            longrepr=("x.py", 1, f"Skipped: {reason}"),
            **values,
        )

    def test_only_missing_shared_files_excuse_a_skip(self):
        skips = nu_skips.Skips()
        skips.note(self.report("shared: the schemas are not here"))
        skips.note(self.report("no browser"))
        skips.note(self.report("expected to fail", wasxfail="a reason"))
        skips.note(SimpleNamespace(skipped=False))
        self.assertEqual(len(skips.reasons), 2)
        self.assertEqual(skips.refused(), [("tests/test_x.py::test", "no browser")])

    def test_run_with_a_refused_skip_fails(self):
        for reason, status in (("shared: files", 0), ("no browser", 1)):
            plugin = nu_skips._Plugin(nu_skips.Skips())
            plugin.pytest_runtest_logreport(self.report(reason))
            session = SimpleNamespace(exitstatus=0)
            plugin.pytest_sessionfinish(session)
            self.assertEqual(session.exitstatus, status)


@tagged("post_install", "-at_install")
class TestSecret(BaseCase):
    def test_signing_secret_is_its_owners_only(self):
        folder = folder_of(self)
        path = folder / "signing_secret"
        with patch.dict(os.environ, NU_HOME=str(folder)):
            secret = setup.signing_secret()
            self.assertEqual(len(bytes.fromhex(secret)), 32)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
            # what an earlier version wrote
            path.chmod(0o644)
            self.assertEqual(setup.signing_secret(), secret)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)


@tagged("post_install", "-at_install")
class TestOdooCommand(BaseCase):
    def say(self, *arguments):
        return command("odoo").announcement("19.0", arguments, 8069)

    def test_it_says_where_it_will_be(self):
        self.assertEqual(
            self.say(), "Odoo 19.0 on http://127.0.0.1:8069, database nu_dev"
        )
        for arguments in (
            ["server", "-d", "x", "--http-port", "18583"],
            ["server", "--database=x", "--http-port=18583"],
            ["-dx", "-p18583"],
        ):
            self.assertEqual(
                self.say(*arguments), "Odoo 19.0 on http://127.0.0.1:18583, database x"
            )

    def test_it_says_no_address_where_it_does_not_serve(self):
        for arguments in (["shell", "--no-http"], ["-u", "x", "--stop-after-init"]):
            self.assertEqual(self.say(*arguments), "Odoo 19.0, database nu_dev")


@tagged("post_install", "-at_install")
class TestTemplate(TransactionCase):
    def test_attachments_have_their_content(self):
        self.env.cr.execute(
            "SELECT count(*), count(*) FILTER (WHERE store_fname IS NOT NULL OR "
            "COALESCE(octet_length(db_datas), 0) < COALESCE(file_size, 0)) "
            "FROM ir_attachment WHERE type = 'binary'"
        )
        total, lost = self.env.cr.fetchone()
        self.assertGreater(total, 100)
        self.assertEqual(lost, 0)


@tagged("post_install", "-at_install")
class TestDashboards(HttpCase):
    def test_dashboards_of_odoo_open_in_the_demo(self):
        self.authenticate("admin", "admin")
        dashboard = self.env["spreadsheet.dashboard"].search([], limit=1)
        answer = self.url_open(f"/spreadsheet/dashboard/data/{dashboard.id}")
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.json()["snapshot"]["sheets"])
