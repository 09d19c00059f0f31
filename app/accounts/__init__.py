"""Accounts, their API keys, idempotency keys and the audit trail of configuration changes."""
