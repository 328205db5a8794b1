"""Programs that paper and browser tests need: the system's, or Debian's, unpacked.

Odoo prints with ``wkhtmltopdf`` and its tours click in ``chromium``. Where the system
has one of them it is used. Else Debian's package is unpacked below ``NU_HOME``, with
the libraries and fonts that this machine lacks, and a script beside it starts it with
them: no root, and nothing outside that folder changes.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import debian, home
from .progress import Failure, say, size_of, step

# Receipts and pages ask for them by name.
FONTS = ("fonts-dejavu-core", "fonts-liberation")


@dataclass(frozen=True)
class Program:
    """A program: the names it goes by on a system, and what Debian has of it."""

    name: str
    aliases: tuple
    package: str
    executable: str


# Odoo looks for these browsers, in this order.
CHROMIUM = Program(
    "chromium",
    ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable"),
    "chromium",
    # The package's /usr/bin/chromium reads folders of the system.
    "usr/lib/chromium/chromium",
)
WKHTMLTOPDF = Program(
    "wkhtmltopdf", ("wkhtmltopdf",), "wkhtmltopdf", "usr/bin/wkhtmltopdf"
)


def ensure(*programs):
    """Return the folders to put on ``PATH`` for these programs, fetched if missing.

    :raise Failure: one is missing and cannot be had here
    """
    missing = [one for one in programs if not _on_system(one)]
    if not missing:
        return ()
    if any(not _is_sound(one) for one in missing):
        with home.locked("programs", "another run that fetches programs"):
            unsound = [one for one in missing if not _is_sound(one)]
            if unsound:
                _fetch(unsound)
    return tuple(_folder(one) / "bin" for one in missing)


def ensure_or_say(*programs):
    """Do without programs that cannot be had, and say so."""
    try:
        return ensure(*programs)
    except Failure as failure:
        say(str(failure))
        return ()


def _on_system(program):
    return any(shutil.which(alias) for alias in program.aliases)


def _folder(program):
    return home.home() / "programs" / program.name


def _is_sound(program):
    """Tell whether the unpacked program starts; a library of the system may be gone."""
    script = _folder(program) / "bin" / program.name
    return script.exists() and _starts(script)


def _starts(script):
    result = subprocess.run(
        [script, "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return not result.returncode


def _fetch(programs):
    names = " ".join(one.package for one in programs)
    advice = f"Install by hand, as root: apt-get install {names}"
    if not debian.is_possible():
        raise Failure(
            f"Missing on this machine: {names}.\n"
            f"On Debian or Ubuntu, as root: apt-get install {names}\n"
            "Elsewhere: install Chromium or Google Chrome, and wkhtmltopdf, so that "
            "they are on PATH."
        )
    state = home.folder("downloads", "apt-programs")
    apt = debian.Apt(state, debian.own_sources())
    with step("Reading this machine's Debian package lists", size_of(state)):
        apt.update(advice)
    try:
        for program in programs:
            with step(f"Downloading {program.name} with its libraries", size_of(state)):
                packages = apt.download_missing((program.package, *FONTS), advice)
            with home.built(_folder(program)) as scratch:
                root = scratch / "root"
                with step(f"Unpacking {program.name}", size_of(scratch)):
                    debian.extract(packages, root)
                _write_script(program, scratch, _folder(program))
            if not _is_sound(program):
                script = _folder(program) / "bin" / program.name
                raise Failure(
                    f"{program.name} was unpacked, but does not start:\n"
                    f"  {script} --version\n{advice}"
                )
    finally:
        home.remove(state)


def _write_script(program, scratch, place):
    """Write the script that starts the program with its own libraries and fonts.

    ``scratch`` is where the program lies now, ``place`` where it will.
    """
    (scratch / "fontconfig").mkdir()
    (scratch / "runtime").mkdir(mode=0o700)
    (scratch / "fonts.conf").write_text(_fonts(scratch / "root", place))
    libraries = os.pathsep.join(
        str(place / "root" / folder) for folder in _libraries(scratch / "root")
    )
    plugins = [
        str(place / path.relative_to(scratch))
        for path in scratch.glob("root/usr/lib/*/qt5/plugins")
    ]
    script = scratch / "bin" / program.name
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        f'export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\n'
        f'export FONTCONFIG_FILE="{place}/fonts.conf"\n'
        f'export QT_PLUGIN_PATH="{os.pathsep.join(plugins)}"\n'
        # Qt complains of its absence at every page that is printed.
        f'export XDG_RUNTIME_DIR="${{XDG_RUNTIME_DIR:-{place}/runtime}}"\n'
        f'exec "{place}/root/{program.executable}" "$@"\n'
    )
    script.chmod(0o755)


def _libraries(root):
    """Return the folders of a package tree that hold shared libraries."""
    folders = []
    for path in (*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*")):
        folders += [path, *(child for child in path.iterdir() if child.is_dir())]
    folders = [path.relative_to(root) for path in folders if any(path.glob("lib*.so*"))]
    return sorted(folders, key=lambda folder: len(folder.parts))


def _fonts(root, place):
    """Return a fontconfig configuration: the system's if it has one, and our fonts."""
    system = Path("/etc/fonts/fonts.conf")
    includes = [system] if system.exists() else []
    if not includes:
        # The package's own links to these are made by a script that has not run.
        rules = root / "usr/share/fontconfig/conf.avail"
        includes = [
            place / path.relative_to(root.parent)
            for name in ("30-metric-aliases", "45-latin", "60-latin")
            for path in rules.glob(f"{name}.conf")
        ]
    lines = [
        *(f"<include>{path}</include>" for path in includes),
        "<dir>/usr/share/fonts</dir>",
        f"<dir>{place}/root/usr/share/fonts</dir>",
        f"<cachedir>{place}/fontconfig</cachedir>",
    ]
    return (
        '<?xml version="1.0"?>\n'
        '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        "<fontconfig>\n" + "\n".join(lines) + "\n</fontconfig>\n"
    )
