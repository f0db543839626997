"""The published dataset: configs, splits, card, manifest, fingerprint."""
