"""Does the free tier pay: what is known exactly, what is estimated, and with what doubt."""
