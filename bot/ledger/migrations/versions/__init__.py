"""One file a migration, in the order of their numbers; a published one is never changed, a new one follows it."""
