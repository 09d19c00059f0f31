"""Taking a publication back: what it changed is put back, what it made is removed."""
