"""The way of one request through the addon's files, recorded by ``sys.setprofile``.

Only calls of the addon's own functions count; comprehensions, lambdas and resumed
generators do not.

>>> trace = Trace("/srv/addons/nu_restaurant_pos")        # doctest: +SKIP
>>> with trace:                                           # doctest: +SKIP
...     client.post("/pos-api/v1/hub/finalize", json=body)
"""

import collections
import inspect
import sys
from pathlib import Path


class Trace:
    """The calls of functions below the folder ``root``, in this thread."""

    def __init__(self, root):
        self.root = f"{Path(root).resolve()}/"
        self.calls = []
        self.crossings = collections.Counter()
        self._files = {}
        self._generators = set()

    def __enter__(self):
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_error):
        sys.setprofile(None)

    def _see(self, frame, event, _argument):
        code = frame.f_code
        if event != "call" or code.co_name.startswith("<"):
            return
        file = self._file(code)
        if file is None or self._is_resumed(frame):
            return
        # Python 3.10 has no qualified name here
        name = getattr(code, "co_qualname", code.co_name)
        self.calls.append((file, name, code.co_firstlineno))
        caller = frame.f_back
        while caller is not None and self._file(caller.f_code) is None:
            caller = caller.f_back
        if caller is not None and self._file(caller.f_code) != file:
            self.crossings[self._file(caller.f_code), file] += 1

    def _file(self, code):
        name = code.co_filename
        if name not in self._files:
            ours = name.startswith(self.root)
            self._files[name] = name.removeprefix(self.root) if ours else None
        return self._files[name]

    def _is_resumed(self, frame):
        if not frame.f_code.co_flags & inspect.CO_GENERATOR:
            return False
        resumed = frame in self._generators
        self._generators.add(frame)
        return resumed

    # --- figures --------------------------------------------------------------

    def figures(self):
        """Return what is counted, as a dict for JSON."""
        files = collections.Counter(file for file, _name, _line in self.calls)
        return {
            "calls": len(self.calls),
            "functions": len(set(self.calls)),
            "files": len(files),
            "files in models": sum(file.startswith("models/") for file in files),
            "calls to another file": self.crossings.total(),
            "pairs of files": len(self.crossings),
            "switches between files": switches(self.calls),
            "switches between files in models": switches(
                call for call in self.calls if call[0].startswith("models/")
            ),
            "calls by file": dict(files.most_common()),
        }

    def way(self):
        """Yield the calls in their order as ``file:line function``, the same file's
        next calls left out."""
        last = None
        for file, name, line in self.calls:
            if file != last:
                yield f"{file}:{line} {name}"
            last = file


def switches(calls):
    """Return how often a call lies in another file than the one before it.

    >>> switches([("a.py", "f", 1), ("a.py", "g", 2), ("b.py", "h", 1)])
    1
    """
    files = [call[0] for call in calls]
    return sum(one != other for one, other in zip(files, files[1:]))
