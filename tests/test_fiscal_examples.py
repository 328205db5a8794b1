import ast
import doctest
import importlib
import pkgutil
from pathlib import Path
from unittest import TestCase

from odoo.addons.nu_restaurant_pos import fiscal

# A package in it has tests of its own.
MODULES = sorted(
    module.name for module in pkgutil.iter_modules(fiscal.__path__) if not module.ispkg
)


class TestFiscalPackage(TestCase):
    def test_the_examples_in_the_docstrings_hold(self):
        attempted = 0
        for name in MODULES:
            with self.subTest(module=name):
                module = importlib.import_module(f"{fiscal.__name__}.{name}")
                result = doctest.testmod(module)
                self.assertFalse(result.failed)
                attempted += result.attempted
        self.assertTrue(attempted)

    def test_no_module_imports_odoo(self):
        for name in MODULES:
            tree = ast.parse(Path(fiscal.__path__[0], f"{name}.py").read_text("utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    imported = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    # "." and ".sibling" stay inside, ".." would leave the package.
                    imported = ["odoo" if node.level > 1 else node.module or ""]
                else:
                    continue
                with self.subTest(module=name, line=node.lineno):
                    self.assertNotIn("odoo", [path.split(".")[0] for path in imported])
