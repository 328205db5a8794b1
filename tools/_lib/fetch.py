"""Odoo 19 itself: the one the person has, Debian's package, or the official source."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import debian, home
from .progress import Failure, run, say, size_of, step

SERIES = "19.0"
OFFICIAL_SOURCE = "https://github.com/odoo/odoo"


@dataclass(frozen=True)
class Odoo:
    """Where an Odoo is. ``library`` is the folder that holds the package ``odoo``."""

    library: Path
    addons: tuple
    version: str


def ensure():
    """Return the Odoo to use, fetched first if this machine has none."""
    given = os.environ.get("ODOO_HOME")
    if given:
        return _given(Path(given).expanduser().resolve())
    found = _fetched()
    if found is None:
        with home.locked("odoo", "another run that fetches Odoo"):
            found = _fetched()
            if found is None:
                _fetch(home.folder("odoo") / SERIES)
                found = _fetched()
    return found


def _given(folder):
    odoo = _describe(folder)
    if odoo is None:
        raise Failure(
            f"ODOO_HOME={folder} holds neither odoo-bin nor the package odoo.\n"
            f"Set it to a checkout of Odoo {SERIES}, or unset it to have Odoo fetched."
        )
    if not odoo.version.startswith(SERIES):
        raise Failure(
            f"ODOO_HOME={folder} holds Odoo {odoo.version}, but {SERIES} is needed."
        )
    return odoo


def _fetched():
    root = home.folder("odoo") / SERIES
    if not root.exists():
        return None
    return _describe(root) or _describe(root / "usr/lib/python3/dist-packages")


def _describe(folder):
    """Read an Odoo's layout and version; None where there is no Odoo."""
    if (folder / "release.py").is_file() and folder.name == "odoo":
        folder = folder.parent
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        return None
    # A checkout keeps most addons in "addons"; an installed Odoo has them all inside.
    addons = (folder / "addons", folder / "odoo" / "addons")
    if (addons[1] / "point_of_sale").is_dir():
        addons = addons[1:]
    match = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(), re.M)
    series = ".".join(match.groups()) if match else "unknown"
    return Odoo(folder, addons, f"{series}+{_revision(folder)}")


def _revision(folder):
    """Return what tells this copy of Odoo from another of the same series."""
    mark = home.folder("odoo") / SERIES / "REVISION"
    if mark.exists() and str(folder).startswith(str(mark.parent)):
        return mark.read_text().strip()
    if (folder / ".git").exists() and shutil.which("git"):
        advice = "Check that ODOO_HOME is a sound git checkout."
        command = ["git", "-c", "safe.directory=*", "-C", folder, "rev-parse", "HEAD"]
        return run(command, advice).strip()
    return str(folder)


def _fetch(target):
    if debian.is_possible():
        try:
            with home.built(target) as scratch:
                revision = debian.unpack(scratch)
                (scratch / "REVISION").write_text(f"debian-{revision}\n")
            return
        except Failure as failure:
            say(f"Debian's package could not be had, trying the source: {failure}")
    _clone(target)


def _clone(target):
    if not shutil.which("git"):
        raise Failure(
            "Odoo cannot be fetched here: git is missing. Either run\n"
            "  apt-get install git   (as root)\n"
            "or set ODOO_HOME to an Odoo 19 checkout."
        )
    advice = "Check the network, or set ODOO_HOME to an Odoo 19 checkout."
    with home.built(target) as scratch:
        clone = ["git", "clone", "--quiet", "--depth", "1", "--branch", SERIES]
        with step("Cloning Odoo 19 (about 1 GB)", size_of(scratch)):
            # The folder exists and is empty, which git accepts.
            run([*clone, OFFICIAL_SOURCE, scratch], advice)
        revision = run(["git", "-C", scratch, "rev-parse", "HEAD"], advice)
        (scratch / "REVISION").write_text(f"git-{revision.strip()}\n")
