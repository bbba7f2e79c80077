# Replace the values in capitals, and the domain (docs/deploy.md).
environment     = "prod"
project         = "mend-prod"
region          = "europe-west3"
domain          = "api.example.org"
alert_email     = "operators@example.org"
billing_account = "BILLING-ACCOUNT"
monthly_budget  = 1500

pooler_clients = 800
database_bytes = 100000000000

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

warm_instances = { checkin = 1, recommend = 1 }
