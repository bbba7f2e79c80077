"""The live document of the replies that are being written."""
