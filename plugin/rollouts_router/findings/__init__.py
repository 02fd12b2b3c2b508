"""What a check found, and how that is told: in words, as JSON, as SARIF, as an exit status."""
