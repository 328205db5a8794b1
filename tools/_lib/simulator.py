"""DGII's simulator in a process of its own, and a company that sends to it."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from .process import die_with_parent, stop
from .progress import Failure

_TOOLS = Path(__file__).resolve().parents[1]


@dataclass
class Simulated:
    """A simulator that answers; ``control`` is its ``/_control``."""

    url: str
    process: subprocess.Popen

    def control(self, **values):
        """Set faults and settings, and return what came in so far."""
        data = json.dumps(values).encode() if values else None
        request = urllib.request.Request(f"{self.url}/_control", data)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@contextlib.contextmanager
def run():
    """Simulate DGII on a free port of loopback for the length of a block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "_lib.dgii_simulator"],
        cwd=_TOOLS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(),
        # a person's Ctrl-C is for the tool, which then stops it itself
        start_new_session=True,
    )
    try:
        line = process.stdout.readline()
        if not line.startswith("e-CF http"):
            raise Failure("The simulator of DGII did not start.")
        yield Simulated(line.split()[1].split("/ecf/")[0], process)
    finally:
        stop(process)
        process.stdout.close()


def point(db, url, **settings):
    """Have the demo's company send to the simulator; before the server starts.

    :param settings: names of ``nu_pos.ecf_<name>``
    """
    wanted = {"base_url": url, **settings}
    for name, value in wanted.items():
        db.query(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
            " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
            [f"nu_pos.ecf_{name}", str(value)],
        )
    db.query(
        "UPDATE res_company SET nu_ecf_send = true WHERE id = (SELECT res_id"
        " FROM ir_model_data WHERE module = 'nu_restaurant_pos'"
        " AND name = 'demo_company')"
    )
