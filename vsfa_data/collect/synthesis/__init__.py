"""Pictures made by a text-to-image model: prompts, the model's files, the model."""
