import json
import random
from datetime import date, datetime, timedelta

from ...fiscal.ecf.schedule import (
    POLLING,
    SENDING,
    BackOff,
    Connection,
    Rule,
    incapacity_deadline,
    next_attempt,
    replacement_deadline,
    urgency,
)
from ..pure_case import PureCase

NOON = datetime(2026, 11, 20, 12, 0)


def seconds(count):
    return timedelta(seconds=count)


class TestBackOff(PureCase):
    def test_the_wait_doubles_up_to_the_longest(self):
        steady = BackOff(30, 1800, jitter=0)
        waits = [steady.wait(n).total_seconds() for n in (1, 2, 3, 6, 7, 8, 500)]
        self.assertEqual(waits, [30, 60, 120, 960, 1800, 1800, 1800])
        self.assertEqual(steady.wait(0), seconds(30))

    def test_chance_only_shortens_and_never_below_half(self):
        chance = random.Random(7)
        for attempts in (1, 4, 40):
            longest = BackOff(30, 1800, jitter=0).wait(attempts)
            waits = {SENDING.wait(attempts, chance) for _ in range(100)}
            self.assertGreater(len(waits), 90)
            self.assertLessEqual(max(waits), longest)
            self.assertGreaterEqual(min(waits), longest / 2)

    def test_the_first_poll_comes_within_a_second(self):
        self.assertLessEqual(POLLING.wait(1), seconds(1))
        self.assertLessEqual(POLLING.wait(99), timedelta(minutes=5))

    def test_never_sooner_than_the_server_asked(self):
        at = next_attempt(NOON, 1, retry_after=600)
        self.assertEqual(at, NOON + seconds(600))
        at = next_attempt(NOON, 20, retry_after=1)
        self.assertGreaterEqual(at, NOON + seconds(900))

    def test_a_server_cannot_put_us_off_for_days(self):
        self.assertEqual(next_attempt(NOON, 1, retry_after=9e9), NOON + seconds(3600))
        self.assertGreater(next_attempt(NOON, 1, retry_after=-5), NOON)


class TestLimits(PureCase):
    def test_a_document_is_late_after_72_hours(self):
        issued = NOON - timedelta(hours=72)
        self.assertFalse(urgency(issued, NOON).late)
        self.assertTrue(urgency(issued, NOON + seconds(1)).late)
        self.assertEqual(urgency(NOON, NOON).deadline, datetime(2026, 11, 23, 12, 0))

    def test_it_warns_a_day_before(self):
        self.assertFalse(urgency(NOON, NOON + timedelta(hours=47)).warn)
        self.assertTrue(urgency(NOON, NOON + timedelta(hours=48)).warn)
        self.assertTrue(urgency(NOON, NOON + timedelta(hours=80)).warn)

    def test_the_days_of_the_series_b(self):
        day = date(2026, 11, 20)
        self.assertEqual(incapacity_deadline(day), date(2026, 12, 5))
        self.assertEqual(replacement_deadline(day), date(2026, 12, 20))


class TestConnection(PureCase):
    def after(self, *calls, state=None):
        state = state or Connection()
        for second, answered in calls:
            state = state.after(answered, NOON + seconds(second))
        return state

    def test_three_failures_over_a_minute_are_a_contingency(self):
        state = self.after((0, False), (30, False))
        self.assertFalse(state.in_contingency)
        state = self.after((60, False), state=state)
        self.assertTrue(state.in_contingency)
        self.assertEqual(state.since, NOON)

    def test_a_burst_of_failures_is_not(self):
        burst = [(n, False) for n in range(20)]
        self.assertFalse(self.after(*burst).in_contingency)
        self.assertTrue(self.after(*burst, (61, False)).in_contingency)

    def test_an_answer_in_between_starts_the_count_again(self):
        calls = [(0, False), (50, False), (55, True), (70, False), (90, False)]
        self.assertFalse(self.after(*calls).in_contingency)

    def test_it_ends_with_two_answers_in_a_row(self):
        lost = self.after((0, False), (30, False), (60, False))
        one = self.after((100, True), state=lost)
        self.assertTrue(one.in_contingency)
        relapse = self.after((101, False), (102, True), state=one)
        self.assertTrue(relapse.in_contingency)
        self.assertEqual(relapse.since, NOON)
        self.assertEqual(self.after((103, True), state=relapse), Connection())

    def test_the_rule_can_be_another(self):
        hasty = Rule(failures=1, seconds=0, successes=1)
        lost = Connection().after(False, NOON, hasty)
        self.assertTrue(lost.in_contingency)
        self.assertFalse(lost.after(True, NOON, hasty).in_contingency)

    def test_it_can_be_stored_between_calls(self):
        for calls in ([], [(0, False)], [(0, False), (30, False), (60, False)]):
            state = self.after(*calls)
            stored = json.loads(json.dumps(state.as_dict()))
            self.assertEqual(Connection.from_dict(stored), state)
        self.assertEqual(Connection.from_dict({}), Connection())
