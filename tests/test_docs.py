"""The pages for engineers name files and functions that exist."""

import ast
import re
import tempfile
from pathlib import Path

from odoo.tests import BaseCase, tagged

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("CONTRIBUTING.md", "docs/*.md", "docs/adr/*.md")
#: Inline code that is a path of ours, with a name in that file after a colon.
PLACE = re.compile(
    r"(?P<path>(?:[\w.*-]+/)+(?:[\w.*-]+)?|[\w-]+\.(?:py|md|rst|toml|txt))"
    r"(?::(?P<name>[\w.]+))?"
)
FENCED = re.compile(r"^```.*?^```", re.S | re.M)
SQL_NAME = re.compile(r"(?:FUNCTION|TRIGGER|VIEW|INDEX)\s+(\w+)", re.I)


def places(text):
    """Paths and names in a page; what is in a fenced block is an example."""
    for code in re.findall(r"`([^`\n]+)`", FENCED.sub("", text)):
        match = PLACE.fullmatch(code)
        if match:
            yield match["path"], match["name"]


def names_in(path):
    """Functions, classes, methods and constants of a file of Python or SQL."""
    text = path.read_text()
    if path.suffix == ".sql":
        return set(SQL_NAME.findall(text))
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(
                target.id for target in node.targets if isinstance(target, ast.Name)
            )
    return names


def wrong(text, root):
    """What a page names and ``root`` has not."""
    for path, name in places(text):
        exists = any(root.glob(path)) if "*" in path else (root / path).exists()
        if not exists:
            yield path
        elif name and name.rpartition(".")[2] not in names_in(root / path):
            yield f"{path}:{name}"


@tagged("post_install", "-at_install")
class TestDocs(BaseCase):
    def test_what_the_pages_name_exists(self):
        pages = [page for pattern in PAGES for page in sorted(ROOT.glob(pattern))]
        self.assertGreater(len(pages), 12)
        for page in pages:
            with self.subTest(str(page.relative_to(ROOT))):
                self.assertEqual(list(wrong(page.read_text(), ROOT)), [])

    def test_names_on_their_way_are_in_the_code(self):
        page = (ROOT / "docs" / "glossary.md").read_text()
        table = page.partition("## Names on their way")[2]
        code = "".join(
            path.read_text()
            for folder in ("models", "fiscal", "schemas", "controllers")
            for path in sorted((ROOT / folder).rglob("*.py"))
        )
        gone = [
            name
            for name in re.findall(r"^\|.*\| `(.+?)` \|$", table, re.M)
            if not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", code)
        ]
        self.assertEqual(gone, [], "renamed: take their rows out of the glossary")

    def test_reader_sees_what_does_not_exist(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        (root / "models").mkdir()
        (root / "models" / "x.py").write_text("LIMIT = 1\n\ndef act():\n    pass\n")
        (root / "models" / "x.sql").write_text("CREATE FUNCTION take() ...")
        for text, expected in (
            ("`models/x.py:act`, `models/x.py:LIMIT`, `models/x.sql:take`", []),
            ("`models/`, `models/*.py`, `env[...]`, `a.b`, `/pos-api/v1/docs`", []),
            ("`models/y.py`", ["models/y.py"]),
            ("`models/x.py:gone`", ["models/x.py:gone"]),
            ("`models/x.sql:gone`", ["models/x.sql:gone"]),
            ("`tools/x`", ["tools/x"]),
            ("```\n`models/y.py`\n```", []),
        ):
            with self.subTest(text):
                self.assertEqual(list(wrong(text, root)), expected)
