"""What sees drawings for the embedded encoder: `branch`; `card.md` tells of it, `fit` trains it."""
