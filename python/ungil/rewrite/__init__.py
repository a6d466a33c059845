"""Changes of C and C++ that several fixers make: statements put before, behind and around others."""
