"""What webhook events lead to: the present state is fetched and saved."""
