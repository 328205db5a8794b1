"""Snapshots of the addon: what Odoo and pytest load instead of the checkout.

Odoo and pytest-odoo take the addon's name from its folder, and a checkout may have any
name and be edited while a long run reads it. So each run uses a copy named after the
addon that never changes once it is there. Copies are keyed by their content: a tree
seen before costs only the reading of it, and files that did not change are shared
(hard links) with the copy before.
"""

import ast
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import home
from .progress import Failure

ADDON = "nu_restaurant_pos"
KEEP = 4

_IGNORED_NAMES = {
    "__pycache__",
    "build",
    "dist",
    "htmlcov",
    "node_modules",
    "venv",
}
# Changes to these do not change what the addon puts into a database.
_NOT_INSTALLED = {"tests", "tools", "docs", "doc"}
_NOT_INSTALLED_SUFFIXES = {".md", ".rst", ".toml", ".txt", ".cfg"}


@dataclass(frozen=True)
class Snapshot:
    """A frozen copy of the addon.

    ``addons`` is the folder to put in Odoo's addons path, ``path`` the addon in it.
    ``installed`` changes with what an installation would read, ``content`` with any
    file at all.
    """

    checkout: Path
    addons: Path
    content: str
    installed: str

    @property
    def path(self):
        return self.addons / ADDON

    def manifest(self):
        """Return the addon's manifest."""
        return _manifest(self.path)


def take(checkout):
    """Return the snapshot of the checkout as it is now, and hold it for this run."""
    checkout = Path(checkout).resolve()
    _manifest(checkout)
    place = hashlib.sha256(str(checkout).encode()).hexdigest()[:12]
    shelf = home.folder("mirrors", place)
    with home.locked(f"mirror-{place}", "another run that copies the addon"):
        content, installed = _fingerprints(checkout)
        target = shelf / content
        if not target.exists():
            content, installed = _copy(checkout, shelf)
            target = shelf / content
        _hold(target)
        os.utime(target)
        _prune(shelf)
    return Snapshot(checkout, target, content, installed)


def _manifest(addon):
    path = addon / "__manifest__.py"
    try:
        return ast.literal_eval(path.read_text())
    except FileNotFoundError as exc:
        raise Failure(f"{path} is missing: is this the addon's checkout?") from exc
    except (SyntaxError, ValueError) as exc:
        raise Failure(f"{path} cannot be read: {exc}") from exc


def _files(root):
    """Yield the relative paths of the files that belong to the addon, sorted."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _IGNORED_NAMES and not name.startswith(".")
        )
        for name in sorted(files):
            if name.endswith((".pyc", ".pyo", ".swp", "~")) or name.startswith(".#"):
                continue
            yield Path(folder, name).relative_to(root)


def _fingerprints(root):
    """Return the digest of all files and that of the files an installation reads."""
    content, installed = hashlib.sha256(), hashlib.sha256()
    for relative in _files(root):
        try:
            line = _line(relative, (root / relative).read_bytes())
        except FileNotFoundError:
            continue
        content.update(line)
        if _is_installed(relative):
            installed.update(line)
    return content.hexdigest()[:16], installed.hexdigest()[:16]


def _line(relative, data):
    return f"{relative}\0{hashlib.sha256(data).hexdigest()}\n".encode()


def _is_installed(relative):
    first = relative.parts[0]
    if first in _NOT_INSTALLED or first.startswith("."):
        return False
    if relative.parts[:2] == ("static", "tests"):
        return False  # read when a browser asks for it
    at_root = len(relative.parts) == 1
    return not (at_root and relative.suffix in _NOT_INSTALLED_SUFFIXES)


def _copy(checkout, shelf):
    """Copy the checkout and return the fingerprints of what was really copied.

    Somebody may save a file meanwhile, so the copy is what gets its digest.
    """
    newest = max(
        (path for path in shelf.iterdir() if not path.name.startswith(".")),
        key=lambda path: path.stat().st_mtime,
        default=None,
    )
    scratch = shelf / ".copying"
    home.remove(scratch)
    addon = scratch / ADDON
    addon.mkdir(parents=True)
    for relative in _files(checkout):
        before = newest and newest / ADDON / relative
        _place(checkout / relative, addon / relative, before)
    content, installed = _fingerprints(addon)
    target = shelf / content
    if target.exists():
        home.remove(scratch)
    else:
        scratch.rename(target)
    return content, installed


def _place(source, target, before):
    """Put one file in its place, shared with the earlier copy if it is the same."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        data = source.read_bytes()
        mode = source.stat()
    except FileNotFoundError:
        return
    if before and before.is_file() and before.read_bytes() == data:
        if (before.stat().st_mode & 0o111) == (mode.st_mode & 0o111):
            os.link(before, target)
            return
    target.write_bytes(data)
    shutil.copystat(source, target)


_held = {}


def _hold(target):
    """Keep this copy from being pruned for as long as this process lives."""
    lock = home.FileLock(_lock_path(target))
    lock.acquire(shared=True)
    _held[target] = lock


def hand_over():
    """Let the program that replaces this one (``exec``) go on holding its copies."""
    for lock in _held.values():
        os.set_inheritable(lock.file.fileno(), True)


def _lock_path(target):
    return home.folder("locks") / f"mirror-{target.parent.name}-{target.name}"


def _prune(shelf):
    """Remove all but the newest copies, and those that a run still uses."""
    copies = [path for path in shelf.iterdir() if not path.name.startswith(".")]
    copies.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in copies[KEEP:]:
        lock = home.FileLock(_lock_path(path))
        if lock.acquire(wait=False):
            home.remove(path)
            home.remove(home.folder("compiled") / path.relative_to("/"))
            lock.path.unlink()
            lock.release()
