# Logs stay in the region for 30 days. Lines that hold a secret of a person are never stored.

resource "google_logging_project_bucket_config" "app" {
  project        = var.project
  location       = var.region
  bucket_id      = "app"
  retention_days = local.log_days
  depends_on     = [google_project_service.api]
}

locals {
  # An address of a calendar is a secret; so is a link to unsubscribe, and the token of a device.
  secret_addresses = "httpRequest.requestUrl=~\"/(calendar|unsubscribe|devices)(/|\\?)\""
  log_bucket       = "logging.googleapis.com/${google_logging_project_bucket_config.app.id}"
}

resource "google_logging_project_sink" "app" {
  name        = "app"
  destination = local.log_bucket
  filter      = "NOT LOG_ID(\"cloudaudit.googleapis.com/activity\")"
  exclusions {
    name   = "secret-addresses"
    filter = local.secret_addresses
  }
  exclusions {
    name   = "health-checks"
    filter = "httpRequest.requestUrl=~\"/health$\" AND httpRequest.status<400"
  }
  unique_writer_identity = true
}

# `_Default` lies in no region. It stores only what Google's own audit puts there.
resource "google_logging_project_exclusion" "default" {
  name        = "kept-in-the-region"
  description = "The sink `app` stores these in the region."
  filter      = "NOT LOG_ID(\"externalaudit.googleapis.com/activity\")"
}

resource "google_project_iam_audit_config" "secrets" {
  project = var.project
  service = "secretmanager.googleapis.com"
  audit_log_config {
    log_type = "DATA_READ"
  }
}
