"""``finalize``: a consumer's sale, number and audit included, against Odoo's own."""

from . import sale


def run(env, options):
    return [sale.measure(env, options, "finalize", budget=0.8, rounds=120)]
