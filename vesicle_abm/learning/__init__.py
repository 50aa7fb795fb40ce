"""Learning around the model: what is trained from outside a run, by gradients, as a policy, or by whole lives."""
