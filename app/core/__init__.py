"""What every part stands on: settings, database, queue, errors, crypto. No business words here."""
