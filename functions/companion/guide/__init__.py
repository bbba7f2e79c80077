"""The scripted guide: it replies where no language model is set up."""
