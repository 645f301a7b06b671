"""Networks that others wrote, and what `observe` finds: ``python -m benchmarks.networks``."""
