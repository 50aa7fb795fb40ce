"""Exchange with other tools: networks as NIR, spike trains as Neo. Needs the extra [exchange]."""
