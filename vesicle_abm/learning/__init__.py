"""Learning through the density view, in torch: what is trained there runs as agents. Needs the extra [learn]."""
