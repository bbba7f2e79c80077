# Containers only. Values are added by `gcloud secrets versions add`, so that none is in the state (docs/deploy.md).

resource "google_secret_manager_secret" "secret" {
  for_each = module.derived.secrets

  secret_id = each.key
  labels    = local.labels
  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
  depends_on = [google_project_service.api]
}

locals {
  readers = merge([
    for name, service in local.services : { for secret in keys(service.secrets) : "${name}.${secret}" => { function = name, secret = secret } }
  ]...)
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.readers

  secret_id = google_secret_manager_secret.secret[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}
