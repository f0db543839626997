"""Which images show a threat-related concept, and their matched controls."""
