"""What language models and trained classifiers may help with; no step needs one to work, and none decides."""
