"""Asking a model about a picture in words: prompts, talks, what to believe of the replies."""
