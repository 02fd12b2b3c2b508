"""How the rules are looked for: functions from objects to findings. None of them reads a file or asks a cluster."""
