"""Programs that run alone, in the interpreter that a wheel is for."""
