"""How a stage runs over shards."""
