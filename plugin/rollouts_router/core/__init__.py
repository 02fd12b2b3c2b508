"""The router's decisions: plain values in, a patch or a RoutingError out. Nothing here waits, logs or reads."""
