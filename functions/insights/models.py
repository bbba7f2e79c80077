"""The requests and answers of `insights`."""
