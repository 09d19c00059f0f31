"""What an account's people should know: noted once, and carried outside by webhook or mail."""
