"""What the pixels themselves show: colours, layout, light; no model is asked."""
