# Who may read a secret. The containers come from ./bootstrap, and their values from `gcloud secrets versions add`: no
# value is ever in the state.

locals {
  readers = merge([
    for name, service in local.services : { for secret in keys(service.secrets) : "${name}.${secret}" => { function = name, secret = secret } }
  ]...)
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.readers

  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}
