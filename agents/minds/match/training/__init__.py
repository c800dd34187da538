"""Renames drawn from general words, and the fit of the matcher's weights to them."""
