"""What a rate becomes: particles draw, density takes the mean; the compiled view draws the same, faster."""
