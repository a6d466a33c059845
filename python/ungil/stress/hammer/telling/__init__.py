"""What was seen, in the words of people: functions, lines of source, sentences."""
