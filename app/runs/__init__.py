"""The life of a run: its row, its states, who holds it, its items, log and progress stream.

Nothing here knows what a run does; that is `app.integrations`.
"""
