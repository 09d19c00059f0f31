"""Orders: as the store has them, with personal data sealed, and the states that we add."""
