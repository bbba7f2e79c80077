"""Streams replies of language models. `port` has the request and the events, `engine` the tries and the fail-over."""
