"""Test order: what fails in milliseconds first, what needs a browser last."""

_FIRST = ("test_fiscal_", "test_lint", "test_house", "test_docs")
_LAST = ("test_tour", "test_browser")


def _rank(item):
    name = item.path.name
    if name.startswith(_FIRST):
        return 0
    return 2 if name.startswith(_LAST) else 1


def pytest_collection_modifyitems(items):
    # The sort is stable: within a rank the order stays the collected one.
    items.sort(key=_rank)
