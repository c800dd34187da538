"""Turn a diagnosis into candidate changes; nothing is written here."""
