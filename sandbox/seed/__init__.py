"""The seeded store: a catalogue and orders with every oddity a real store has."""
