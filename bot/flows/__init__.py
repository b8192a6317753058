"""The story of each thing, read top to bottom: one flow a module, one public `handle` each."""
