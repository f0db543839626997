"""Train: LoRA fine-tuning of a vision-language model on a release."""
