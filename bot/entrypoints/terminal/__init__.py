"""The terminal's door: lines enter, whoever sits there (or a pipe) sees what happens."""
