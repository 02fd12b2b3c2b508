"""Conditions of metrics, as far as lint has to understand them: the part of the expr language that conditions use."""
