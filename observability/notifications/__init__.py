"""What the stock controller tells people, as templates of its own engine."""
