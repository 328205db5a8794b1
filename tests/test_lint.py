"""Lint is part of the tests: ruff and pylint-odoo, as pyproject.toml sets them."""

import subprocess
import sys
from pathlib import Path

from .pure_case import PureCase

ADDON = Path(__file__).resolve().parents[1]


class TestLint(PureCase):
    def test_the_tree_is_clean(self):
        tool = ADDON / "tools" / "lint"
        done = subprocess.run(
            [sys.executable, str(tool)], capture_output=True, text=True, timeout=600
        )
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}"[-6000:])
