"""Ours and the reference in turns, so that a slow moment of the machine hits both."""

import gc
import statistics
import time
from dataclasses import dataclass, field

from . import inside


@dataclass
class Samples:
    """What repeated calls of one thing took."""

    seconds: list = field(default_factory=list)
    queries: list = field(default_factory=list)

    @property
    def median_ms(self):
        return statistics.median(self.seconds) * 1000

    @property
    def median_queries(self):
        return int(statistics.median(self.queries))

    def spread(self):
        """Return the 10th and 90th percentile in milliseconds."""
        tenths = statistics.quantiles(self.seconds, n=10)
        return [round(tenths[0] * 1000, 1), round(tenths[-1] * 1000, 1)]


def alternate(calls, rounds, warm_up):
    """Call each of ``{name: function(index)}`` in turns; ``{name: Samples}``.

    The functions' arguments are made before the clock starts: each is called to return
    the function that is timed.
    """
    for index in range(warm_up):
        for make in calls.values():
            make(index)()
    samples = {name: Samples() for name in calls}
    gc.collect()
    gc.freeze()
    for index in range(warm_up, warm_up + rounds):
        for name, make in calls.items():
            act = make(index)
            queries, began = inside.query_count(), time.perf_counter()
            act()
            samples[name].seconds.append(time.perf_counter() - began)
            samples[name].queries.append(inside.query_count() - queries)
    gc.unfreeze()
    return samples


def ratio_in_a_round(ours, reference):
    """Return the median of the rounds' own ratios: steadier on a busy machine."""
    pairs = zip(ours.seconds, reference.seconds)
    return statistics.median(mine / theirs for mine, theirs in pairs)
