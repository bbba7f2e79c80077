# Turns the output of pip, followed by a line "status N", into one line of progress. Ends with that status.
/^(Collecting|Requirement already satisfied)/ { printf "\r%d of %d packages", ++count, total; fflush() }
/^(ERROR|WARNING: Retrying)/ { problem = $0 }
/^status / {
  print ""
  if ($2) printf "%s\nInstalling failed. Check the network and the index of pip, then call make again.\n", problem > "/dev/stderr"
  exit $2
}
