"""Conditions of gates, evaluated by the engine that the controller uses."""
