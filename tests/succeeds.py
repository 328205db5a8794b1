"""Which test over HTTP shows the success of which operation."""

import functools


def succeeds(*operations: str):
    """Mark a test that shows the success of operations of the API.

    The test fails unless each of them answered with a status below 300. A test walks
    the description of the API and wants one such mark for every operation.

    :param operations: ``"POST orders/{ref}/cancel"``, as the description has the path,
        less ``/pos-api/v1/``
    """

    def decorate(test):
        @functools.wraps(test)
        def run(self, *args, **kwargs):
            result = test(self, *args, **kwargs)
            self.assertEqual(
                set(operations) - self.succeeded, set(), "these had no success"
            )
            return result

        run.succeeds = operations
        return run

    return decorate
