"""What do experts advise? Guidelines, flags, scores and rules held against the state."""
