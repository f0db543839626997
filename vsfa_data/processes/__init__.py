"""Worker processes: pools of them, what they say meanwhile; and settings of the one that runs."""
