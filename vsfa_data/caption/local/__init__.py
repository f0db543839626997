"""Vision-language models on this machine: found, loaded, run over batches of pictures."""
