"""Pictures that a person sends with a message. Only a rendition of them is read, which has no metadata."""
