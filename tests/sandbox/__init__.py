"""Tests of the sandbox store."""
