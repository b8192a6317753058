"""What versions before this one wrote, in `tests/fixtures`, and whether it is understood."""
