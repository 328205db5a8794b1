"""The benchmarks: one module a bench, each beside its reference in the same run."""
