"""The inbox: events of stores, verified, durable before they are answered, and replayable."""
