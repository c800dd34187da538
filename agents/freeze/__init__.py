"""Turn an accepted proposal into versioned bytes with their certificate."""
