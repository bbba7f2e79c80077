"""`mend evaluate`: the ranking against worlds whose truth is known, and against ratings whose owners are real."""
