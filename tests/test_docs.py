"""The pages for engineers name files and functions that exist."""

import ast
import re
import tempfile
from dataclasses import fields
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..schemas.operation import Operation

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("CONTRIBUTING.md", "docs/*.md", "docs/adr/*.md")
#: Inline code that is a path of ours, with a name in that file after a colon.
PLACE = re.compile(
    r"(?P<path>(?:[\w.*-]+/)+(?:[\w.*-]+)?|[\w-]+\.(?:py|md|rst|toml|txt))"
    r"(?::(?P<name>[\w.]+))?"
)
FENCED = re.compile(r"^```.*?^```", re.S | re.M)
#: A file of the example of a resource, and its text.
EXAMPLE = re.compile(r"`(?P<path>\w+/[\w/]+\.py)`.*?```python\n(?P<text>.*?)```", re.S)
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
    made = example(text)
    for path, name in places(text):
        if path in made:
            continue
        exists = any(root.glob(path)) if "*" in path else (root / path).exists()
        if not exists:
            yield path
        elif name and name.rpartition(".")[2] not in names_in(root / path):
            yield f"{path}:{name}"


def example(text):
    """``{path: source}`` of the files of the example of a resource."""
    section = text.partition("## Add a resource in four files")[2]
    return {
        match["path"]: match["text"]
        for match in EXAMPLE.finditer(section.partition("\n## ")[0])
    }


def unknown_imports(path, source, root, made):
    """What a file of the example imports of the addon, and nobody has.

    :param made: names in each of the example's own files, ``{path: names}``
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = Path(path).parents[node.level - 1]
            module = folder.joinpath(*node.module.split("."))
            module = f"{module.as_posix()}.py"
            names = made.get(module)
            if names is None and (root / module).is_file():
                names = names_in(root / module)
            for alias in node.names:
                if alias.name not in (names or ()):
                    yield f"{path}: {module}:{alias.name}"


@tagged("post_install", "-at_install")
class TestDocs(BaseCase):
    def test_what_the_pages_name_exists(self):
        pages = [page for pattern in PAGES for page in sorted(ROOT.glob(pattern))]
        self.assertGreater(len(pages), 12)
        for page in pages:
            with self.subTest(str(page.relative_to(ROOT))):
                self.assertEqual(list(wrong(page.read_text(), ROOT)), [])

    def test_example_of_a_resource_fits(self):
        files = example((ROOT / "CONTRIBUTING.md").read_text())
        self.assertEqual(
            sorted(path.partition("/")[0] for path in files),
            ["controllers", "models", "schemas", "tests"],
        )
        made = {
            path: {
                node.name
                for node in ast.parse(source).body
                if isinstance(node, ast.ClassDef)
            }
            for path, source in files.items()
        }
        for path, source in files.items():
            self.assertEqual(list(unknown_imports(path, source, ROOT, made)), [])
        [controller] = [path for path in files if path.startswith("controllers/")]
        declared = {
            keyword.arg
            for node in ast.walk(ast.parse(files[controller]))
            if isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "operation"
            for keyword in node.keywords
        }
        self.assertIn("permission", declared)
        self.assertLessEqual(declared, {field.name for field in fields(Operation)})

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
