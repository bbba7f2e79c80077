"""What a model may look up and propose in a reply, as the person. It changes nothing without their yes."""
