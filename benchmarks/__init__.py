"""Benchmarks: counts and ratios of one run, printed as tables; `make bench`."""
