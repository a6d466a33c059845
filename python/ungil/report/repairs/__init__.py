"""What `ungil fix` did, and what it left to decide: one module per form."""
