# Replace the values in capitals, and the domain (docs/deploy.md).
environment     = "staging"
project         = "mend-staging"
region          = "europe-west3"
domain          = "api.staging.example.org"
alert_email     = "operators@example.org"
billing_account = "BILLING-ACCOUNT"
monthly_budget  = 150

pooler_clients = 400
database_bytes = 8000000000
instance_limit = 2

settings = {
  SUPABASE_URL = "https://PROJECT.supabase.co"
  MAIL_FROM    = "Mend <hello@example.org>"
}

secret_versions = {
  DATABASE_URL         = "1"
  RELAY_SECRET         = "1"
  LINK_SECRET          = "1"
  SUPABASE_SERVICE_KEY = "1"
}
