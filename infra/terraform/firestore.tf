# Live documents: copies that the app listens to. Postgres has the record.

resource "google_firestore_database" "live" {
  name                    = "(default)"
  location_id             = var.region
  type                    = "FIRESTORE_NATIVE"
  delete_protection_state = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy         = var.deletion_protection ? "ABANDON" : "DELETE"
  depends_on              = [google_project_service.api]
}

# Documents are read by their path and never queried, so no field is indexed.
resource "google_firestore_field" "unindexed" {
  database   = google_firestore_database.live.name
  collection = "live"
  field      = "*"
  index_config {}
}

resource "google_firestore_field" "expiry" {
  database   = google_firestore_database.live.name
  collection = "live"
  field      = "expires_at"
  ttl_config {}
  index_config {}
}

resource "google_firebaserules_ruleset" "live" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/firestore.rules")
    }
  }
  depends_on = [google_firestore_database.live]
}

resource "google_firebaserules_release" "live" {
  name         = "cloud.firestore"
  ruleset_name = google_firebaserules_ruleset.live.name
}
