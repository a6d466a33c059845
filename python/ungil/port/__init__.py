"""The whole road of one project: audited, repaired, built, stressed, hammered, checked; and the evidence of each."""
