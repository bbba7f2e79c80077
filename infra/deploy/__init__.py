"""`mend deploy`: from a commit to running functions, by `terraform`, `gcloud` and `curl`."""
