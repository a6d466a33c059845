"""How true and how fast the audit is: see truth.py and docs/audit-speed.md."""
