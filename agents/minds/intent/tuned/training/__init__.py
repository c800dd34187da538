"""Training of the adapter; needs the extra `train`, and nothing else does."""
