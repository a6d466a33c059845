"""The hammer, driven in the project's own environment: what can be imported there, what its tests do, what came out."""
