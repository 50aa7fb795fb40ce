"""Learning through the field view, in torch. Needs the extra [learn]."""
