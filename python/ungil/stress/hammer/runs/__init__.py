"""Threads that make calls in turns, and what comes out beside what every order of the calls comes to."""
