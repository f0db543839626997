"""Search of openly licensed images: what the sources that ask a search service share."""
