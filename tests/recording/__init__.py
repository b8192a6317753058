"""A picture of a real session: `make recording` makes docs/recording.svg and docs/recording.txt with it."""
