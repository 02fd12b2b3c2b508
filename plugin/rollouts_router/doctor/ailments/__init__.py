"""What the doctor knows of, each with its rule and cause. Codes are never used again for something else."""
