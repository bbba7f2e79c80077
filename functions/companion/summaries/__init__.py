"""What a model is sent of a conversation: the latest messages, and summaries of blocks of older ones."""
