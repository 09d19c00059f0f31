"""Get Orders: orders of the store become ours."""
