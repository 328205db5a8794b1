"""The structure of the sources, read from their text: packages, models and the arrows
between them.

``models/`` is in packages, one a floor; ``models/__init__.py`` lists them in the order
of loading. An *arrow* is an import or an ``env["..."]`` of another package's model, and
it may point to an earlier package only. A model of ours is owned by the package that
defines it. Of core's models those in ``CORE_OWNERS`` have an owner; the others, such as
``res.partner``, are everybody's.

>>> tree = read(Path("."))                                # doctest: +SKIP
>>> [str(arrow) for arrow in tree.upward()]               # doctest: +SKIP
[]
"""

import ast
import collections
from dataclasses import dataclass, field
from pathlib import Path

ADDON = "nu_restaurant_pos"
CORE_OWNERS = {
    "pos.order": "sale",
    "pos.order.line": "sale",
    "pos.payment": "sale",
    "account.": "accounting",
}
KINDS = ("Model", "AbstractModel", "TransientModel")
# What each folder beside models/ may import of the others.
FOLDERS = {
    "fiscal": (),
    "schemas": ("fiscal",),
    "models": ("fiscal", "schemas"),
    "wizard": ("fiscal", "models", "schemas"),
    "report": ("fiscal", "models", "schemas"),
    "cli": ("fiscal", "models", "schemas"),
    "controllers": ("fiscal", "models", "schemas"),
}
_SKIPPED = {"__pycache__", "node_modules", "lib"}
_OTHERS = {".sql", ".xml", ".js", ".css", ".scss", ".rst", ".md"}


@dataclass(frozen=True)
class Arrow:
    """A use of one package in another; ``what`` is a module or a model."""

    source: str
    target: str
    kind: str
    what: str
    file: str
    line: int

    def __str__(self):
        return f"{self.file}:{self.line} {self.kind} {self.what} ({self.target})"


@dataclass(frozen=True)
class ModelClass:
    """A class of a model in one file: it defines ``name``, or extends it."""

    name: str
    kind: str
    defines: bool
    inherits: tuple
    file: str
    line: int


@dataclass
class Source:
    """One Python file of the addon."""

    path: Path
    folder: str
    package: str
    tree: ast.Module
    lines: int
    classes: list = field(default_factory=list)
    # (line, model, the class's own model or None)
    environments: list = field(default_factory=list)

    @property
    def file(self):
        return self.path.as_posix()


class House:
    """All that was read; paths are relative to the addon's folder."""

    def __init__(self, packages, sources, others):
        self.packages = packages
        self.sources = sources
        self.others = others
        self.order = {name: index for index, name in enumerate(packages)}
        self.owners = {
            model.name: source.package
            for source in self.models()
            for model in source.classes
            if model.defines
        }

    def models(self):
        return [source for source in self.sources if source.folder == "models"]

    # --- figures --------------------------------------------------------------

    def sizes(self):
        """Return ``{folder: (Python files, their lines, lines of other text)}``."""
        found = collections.defaultdict(lambda: [0, 0, 0])
        for source in self.sources:
            row = found[self._heading(source.folder, source.package)]
            row[0] += 1
            row[1] += source.lines
        for path, lines in self.others:
            parts = path.parts
            folder = parts[0] if len(parts) > 1 else "."
            package = parts[1] if folder == "models" and len(parts) > 2 else ""
            found[self._heading(folder, package)][2] += lines
        ranks = {f"models/{name}": rank for name, rank in self.order.items()}
        names = sorted(
            found, key=lambda name: (name not in ranks, ranks.get(name), name)
        )
        return {name: tuple(found[name]) for name in names}

    @staticmethod
    def _heading(folder, package):
        return f"models/{package}" if folder == "models" and package else folder

    def abstract(self):
        """Return each AbstractModel with the files that name it, its own left out."""
        users = collections.defaultdict(set)
        for source in self.sources:
            if source.folder == "tests":
                continue
            for _line, model, _own in source.environments:
                users[model].add(source.file)
            for model in source.classes:
                for name in model.inherits:
                    users[name].add(source.file)
        return [
            (model, sorted(users[model.name] - {source.file}))
            for source in self.models()
            for model in source.classes
            if model.defines and model.kind == "AbstractModel"
        ]

    # --- arrows ---------------------------------------------------------------

    def owner(self, model):
        """Return the package that owns a model, None where it is everybody's."""
        if model in self.owners:
            return self.owners[model]
        for name, package in CORE_OWNERS.items():
            if model == name or (name.endswith(".") and model.startswith(name)):
                return package if package in self.order else None
        return None

    def arrows(self):
        """Return the arrows between packages of ``models/``."""
        found = []
        for source in self.models():
            if not source.package:
                continue
            uses = [
                *(
                    (package, "import", module, line)
                    for package, module, line in _package_imports(source, self.order)
                ),
                *(
                    (self.owner(model), "env", model, line)
                    for line, model, _own in source.environments
                ),
                # Extending a model of ours; core's are extended on every floor.
                *(
                    (self.owners[name], "inherit", name, model.line)
                    for model in source.classes
                    for name in model.inherits
                    if name in self.owners
                ),
            ]
            found += [
                Arrow(source.package, target, kind, what, source.file, line)
                for target, kind, what, line in uses
                if target is not None and target != source.package
            ]
        return found

    def upward(self):
        """Return the arrows that do not point to an earlier package."""
        return [
            arrow
            for arrow in self.arrows()
            if self.order[arrow.target] > self.order[arrow.source]
        ]

    def between_folders(self):
        """Return the imports from one folder of the addon into another that it may
        not know."""
        return [
            Arrow(source.folder, folder, "import", folder, source.file, line)
            for source in self.sources
            if source.folder in FOLDERS
            for folder, line in _folder_imports(source)
            if folder in FOLDERS
            and folder not in (source.folder, *FOLDERS[source.folder])
        ]

    def misplaced(self):
        """Return the classes whose file's name does not begin with their model's."""
        return [
            model
            for source in self.models()
            for model in source.classes
            if not _fits(source.path.stem, model.name)
        ]

    # --- edges between models -------------------------------------------------

    def edges(self):
        """Return ``{model: {models it reaches by env["..."]}}`` and their count.

        Models that nothing in ``models/`` defines or extends are left out.
        """
        ours = {model.name for source in self.models() for model in source.classes}
        graph, count = collections.defaultdict(set), 0
        for source in self.models():
            for _line, target, own in source.environments:
                if own is not None and target in ours and target != own:
                    graph[own].add(target)
                    count += 1
        return dict(graph), count

    def largest_cycle(self):
        """Return the largest set of models that all reach each other.

        A model of Odoo's that several packages extend, such as ``pos.config``, is one
        node, so its cycles go through packages that do not know each other.
        """
        graph, _count = self.edges()
        return max(components(graph), key=len, default=[])

    def largest_cycle_by_package(self):
        """Return the largest cycle of ``package: model``, where each package's part of
        a model is a node of its own."""
        graph = collections.defaultdict(set)
        for source in self.models():
            parts = {model.name for model in self._classes_of(source.package)}
            for _line, target, own in source.environments:
                home = self.owner(target) or (source.package if target in parts else "")
                if own is not None and home and target != own:
                    node = f"{source.package}: {own}"
                    graph[node].add(f"{home}: {target}")
        return max(components(graph), key=len, default=[])

    def _classes_of(self, package):
        return [
            model
            for source in self.models()
            if source.package == package
            for model in source.classes
        ]


def components(graph):
    """Return the strongly connected components of ``{node: successors}``, sorted.

    >>> components({"a": {"b"}, "b": {"a", "c"}})
    [['a', 'b'], ['c']]
    """
    reach = {}
    nodes = sorted({*graph, *(name for row in graph.values() for name in row)})
    for node in nodes:
        seen, waiting = set(), [node]
        while waiting:
            for name in graph.get(waiting.pop(), ()):
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
        reach[node] = seen
    found, placed = [], set()
    for node in nodes:
        if node not in placed:
            group = [
                name
                for name in nodes
                if name == node or (name in reach[node] and node in reach[name])
            ]
            placed.update(group)
            found.append(group)
    return found


# --- reading --------------------------------------------------------------------------


def read(root):
    """Read the addon in the folder ``root``."""
    root = Path(root)
    sources, others = [], []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or _SKIPPED.intersection(relative.parts) or not path.is_file():
            continue
        if path.suffix in _OTHERS:
            others.append((relative, len(path.read_text().splitlines())))
        elif path.suffix == ".py" or _is_script(path):
            sources.append(_source(root, relative))
    packages = package_order(root)
    return House(packages, sources, others)


def package_order(root):
    """Return the packages of ``models/`` in the order of loading."""
    folder = Path(root) / "models"
    init = ast.parse((folder / "__init__.py").read_text())
    return [
        alias.name
        for node in init.body
        if isinstance(node, ast.ImportFrom) and node.level == 1 and not node.module
        for alias in node.names
        if (folder / alias.name / "__init__.py").is_file()
    ]


def _is_script(path):
    if path.suffix or path.parent.name != "tools":
        return False
    with path.open("rb") as file:
        return file.readline().startswith(b"#!") and b"python" in path.read_bytes()[:40]


def _source(root, relative):
    text = (root / relative).read_text()
    parts = relative.parts
    folder = parts[0] if len(parts) > 1 else "."
    package = parts[1] if folder == "models" and len(parts) > 2 else ""
    tree = ast.parse(text)
    source = Source(relative, folder, package, tree, len(text.splitlines()))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            source.classes += _model(node, relative.as_posix())
    owned = {id(node): name for node, name in _owned(source)}
    for node in ast.walk(tree):
        name = _environment(node)
        if name is not None:
            source.environments.append((node.lineno, name, owned.get(id(node))))
    return source


def _model(node, file):
    """Return a class as a model, in a list; an empty one where it is none."""
    kinds = [base.attr for base in node.bases if isinstance(base, ast.Attribute)]
    kind = next((name for name in kinds if name in KINDS), None)
    values = {
        statement.targets[0].id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
    }
    if kind is None or not {"_name", "_inherit"} & set(values):
        return []
    inherits = _texts(values.get("_inherit"))
    name = next(iter(_texts(values.get("_name"))), None) or inherits[0]
    defines = name not in inherits
    parents = tuple(parent for parent in inherits if parent != name or not defines)
    return [ModelClass(name, kind, defines, parents, file, node.lineno)]


def _texts(node):
    if isinstance(node, ast.Constant):
        return [node.value]
    if isinstance(node, (ast.List, ast.Tuple)):
        return [item.value for item in node.elts if isinstance(item, ast.Constant)]
    return []


def _owned(source):
    """Yield each node inside a model's class with the model's name."""
    names = {model.line: model.name for model in source.classes}
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and node.lineno in names:
            for inside in ast.walk(node):
                yield inside, names[node.lineno]


def _environment(node):
    """Return the model of ``env["model"]``, whatever leads to the environment."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
        return None
    value = node.value
    if isinstance(value, ast.Call):
        value = value.func
    name = getattr(value, "attr", None) or getattr(value, "id", "")
    return node.slice.value if name.endswith("env") else None


def _imports(source):
    """Yield the dotted path from the addon's root, as a tuple, and the line."""
    place = source.path.parent.parts
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            module = tuple((node.module or "").split(".")) if node.module else ()
            if node.level:
                base = place[: len(place) - node.level + 1]
            elif module[:3] == ("odoo", "addons", ADDON):
                base, module = (), module[3:]
            else:
                continue
            for alias in node.names:
                yield (*base, *module, alias.name), node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                module = tuple(alias.name.split("."))
                if module[:3] == ("odoo", "addons", ADDON):
                    yield module[3:], node.lineno


def _package_imports(source, order):
    for path, line in _imports(source):
        if path[:1] == ("models",) and len(path) > 1 and path[1] in order:
            yield path[1], ".".join(path[1:]), line


def _folder_imports(source):
    for path, line in _imports(source):
        if path:
            yield path[0], line


def _fits(stem, model):
    name = model.replace(".", "_")
    return stem == name or stem.startswith(f"{name}_")
