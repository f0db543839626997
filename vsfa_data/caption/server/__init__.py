"""Vision-language models behind a server: what it is asked, how often, and what it costs."""
