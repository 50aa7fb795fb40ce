"""What a visitor acts with: the bar, the choices, the numbers of the form."""
