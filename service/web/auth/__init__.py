"""Who may call: CDS clients by signed token (JWT), operators by bearer token. Without a file that names them nobody is asked."""
