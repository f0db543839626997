"""Worker processes: pools of them, what they say meanwhile, and what spares them time."""
