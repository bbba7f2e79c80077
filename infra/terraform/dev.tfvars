# Replace the values in capitals, and the domain (docs/deploy.md).
environment     = "dev"
project         = "mend-dev"
region          = "europe-west3"
domain          = "api.dev.example.org"
alert_email     = "operators@example.org"
billing_account = "BILLING-ACCOUNT"
monthly_budget  = 50

pooler_clients = 200
database_bytes = 8000000000
instance_limit = 1

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
deletion_protection = false
