"""The life cycle of a vesicle as rules: how likely, never what happens."""
