# The erase list and the receipts lie outside of the database, so that restoring it brings nobody back (docs/erasure.md).
# Terraform destroys no bucket that holds an object.

resource "google_storage_bucket" "erasure" {
  # checkov:skip=CKV_GCP_62: Cloud Audit Logs tell who read or wrote
  name                        = local.erasure_bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  labels                      = local.labels
  versioning {
    enabled = true
  }
  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "erasure" {
  for_each = { for name, service in local.services : name => service if service.records }

  bucket = google_storage_bucket.erasure.name
  role   = "roles/storage.objectUser"
  member = google_service_account.function[each.key].member
}
