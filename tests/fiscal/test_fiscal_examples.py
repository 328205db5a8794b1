import ast
import doctest
import importlib
import pkgutil
from pathlib import Path

from ... import fiscal
from ..pure_case import PureCase

PREFIX = f"{fiscal.__name__}."
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(fiscal.__path__, PREFIX)
)


class TestFiscalPackage(PureCase):
    def test_the_examples_in_the_docstrings_hold(self):
        attempted = 0
        for name in MODULES:
            with self.subTest(module=name):
                module = importlib.import_module(name)
                result = doctest.testmod(module)
                self.assertFalse(result.failed)
                attempted += result.attempted
        self.assertTrue(attempted)

    def test_no_module_imports_odoo(self):
        for name in MODULES:
            path = Path(importlib.import_module(name).__file__)
            tree = ast.parse(path.read_text("utf-8"))
            # "." and ".sibling" stay inside; one dot more than folders would leave.
            depth = len(path.relative_to(Path(fiscal.__file__).parent).parts)
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    imported = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    imported = ["odoo" if node.level > depth else node.module or ""]
                else:
                    continue
                with self.subTest(module=name, line=node.lineno):
                    self.assertNotIn("odoo", [path.split(".")[0] for path in imported])
