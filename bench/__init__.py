"""What is fast, measured: a load is made, sent to a real server, searched and read; out comes a table."""
