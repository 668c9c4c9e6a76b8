"""The server: what every request goes through, and what the routes work with."""
