"""The tests that pytest runs and those that Odoo's own runner runs are the same.

Odoo's loader sees a module only where ``tests/__init__.py`` imports it, a class only
where it derives from ``BaseCase``, and a method only on the class that defines it.
"""

import importlib
import types
from collections import Counter
from pathlib import Path
from unittest import TestCase
from unittest.mock import patch

import pytest

from odoo import tools
from odoo.tests import loader

from .pure_case import PureCase

ADDON = "nu_restaurant_pos"
TESTS = Path(__file__).parent
PACKAGE = importlib.import_module(__package__)


def collected_by_odoo() -> Counter:
    """Return the ids of the tests of Odoo's loader, ``module.Class.method``."""
    with patch.dict(tools.config.options, {"test_tags": "+standard"}):
        return Counter(
            test.id()
            for position in ("at_install", "post_install")
            for test in loader.make_suite([ADDON], position)
        )


def collected_by_pytest(node: pytest.Collector) -> Counter:
    """Return the ids of the tests of a node of pytest, ``module.Class.method``."""
    found = Counter()
    for child in node.collect():
        if isinstance(child, pytest.Collector):
            found += collected_by_pytest(child)
        elif isinstance(child.parent, pytest.Class):
            cls = child.parent.obj
            found[f"{cls.__module__}.{cls.__qualname__}.{child.name}"] += 1
        else:
            found[f"{child.module.__name__}.{child.name}"] += 1
    return found


def differences(ours: Counter, theirs: Counter) -> list:
    """Return the ids that only one of both has, or has more often."""
    return sorted((ours - theirs) + (theirs - ours))


@pytest.fixture(name="all_tests")
def _all_tests(request):
    """All tests of the addon, whichever of them this run of pytest was asked for."""
    package = pytest.Package.from_parent(request.session, path=TESTS)
    return collected_by_pytest(package)


# Two functions, which only pytest collects: without pytest there is no second list.


def test_pytest_and_odoo_collect_the_same_tests(all_tests):
    only_here = {
        f"{__name__}.{name}"
        for name, value in globals().items()
        if name.startswith("test_") and isinstance(value, types.FunctionType)
    }
    assert all_tests.keys() >= only_here
    both = Counter({name: n for name, n in all_tests.items() if name not in only_here})
    assert len(both) > 1000
    assert differences(collected_by_odoo(), both) == []


def test_difference_of_both_lists_is_seen(all_tests):
    before = set(differences(collected_by_odoo(), all_tests))
    lint = importlib.import_module(f"{__package__}.test_lint")
    name = f"{lint.__name__}.TestLint.test_the_tree_is_clean"
    # the module is not imported by tests/__init__.py
    with patch.dict(PACKAGE.__dict__):
        del PACKAGE.test_lint
        missing = set(differences(collected_by_odoo(), all_tests)) - before
    assert missing == {name}
    # its class derives from unittest's only
    plain = types.new_class("TestLint", (TestCase,))
    plain.__module__ = lint.__name__
    plain.test_the_tree_is_clean = lint.TestLint.test_the_tree_is_clean
    with patch.object(lint, "TestLint", plain):
        missing = set(differences(collected_by_odoo(), all_tests)) - before
    assert missing == {name}


class TestFilesOfTests(PureCase):
    def test_names_of_files_are_unique_over_the_tree(self):
        """Odoo's loader sees one name space: the second of a name hides the first."""
        names = Counter(path.name for path in TESTS.rglob("test_*.py"))
        self.assertEqual([name for name, count in names.items() if count > 1], [])

    def test_every_file_is_imported(self):
        files = {path.stem for path in TESTS.rglob("test_*.py")}
        modules = {
            module.__name__.rpartition(".")[2]
            for module in loader.get_test_modules(ADDON)
        }
        self.assertEqual(files, modules)
