"""A tour: `make demo` plays it on hosts of its own, and records it."""
