"""HTTP in, one action, HTML out: one module per kind of page."""
