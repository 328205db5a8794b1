import ast
import doctest
import importlib
import pkgutil
import re
from pathlib import Path

from ...fiscal import ecf
from ...fiscal.ecf.problems import MESSAGES, WORDS
from ...fiscal.ecf.problems_es import MENSAJES, PALABRAS
from ...fiscal.ecf.table import TYPES, grammar
from ...fiscal.ecf.units import UNITS
from ..pure_case import PureCase

MODULES = sorted(module.name for module in pkgutil.iter_modules(ecf.__path__))


class TestFiscalEcfPackage(PureCase):
    def test_the_examples_in_the_docstrings_hold(self):
        attempted = 0
        for name in MODULES:
            with self.subTest(module=name):
                module = importlib.import_module(f"{ecf.__name__}.{name}")
                result = doctest.testmod(module)
                self.assertFalse(result.failed)
                attempted += result.attempted
        self.assertTrue(attempted)

    def test_no_module_leaves_the_fiscal_package(self):
        for name in MODULES:
            tree = ast.parse(Path(ecf.__path__[0], f"{name}.py").read_text("utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    imported = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    # Two dots are ``fiscal``; three would leave it.
                    imported = ["odoo" if node.level > 2 else node.module or ""]
                else:
                    continue
                with self.subTest(module=name, line=node.lineno):
                    self.assertNotIn("odoo", [path.split(".")[0] for path in imported])

    def test_the_units_are_the_62_of_dgii(self):
        self.assertEqual(list(UNITS), list(range(1, 63)))
        for code, name in ((5, "Botella"), (43, "Unidad"), (47, "Lata"), (61, "Onzas")):
            self.assertEqual(UNITS[code][1], name)

    def test_every_problem_is_said_in_spanish_with_the_same_facts(self):
        for code, message in MESSAGES.items():
            with self.subTest(code=code):
                facts = set(re.findall(r"{\w*}", message))
                # ``identity`` speaks English of a buyer: here the element is named.
                facts = {"{what}"} if code.startswith("RNC_") else facts
                self.assertEqual(set(re.findall(r"{\w*}", MENSAJES[code])), facts)
        self.assertEqual(PALABRAS.keys(), WORDS.keys())

    def test_every_fault_of_the_table_has_a_message(self):
        for document in (*TYPES, "RFCE", "ANECF", "ARECF", "ACECF"):
            elements = [grammar(document)]
            while elements:
                element = elements.pop()
                elements += element.children
                fault = element.kind and element.kind.fault("\x00_" * 2000)
                if fault:
                    self.assertIn(fault.code, MESSAGES)
