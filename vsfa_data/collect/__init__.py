"""Images with their licences, fetched and normalised."""
