"""Every directory of examples/, applied and walked through as its page says."""
