"""Listed words and phrases, found in texts: those that name threats or licences, and any others."""
