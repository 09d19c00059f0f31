"""The running service, driven from outside against a second look-alike of BigCommerce."""
