"""Where the time of a call goes: its SQL queries, and its functions."""

import collections
import cProfile
import io
import pstats
import re
import threading
import time

_LISTS = re.compile(r"%s(?:\s*,\s*%s)+")
_ROWS = re.compile(r"\(%s, \.\.\.\)(?:\s*,\s*\(%s, \.\.\.\))+")
_PLACE = re.compile(r"\S*/(?:addons|odoo|site-packages|(?=nu_restaurant_pos/))/?")
_WIDTH = 150


def show(name, make, times=20):
    """Print the profile of ``times`` calls of ``make(index)()``."""
    queries, elapsed = _queries(make, times)
    print(f"\nSQL queries of {name}, for one call")
    print(f"  {'count':>6} {'ms':>7}")
    ordered = sorted(queries.items(), key=lambda item: -item[1][1])
    for text, (count, seconds) in ordered:
        figures = f"{count / times:>6.1f} {seconds / times * 1000:>7.2f}"
        print(f"  {figures}  {text[:_WIDTH]}")
    count = sum(count for count, _seconds in queries.values()) / times
    seconds = sum(seconds for _count, seconds in queries.values()) / times
    print(f"  {count:>6.1f} {seconds * 1000:>7.2f}  in all")
    print(f"  one call took {elapsed / times * 1000:.1f} ms")
    print(f"\nFunctions of {name}, for {times} calls")
    print(_functions(make, times))


def _queries(make, times):
    """Return ``{query: [count, seconds]}`` and the seconds of all calls together."""
    found = collections.defaultdict(lambda: [0, 0.0])

    def hook(cr, query, params, start, delay):
        text = " ".join(str(query).split())
        row = found[_ROWS.sub("(%s, ...), ...", _LISTS.sub("%s, ...", text))]
        row[0] += 1
        row[1] += delay

    thread = threading.current_thread()
    thread.query_hooks = [hook]
    elapsed = 0
    try:
        for index in range(times):
            act = make(f"q{index}")
            began = time.perf_counter()
            act()
            elapsed += time.perf_counter() - began
    finally:
        del thread.query_hooks
    return found, elapsed


def _functions(make, times):
    profile = cProfile.Profile()
    for index in range(times):
        act = make(f"f{index}")
        profile.runcall(act)
    text = io.StringIO()
    stats = pstats.Stats(profile, stream=text)
    stats.sort_stats("cumulative").print_stats(
        r"nu_restaurant_pos|point_of_sale|account/models|service/model|sql_db"
        r"|orm/models.py|bus/models",
        45,
    )
    stats.sort_stats("tottime").print_stats(25)
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    return "\n".join(_PLACE.sub("", line) for line in lines if line)
