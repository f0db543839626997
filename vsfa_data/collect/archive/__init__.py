"""Reading tar and zip archives that strangers made: nothing is written, links are not followed."""
