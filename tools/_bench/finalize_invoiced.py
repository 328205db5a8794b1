"""``finalize-invoiced``: the sale of an identified buyer, with its invoice."""

from . import sale


def run(env, options):
    result = sale.measure(
        env,
        options,
        "finalize-invoiced",
        budget=0.9,
        rounds=30,
        fiscal_type="B01",
        invoiced=True,
        warm_up=4,
    )
    return [result]
