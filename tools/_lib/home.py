"""Where the tools keep their state, and how runs at the same time stay apart.

Everything lives below one folder, ``NU_HOME``. Whatever is built there is built under
another name and renamed when complete, so an interruption never leaves half a thing
that looks whole; whatever two runs could build at once is guarded by a file lock.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from .progress import say


def home():
    """Return the folder that holds the tools' state, created if need be."""
    chosen = os.environ.get("NU_HOME")
    if chosen:
        path = Path(chosen).expanduser()
    else:
        cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        path = Path(cache).expanduser() / "nu_restaurant_pos"
    path = Path(os.path.abspath(path))
    path.mkdir(parents=True, exist_ok=True)
    return path


def folder(*parts):
    """Return a folder below ``NU_HOME``, created if need be."""
    path = home().joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


class FileLock:
    """An advisory lock that the kernel drops when its holder dies, however it dies.

    ``shared`` locks are held by many at once and keep out exclusive ones only.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.file = None

    def acquire(self, shared=False, wait=True):
        """Take the lock; without ``wait`` return False where somebody else has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        while True:
            # "a" never truncates and never fails because another has it open.
            file = open(self.path, "a")
            try:
                fcntl.flock(file, mode | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                file.close()
                return False
            except BaseException:
                file.close()
                raise
            if self._is_current(file):
                self.file = file
                return True
            # Its last owner removed the file while we waited for it.
            file.close()

    def _is_current(self, file):
        try:
            return os.path.samestat(os.fstat(file.fileno()), os.stat(self.path))
        except FileNotFoundError:
            return False

    def release(self):
        if self.file is not None:
            self.file.close()
            self.file = None


@contextlib.contextmanager
def locked(name, why="another run"):
    """Hold the lock ``name`` of this ``NU_HOME`` for the length of a block."""
    lock = FileLock(folder("locks") / name)
    if not lock.acquire(wait=False):
        say(f"Waiting for {why}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def built(target):
    """Give a scratch folder that becomes ``target`` when the block ends well.

    The caller holds a lock, so leftovers of an interrupted build can be removed.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{target.name}."
    _remove_all(target.parent, prefix)
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
        if target.exists():
            remove(target)
        scratch.rename(target)
    finally:
        _remove_all(target.parent, prefix)


def _remove_all(folder, prefix):
    for leftover in folder.glob(prefix + "*"):
        remove(leftover)


def remove(path):
    """Remove a file or folder, whether or not it is still there."""
    path = Path(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_atomically(path, text):
    """Write a file so that a reader sees the old text or the new one, never half.

    Only its owner may read it.
    """
    path = Path(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.touch(mode=0o600)
    scratch.write_text(text)
    scratch.replace(path)
