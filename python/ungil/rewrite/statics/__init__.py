"""Variables that outlive a call: how large they are, who fills them first, whether their address leaves."""
