"""What the demo is made of: the screen, the commands it runs, the moves that get lost, the wheel that ships."""
