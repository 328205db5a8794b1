"""What the commands in ``tools/`` share: set-up, databases, servers, the hub's play."""
