"""One op per step of the loop; the thinking lives in `agents`."""
