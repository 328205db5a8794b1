"""The virtual environment: the packages that Odoo, the addon and the tests need."""

import hashlib
import os
import sys
import time

from . import home
from .progress import Failure, run, size_of, step

REQUIREMENTS = (
    "requirements.txt",
    "tools/requirements-odoo.txt",
    "tools/requirements-test.txt",
)
#: Packages of which only files are used: what they import is not installed.
FILES_ONLY = "requirements-docs.txt"
KEEP_SECONDS = 3 * 24 * 3600


def ensure(checkout):
    """Return the path of the environment's interpreter, built if it is not there.

    An environment belongs to the interpreter and the requirements it was made from;
    when one of them changes a new one is made beside it.
    """
    python = _folder(checkout) / "bin" / "python"
    if not _is_whole(python):
        with home.locked("venv", "another run that installs the Python packages"):
            if not _is_whole(python):
                _build(python, checkout)
    os.utime(python.parent.parent)
    return python


def _is_whole(python):
    return (python.parent.parent / "complete").exists() and python.exists()


def _folder(checkout):
    digest = hashlib.sha256(f"{sys.version}\0{_base_python()}".encode())
    for name in (*REQUIREMENTS, FILES_ONLY):
        digest.update((checkout / name).read_bytes())
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return home.folder("venv") / f"python{version}-{digest.hexdigest()[:12]}"


def _base_python():
    """Return the interpreter that the environment is, or will be, made from."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (os.path.join(sys.base_prefix, "bin", version), sys.executable):
        if os.path.exists(candidate):
            return os.path.realpath(candidate)
    raise Failure("This Python does not know its own interpreter; try another one.")


def _build(python, checkout):
    # Scripts of an environment hold its path, so it is built in place and marked
    # complete at the end instead of being renamed.
    folder = python.parent.parent
    home.remove(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    advice = (
        "If it says that ensurepip is missing: apt-get install python3-venv "
        "(as root), then run this again."
    )
    with step("Making the virtual environment"):
        run([_base_python(), "-m", "venv", folder], advice, env=_environment())
    arguments = []
    for name in REQUIREMENTS:
        arguments += ["--requirement", str(checkout / name)]
    with step("Installing Python packages", size_of(folder)):
        _install(python, *arguments)
        _install(python, "--no-deps", "--requirement", str(checkout / FILES_ONLY))
    (folder / "complete").touch()
    _prune(folder)


def _install(python, *arguments):
    run(
        [python, "-m", "pip", "install", "--quiet", "--no-input", *arguments],
        "Check the network and pip's configuration (pip config list), "
        "then run this again.",
        env=_environment(),
    )


def _environment():
    """Return this process's environment without what would mislead pip."""
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_COLOR="1")
    env["PIP_ROOT_USER_ACTION"] = "ignore"
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"):
        env.pop(name, None)
    return env


def _prune(current):
    """Remove environments that nothing has started from for some days."""
    for path in current.parent.iterdir():
        if path != current and time.time() - path.stat().st_mtime > KEEP_SECONDS:
            home.remove(path)
