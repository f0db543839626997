"""What is on the disk, whatever it is of: whole files, their checksums, Parquet, JSON."""
