"""How a rule refuses: one exception that carries a stable code."""

from odoo.exceptions import UserError

from ...schemas.base import MAX_EXPECTED
from ...schemas.problem import PROBLEMS, problem_body

#: Members of a problem that callers of the RPC get, too.
TOLD_OVER_RPC = ("quarantined", "quarantine_id", "permission", "fiscal_type", "types")


class ApiProblem(UserError):
    """A refusal with a stable code, raised by any rule of this addon.

    Over HTTP it becomes ``application/problem+json``; over Odoo's RPC and in the web
    client it is a ``UserError`` whose message is the detail.

    :param code: key of ``schemas.problem.PROBLEMS``
    :param errors: ``[{"path", "message", "given"?, "expected"?}]``
    :param retry_after: seconds, for the header ``Retry-After``
    :param extra: further members of the body (``current`` state, ``permission``);
        ``retryable`` where it is not as the code says
    """

    def __init__(self, code, detail=None, errors=(), retry_after=None, **extra):
        kind = PROBLEMS[code]
        if not detail and errors:
            detail = "; ".join(_sentence(entry) for entry in errors[:5])
        super().__init__(detail or kind.title)
        self.code = code
        self.detail = detail or kind.title
        self.errors = list(errors)
        self.retry_after = retry_after
        self.extra = extra

    @property
    def http_status(self):
        return PROBLEMS[self.code].status

    @property
    def retryable(self):
        return self.extra.get("retryable", PROBLEMS[self.code].retryable)

    @property
    def context(self):
        """What Odoo's RPC tells of the error beside its message."""
        told = {name: self.extra[name] for name in TOLD_OVER_RPC if name in self.extra}
        return {
            "code": self.code,
            "retryable": self.retryable,
            "errors": self.errors,
            **told,
        }

    def body(self, request_id=None):
        return problem_body(
            self.code, self.detail, self.errors, request_id, **self.extra
        )


def _sentence(entry):
    """``path: message``, unless the message begins with the field."""
    path, message = entry["path"], entry["message"]
    named = not path or message.startswith(f"{path} ")
    return message if named else f"{path}: {message}"


class Findings:
    """Collects every problem of a request, so that a caller learns all at once.

    The code of the whole is the code of the first finding.
    """

    def __init__(self):
        self._entries = []  # (code, entry)

    @property
    def code(self):
        return self._entries[0][0] if self._entries else None

    @property
    def errors(self):
        return [entry for _code, entry in self._entries]

    def add(self, code, path, message, given=None, expected=None):
        entry = {"path": path, "message": message}
        if given is not None:
            entry["given"] = str(given)[:64]
        if expected is not None:
            entry["expected"] = str(expected)[:MAX_EXPECTED]
        self._entries.append((code, entry))

    def extend(self, other):
        self._entries += other._entries

    def paths(self, code):
        """Paths of the findings with this code."""
        return {entry["path"] for known, entry in self._entries if known == code}

    def expect(self, path, expected):
        """Add to the finding about a path what would be right."""
        for entry in self.errors:
            if entry["path"] == path and expected:
                entry.setdefault("expected", expected)

    def drop(self, path):
        self._entries = [pair for pair in self._entries if pair[1]["path"] != path]

    def raise_if_any(self):
        if self._entries:
            raise ApiProblem(self.code, errors=self.errors)
