"""What can be taken away, brought back, or come back to: links, files, pictures, code, runs."""
