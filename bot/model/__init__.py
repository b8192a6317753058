"""The values that travel between the rooms: frozen, keyword-only, slotted dataclasses no I/O, standard library."""
