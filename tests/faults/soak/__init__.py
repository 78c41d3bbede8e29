"""The soak: the real server under steady calls while it is killed, ended, locked out of its store, and out of room."""
