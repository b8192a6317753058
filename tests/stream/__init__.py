"""The stream's contract on real Redis and the twin, and what only real Redis can go through."""
