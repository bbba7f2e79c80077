"""The schema of the Google provider, so that Terraform checks our configuration without a network.

`google.jsonl` holds the schemas of the resources that we use. `extraction` writes it from a published package,
`server` serves it to Terraform as a provider does.
"""
