"""What runs: plans, the models under way, and the session whose thread owns them."""
