"""Reading datasets of the Hub and of this machine, row by row, decoding nothing."""
