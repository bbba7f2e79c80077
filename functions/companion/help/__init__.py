"""Help articles about Mend: Markdown files, read by everybody and quoted in conversations of the module `support`."""
