"""What an extension offers, found by asking it: operations with values to try, for what no test and no model covers."""
