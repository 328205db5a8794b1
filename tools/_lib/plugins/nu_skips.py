"""Skipped tests: counted at the end, and a failure where nobody allowed them.

A test that is skipped in silence guards nothing. The one reason that counts is that
files are missing which do not belong to the project; it begins with ``shared:``.
"""

ALLOWED = "shared:"


class Skips:
    """Collects the tests that did not run, with their reasons."""

    def __init__(self):
        self.reasons = []

    def note(self, report):
        """Note a report of pytest, if it is one of a skip."""
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr
            if isinstance(reason, tuple):
                reason = reason[2]
            self.reasons.append((report.nodeid, str(reason).removeprefix("Skipped: ")))

    def refused(self):
        """Return the tests that had to run."""
        return [one for one in self.reasons if not one[1].startswith(ALLOWED)]


def pytest_configure(config):
    config.pluginmanager.register(_Plugin(Skips()), "nu_skips_of_run")


class _Plugin:
    def __init__(self, skips):
        self.skips = skips

    def pytest_collectreport(self, report):
        self.skips.note(report)

    def pytest_runtest_logreport(self, report):
        self.skips.note(report)

    def pytest_sessionfinish(self, session):
        if self.skips.refused() and session.exitstatus == 0:
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter):
        refused = self.skips.refused()
        allowed = len(self.skips.reasons) - len(refused)
        terminalreporter.write_line(
            f"Skipped: {allowed} for want of shared files, {len(refused)} otherwise."
        )
        if refused:
            terminalreporter.section("Tests that had to run", red=True)
            for name, reason in refused:
                terminalreporter.write_line(f"{name}: {reason}")
