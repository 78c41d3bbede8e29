"""Tools that speak to the service from outside: they read and write files and talk HTTP, and import no other room."""
