"""A small, strict BigCommerce of its own making, independent of the sandbox.

It was written from the facts and the official specs alone, so that a wrong reading shared by the
service and its sandbox shows up here.
"""
