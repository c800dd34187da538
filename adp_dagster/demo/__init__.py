"""The main job, end to end, on real data, in a clone of its own."""
