"""Variables that outlive a call: their declaration, their size, who fills them, whether their address leaves."""
