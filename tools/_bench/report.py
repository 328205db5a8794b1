"""Results, and how they are shown."""

from dataclasses import dataclass, field


@dataclass
class Result:
    """One figure of ours beside its reference.

    ``ratio`` is ours / reference. ``lower`` tells which way is good: times are kept
    under the budget, throughputs above it. ``problems`` miss it whatever the ratio.
    """

    name: str
    ours: float
    reference: float
    budget: float
    unit: str
    lower: bool = True
    detail: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    @property
    def ratio(self):
        return self.ours / self.reference if self.reference else float("nan")

    @property
    def ok(self):
        kept = self.ratio <= self.budget if self.lower else self.ratio >= self.budget
        return kept and not self.problems

    @property
    def bound(self):
        return f"{'<=' if self.lower else '>='} {self.budget:.2f}"

    def as_json(self):
        detail = {"good": "lower" if self.lower else "higher", **self.detail}
        if self.problems:
            detail["problems"] = self.problems
        return {
            "name": self.name,
            "ours": round(self.ours, 4),
            "reference": round(self.reference, 4),
            "ratio": round(self.ratio, 4),
            "budget": self.budget,
            "ok": self.ok,
            "unit": self.unit,
            "detail": detail,
        }


def table(results):
    """Return the results as text: a row each, what is to be known of it below."""
    rows = [("", "ours", "reference", "", "ratio", "budget", "")]
    rows += [
        (
            result.name,
            _figure(result.ours),
            _figure(result.reference),
            result.unit,
            f"{result.ratio:.2f}",
            result.bound,
            "ok" if result.ok else "MISSED",
        )
        for result in results
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row, result in zip(rows, [None, *results]):
        cells = [
            text.ljust(width) if place in (0, 3, 6) else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
        if result:
            lines += [
                f"    {key}: {_plain(result.detail[key])}" for key in result.detail
            ]
            lines += [f"    WRONG: {_one_line(problem)}" for problem in result.problems]
    return "\n" + "\n".join(lines)


def _one_line(text):
    return " ".join(str(text).split())[:400]


def _figure(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def _plain(value):
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(value[key])}" for key in value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    if isinstance(value, float):
        return _figure(value) if value >= 10 else f"{value:.2f}"
    return str(value)
