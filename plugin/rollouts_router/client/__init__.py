"""`rollouts-router call`: the service TrafficRouter for people, on a server or within this very process."""
