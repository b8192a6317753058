"""Random kills under load, and the crash matrix: what an installation must be like when it has come to rest."""
