"""The benchmarks: one module a bench, each paired with its reference in the same run."""
