"""The structure of the sources: arrows point down, and a file is named after its
model."""

import sys
import tempfile
from pathlib import Path

from odoo.tests import BaseCase, tagged

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT / "tools") not in sys.path:
    sys.path.append(str(ROOT / "tools"))

from _lib import house  # noqa: E402, needs the path above
from _lib.house_trace import Trace  # noqa: E402

# A made-up addon of two packages; ``upper`` may use ``lower``, not the other way.
FILES = {
    "models/__init__.py": "from . import (  # isort: skip\n    mixins,\n    sale,\n)\n",
    "models/mixins/__init__.py": "from . import nu_pos_thing\n",
    "models/mixins/nu_pos_thing.py": """
from odoo import models


class NuPosThing(models.AbstractModel):
    _name = "nu.pos.thing"
""",
    "models/sale/__init__.py": "from . import nu_pos_deal\n",
    "models/sale/nu_pos_deal.py": """
from odoo import models
from ..mixins.nu_pos_thing import NuPosThing


class NuPosDeal(models.Model):
    _name = "nu.pos.deal"
    _inherit = ["nu.pos.thing"]

    def done(self):
        return self.env["nu.pos.thing"], self.env["pos.order"]
""",
    "fiscal/__init__.py": "",
    "fiscal/money.py": "import decimal\n",
    "schemas/__init__.py": "",
    "controllers/__init__.py": "",
    "controllers/deals.py": "from ..schemas import deal\n",
}


@tagged("post_install", "-at_install")
class TestHouse(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = house.read(ROOT)

    def test_no_arrow_points_up(self):
        self.assertGreater(len(self.house.arrows()), 300)
        self.assertEqual([str(arrow) for arrow in self.house.upward()], [])

    def test_folders_know_only_what_they_may(self):
        self.assertEqual([str(arrow) for arrow in self.house.between_folders()], [])

    def test_file_is_named_after_its_model(self):
        misplaced = [f"{model.file} {model.name}" for model in self.house.misplaced()]
        self.assertEqual(misplaced, [])

    def test_every_folder_of_models_is_loaded(self):
        folders = {path.parent.name for path in ROOT.glob("models/*/*.py")}
        self.assertEqual(folders, set(self.house.packages))


@tagged("post_install", "-at_install")
class TestReader(BaseCase):
    """The reader sees what the tests above forbid."""

    def tree(self, changes):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in {**FILES, **changes}.items():
            path = Path(folder.name) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return house.read(folder.name)

    def below(self, text):
        """What is upward when the lower package's model has this code too."""
        tree = self.tree({"models/mixins/extra.py": text})
        return [(arrow.kind, arrow.what) for arrow in tree.upward()]

    def test_made_up_addon_is_in_order(self):
        tree = self.tree({})
        self.assertEqual(tree.packages, ["mixins", "sale"])
        self.assertEqual(
            [(arrow.kind, arrow.what) for arrow in tree.arrows()],
            [
                ("import", "mixins.nu_pos_thing.NuPosThing"),
                ("env", "nu.pos.thing"),
                ("inherit", "nu.pos.thing"),
            ],
        )
        self.assertEqual(tree.upward(), [])
        self.assertEqual(tree.between_folders(), [])
        self.assertEqual(tree.misplaced(), [])

    def test_imports_that_point_up(self):
        for text in (
            "from ..sale.nu_pos_deal import NuPosDeal",
            "from ..sale import nu_pos_deal",
            "from .. import sale",
            "def f():\n    from ..sale import nu_pos_deal",
            "from odoo.addons.nu_restaurant_pos.models.sale import nu_pos_deal",
            "import odoo.addons.nu_restaurant_pos.models.sale.nu_pos_deal",
        ):
            with self.subTest(text):
                self.assertEqual([kind for kind, _what in self.below(text)], ["import"])

    def test_environments_that_point_up(self):
        for text, model in (
            ('self.env["nu.pos.deal"].done()', "nu.pos.deal"),
            ('env["pos.order"]', "pos.order"),
            ('self.env(su=True)["pos.order.line"]', "pos.order.line"),
            ('request.env["pos.payment"]', "pos.payment"),
        ):
            with self.subTest(text):
                self.assertEqual(self.below(text), [("env", model)])
        for text in (
            'self.env["res.partner"]',
            "order.action_pos_order_paid()",
            'values["pos.order"]',
        ):
            with self.subTest(text):
                self.assertEqual(self.below(text), [])

    def test_account_models_are_of_accounting(self):
        init = "from . import mixins, accounting, sale\n"
        lower = 'self.env["account.tax"]'
        tree = self.tree(
            {
                "models/__init__.py": init,
                "models/accounting/__init__.py": "",
                "models/mixins/extra.py": lower,
                "models/sale/extra.py": lower,
            }
        )
        self.assertEqual(
            [str(arrow) for arrow in tree.upward()],
            ["models/mixins/extra.py:1 env account.tax (accounting)"],
        )

    def test_model_that_a_later_package_defines_is_not_extended(self):
        text = (
            "from odoo import models\n\n\nclass Deal(models.Model):\n"
            '    _inherit = "nu.pos.deal"\n'
        )
        self.assertEqual(self.below(text), [("inherit", "nu.pos.deal")])

    def test_folders_that_know_too_much(self):
        for name, text, target in (
            ("fiscal/bad.py", "from ..models.sale import nu_pos_deal", "models"),
            ("schemas/bad.py", "from ..models.sale import nu_pos_deal", "models"),
            ("models/sale/bad.py", "from ...controllers import deals", "controllers"),
        ):
            with self.subTest(name):
                [arrow] = self.tree({name: text}).between_folders()
                self.assertEqual((arrow.file, arrow.target), (name, target))

    def test_file_that_is_not_named_after_its_model(self):
        text = (
            "from odoo import models\n\n\nclass Partner(models.Model):\n"
            '    _inherit = "res.partner"\n'
        )
        for stem, fits in (
            ("res_partner", True),
            ("res_partner_credit", True),
            ("res_partners", False),
            ("credit", False),
        ):
            with self.subTest(stem):
                tree = self.tree({f"models/sale/{stem}.py": text})
                self.assertEqual(bool(tree.misplaced()), not fits)

    def test_cycles_between_models(self):
        self.assertEqual(self.tree({}).largest_cycle(), ["nu.pos.deal"])
        back = FILES["models/mixins/nu_pos_thing.py"] + (
            '\n    def back(self):\n        return self.env["nu.pos.deal"]\n'
        )
        tree = self.tree({"models/mixins/nu_pos_thing.py": back})
        self.assertEqual(tree.largest_cycle(), ["nu.pos.deal", "nu.pos.thing"])

    def test_cycles_by_package_know_the_parts_of_a_model(self):
        part = (
            "from odoo import models\n\n\nclass Config(models.Model):\n"
            '    _inherit = "pos.config"\n\n    def act(self):\n'
            '        return self.env["{}"]\n'
        )
        back = FILES["models/mixins/nu_pos_thing.py"] + (
            '\n    def back(self):\n        return self.env["pos.config"]\n'
        )
        files = {
            "models/mixins/nu_pos_thing.py": back,
            "models/sale/pos_config.py": part.format("nu.pos.thing"),
        }
        tree = self.tree(files)
        self.assertEqual(tree.largest_cycle(), ["nu.pos.thing", "pos.config"])
        self.assertEqual(len(tree.largest_cycle_by_package()), 1)
        tree = self.tree(
            {**files, "models/mixins/pos_config.py": part.format("nu.pos.thing")}
        )
        self.assertEqual(
            tree.largest_cycle_by_package(),
            ["mixins: nu.pos.thing", "mixins: pos.config"],
        )

    def test_callers_of_an_abstract_model(self):
        [(model, users)] = self.tree({}).abstract()
        self.assertEqual(model.name, "nu.pos.thing")
        self.assertEqual(users, ["models/sale/nu_pos_deal.py"])


@tagged("post_install", "-at_install")
class TestTrace(BaseCase):
    def test_calls_files_and_switches(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        spaces = {}
        for name, text in (
            ("a.py", "def first(other):\n    return [other(1), other(2)]\n"),
            ("b.py", "def second(number):\n    return number\n"),
        ):
            code = compile(text, str(Path(folder.name).resolve() / name), "exec")
            exec(code, spaces)
        with Trace(folder.name) as trace:
            spaces["first"](spaces["second"])
            len([])
        figures = trace.figures()
        self.assertEqual(figures["calls"], 3)
        self.assertEqual(figures["functions"], 2)
        self.assertEqual(figures["files"], 2)
        self.assertEqual(figures["calls to another file"], 2)
        self.assertEqual(figures["switches between files"], 1)
        self.assertEqual(list(trace.way()), ["a.py:1 first", "b.py:1 second"])
