"""Packages out of Debian's archive, without root and without touching the system.

apt is run on a private state below ``NU_HOME``. The mirror and the key that signs it
are those of the machine's own configuration. Odoo's package is architecture "all" and
its static files are links into other packages, so some of those are unpacked beside it.
Programs (``programs.py``) are unpacked with the libraries that this machine lacks.
"""

import os
import re
import shutil
from pathlib import Path

from . import home
from .progress import Failure, run, size_of, step

UNSTABLE = "sid"
# A package moves through Debian's suites and leaves them: the first suite that carries
# it is used. Names that the mirror does not have (yet, or any more) cost one request.
ODOO = ("odoo-19", "19.0")
ODOO_SUITES = (UNSTABLE, "forky", "experimental", "trixie-backports", "forky-backports")
# Font Awesome 4.7, whose paths Odoo's links expect; later ones are arranged otherwise.
ICONS = ("fonts-font-awesome", "4.7")
ICONS_SUITES = ("bookworm", "trixie", "bookworm-backports")
# Of the same suite as Odoo.
COMPANIONS = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
)
# Files that Debian leaves out, but that a bundle of Odoo's web client lists: without
# them every page logs an error. (This one blurs the background of video calls.)
LEFT_OUT = ("mail/static/lib/selfie_segmentation/selfie_segmentation.js",)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
CONFIGURATION = Path("/etc/apt")
ADVICE = (
    "Check the network and the machine's Debian mirror (apt-get update), or set "
    "ODOO_HOME to an Odoo 19 checkout."
)


def is_possible():
    """Tell whether this machine has apt, dpkg and a Debian mirror configured."""
    tools = shutil.which("apt-get") and shutil.which("dpkg-deb")
    return bool(tools and find_mirror())


def find_mirror(configuration=CONFIGURATION, codename=None):
    """Return ``(address, signed_by)`` of the machine's Debian mirror, or None."""
    codename = codename or _codename()
    for source in _sources(configuration):
        suites, components = source["suites"], source["components"]
        if codename in suites and "main" in components and source["uris"]:
            return source["uris"][0], source["signed_by"]
    return None


def _codename():
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return None
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    if values.get("ID", "").strip('"') != "debian":
        return None
    # Testing and unstable machines have no number, and name "sid" as their suite.
    return values.get("VERSION_CODENAME", UNSTABLE).strip('"')


def _sources(configuration):
    """Yield the enabled binary sources of an apt configuration, in apt's order."""
    parts = configuration / "sources.list.d"
    for path in [configuration / "sources.list", *sorted(parts.glob("*.list"))]:
        if path.is_file():
            yield from _one_line_sources(path.read_text(errors="replace"))
    for path in sorted(parts.glob("*.sources")):
        yield from _stanza_sources(path.read_text(errors="replace"))


def _one_line_sources(text):
    """Parse ``deb [option=value ...] uri suite component...`` lines."""
    pattern = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<rest>\S.*)$")
    for line in text.splitlines():
        match = pattern.match(line.split("#", 1)[0].strip())
        words = match["rest"].split() if match else []
        if len(words) < 3:
            continue
        options = dict(
            word.split("=", 1)
            for word in (match["options"] or "").split()
            if "=" in word
        )
        yield {
            "uris": [words[0]],
            "suites": [words[1]],
            "components": words[2:],
            "signed_by": _existing(options.get("signed-by")),
        }


def _stanza_sources(text):
    """Parse the paragraphs of a deb822 ``.sources`` file."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
        unfolded = re.sub(r"\n[ \t]+", " ", paragraph)
        fields = {
            name.strip().lower(): value.strip()
            for name, _colon, value in (
                line.partition(":") for line in unfolded.splitlines()
            )
        }
        enabled = fields.get("enabled", "yes").lower() not in ("no", "false", "0")
        if enabled and "deb" in fields.get("types", "").split():
            yield {
                "uris": fields.get("uris", "").split(),
                "suites": fields.get("suites", "").split(),
                "components": fields.get("components", "").split(),
                "signed_by": _existing(fields.get("signed-by")),
            }


def _existing(path):
    """Return a keyring's path if it is one; keys given in line are left to apt."""
    return path if path and os.path.isfile(path) else None


def own_sources(configuration=CONFIGURATION, codename=None):
    """Return the lines of the machine's own release, with its updates and security."""
    codename = codename or _codename()
    lines = []
    for source in _sources(configuration):
        if "main" not in source["components"]:
            continue
        for uri in source["uris"]:
            for suite in source["suites"]:
                # "bookworm", "bookworm-security" and, in old releases, "buster/updates"
                if re.fullmatch(rf"{re.escape(codename)}([-/]\w+)?", suite):
                    lines.append(_line(uri, suite, source["signed_by"]))
    return list(dict.fromkeys(lines))


def _line(uri, suite, signed_by):
    signed_by = signed_by or (str(KEYRING) if KEYRING.exists() else None)
    mark = f"[signed-by={signed_by}] " if signed_by else ""
    return f"deb {mark}{uri} {suite} main"


class Apt:
    """apt on sources and lists of its own, in a folder of its own."""

    def __init__(self, folder, lines):
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        sources = folder / "sources.list"
        sources.write_text("".join(f"{line}\n" for line in lines))
        settings = {
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::preferences": "-",
            "Dir::Etc::preferencesparts": "-",
            "Dir::State::lists": folder / "lists",
            "Dir::Cache": folder / "cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
            "APT::Sandbox::User": "",
            "APT::Install-Recommends": "false",
            "APT::Update::Post-Invoke-Success::": "",
            "APT::Update::Error-Mode": "any",
            # The locks are the system's, which is only read.
            "Debug::NoLocking": "true",
        }
        self.options = [
            word
            for name, value in settings.items()
            for word in ("-o", f"{name}={value}")
        ]

    @property
    def archives(self):
        return self.folder / "cache" / "archives"

    def update(self, advice):
        run(["apt-get", *self.options, "update"], advice)

    def versions(self, package, advice):
        """Return the versions that the sources carry, newest first."""
        said = run(["apt-cache", *self.options, "madison", package], advice)
        rows = (line.split("|") for line in said.splitlines())
        return [row[1].strip() for row in rows if len(row) == 3]

    def download(self, packages, target, advice):
        """Download just these packages into a folder."""
        run(["apt-get", *self.options, "download", *packages], advice, cwd=target)

    def download_missing(self, packages, advice):
        """Download packages with everything of theirs that the system lacks; return
        the files."""
        for before in self.archives.glob("*.deb"):
            before.unlink()
        command = ["install", "--yes", "--download-only", "--reinstall", *packages]
        run(["apt-get", *self.options, *command], advice)
        return sorted(self.archives.glob("*.deb"))


def first_suite(package, suites, look):
    """Return the first suite that carries a package in a version that will do.

    ``package`` is a name and the beginning of its upstream version; ``look(suite)``
    returns the versions in a suite, or raises ``Failure``.

    :raise Failure: none does; the message says of each what was found
    """
    name, wanted = package
    tried = []
    for suite in suites:
        try:
            versions = look(suite)
        except Failure as failure:
            tried.append(f"{suite}: no such suite, or not readable ({_last(failure)})")
            continue
        for version in versions:
            # "5.0.10+really4.7.0" is 4.7.0
            if version.split(":")[-1].split("really")[-1].startswith(wanted):
                return suite
        found = ", ".join(versions) or "not there"
        tried.append(f"{suite}: {found}")
    listed = "\n".join(f"  {line}" for line in tried)
    raise Failure(
        f"No suite of the Debian mirror carries {name} {wanted}. Tried:\n{listed}"
    )


def _last(failure):
    """Return the line of a command's failure that says why."""
    lines = [line for line in str(failure).splitlines() if line.startswith("E:")]
    return lines[0] if lines else str(failure).splitlines()[0]


def unpack(target):
    """Download Odoo's packages and unpack them below ``target``; return the version."""
    mirror, signed_by = find_mirror()
    archive = home.folder("downloads", "packages")
    state = home.folder("downloads", "apt")

    def apt(suite):
        return Apt(state / suite, [_line(mirror, suite, signed_by)])

    def look(package):
        def versions(suite):
            apt(suite).update(ADVICE)
            return apt(suite).versions(package[0], ADVICE)

        return versions

    with step("Reading the Debian package lists", size_of(state)):
        suites = {
            first_suite(ODOO, ODOO_SUITES, look(ODOO)): (ODOO[0], *COMPANIONS),
            first_suite(ICONS, ICONS_SUITES, look(ICONS)): (ICONS[0],),
        }
    with step("Downloading Odoo 19 from the Debian mirror", size_of(archive)):
        for suite, names in suites.items():
            apt(suite).download(names, archive, ADVICE)
    packages = sorted(archive.glob("*.deb"))
    with step("Unpacking Odoo 19", size_of(target)):
        extract(packages, target)
    library = target / "usr/lib/python3/dist-packages"
    _drop_doubles(library)
    _fill_gaps(library / "odoo" / "addons")
    mend_links(target)
    home.remove(archive)
    home.remove(state)
    for package in packages:
        if package.name.startswith("odoo-19_"):
            return package.stem.split("_")[1]
    raise Failure(f"The Debian mirror gave no odoo-19 package. {ADVICE}")


def extract(packages, target):
    """Unpack packages below a folder; none of their scripts runs."""
    for package in packages:
        run(["dpkg-deb", "--extract", package, target], ADVICE)


def _drop_doubles(library):
    """Remove what the package has twice, in folders that would be importable."""
    if (library / "odoo" / "addons" / "point_of_sale").is_dir():
        for name in ("addons", "doc", "setup"):
            home.remove(library / name)


def _fill_gaps(addons):
    """Put an empty script where a bundle expects one that is not in the package."""
    for name in LEFT_OUT:
        path = addons / name
        if not path.exists() and (addons / name.split("/")[0]).is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("/* Not part of the Debian package. */\n")


def mend_links(root):
    """Point links that lead nowhere at the file of that name inside ``root``.

    Absolute links mean the system's ``/usr``; a few fonts have been renamed since the
    package was made (``Inconsolata.otf`` is ``Inconsolata-Regular.otf`` now).
    """
    by_name = {}
    for path in (root / "usr" / "share").rglob("*"):
        if path.is_file() and not path.is_symlink():
            by_name.setdefault(path.name, path)
    for folder, folders, files in os.walk(root / "usr" / "lib"):
        for name in folders + files:
            link = Path(folder, name)
            if not link.is_symlink() or link.exists():
                continue
            pointed = Path(os.readlink(link))
            inside = root / str(pointed).lstrip("/")
            renamed = f"{pointed.stem}-Regular{pointed.suffix}"
            found = (
                inside
                if pointed.is_absolute() and inside.exists()
                else by_name.get(pointed.name) or by_name.get(renamed)
            )
            if found:
                link.unlink()
                link.symlink_to(os.path.relpath(found, link.parent))
