"""The HMN document's figures, one file a figure: what a run gives, and the picture of it."""
