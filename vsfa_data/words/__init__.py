"""Listed words and phrases, found in texts: those that name threats, and any others."""
