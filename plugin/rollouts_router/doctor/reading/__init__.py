"""The only part of the doctor that asks a cluster. Reads alone, and everything that cannot be read becomes a fact."""
