"""The processes in which an extension is tested, and what is known of them when they end, whichever way they end."""
