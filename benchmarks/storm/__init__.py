"""A store in a storm: everything goes wrong at once, and at the end everything is counted."""
