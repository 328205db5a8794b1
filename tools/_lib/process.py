"""Children that never outlive the tool that started them."""

import ctypes
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(number=signal.SIGTERM):
    """Return a ``preexec_fn``: the kernel sends the child ``number`` when we die.

    The kernel watches the *thread* that started the child, so start long-lived
    children from a thread that lives as long as they should.
    """

    def set_signal():
        _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)

    return set_signal


def stop(process, patience=20):
    """Ask a child to end, insist if it does not, and return its status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
