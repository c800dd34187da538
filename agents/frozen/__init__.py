"""What became of frozen code since: its history, whether it is still what was proved, adoption, rollback."""
