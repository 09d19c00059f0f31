"""Sales channels: their setup steps, and each integration's settings and schedule."""
