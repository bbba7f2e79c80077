# One service account for each function, with what that function uses. None has a key.

resource "google_service_account" "function" {
  for_each = local.services

  account_id   = each.value.account
  display_name = "Function ${each.key}"
  depends_on   = [google_project_service.api]
}

resource "google_service_account" "pusher" {
  account_id   = "push-sender"
  display_name = "Signs the pushes of our subscriptions"
  depends_on   = [google_project_service.api]
}

resource "google_service_account" "builder" {
  account_id   = "function-builder"
  display_name = "Builds the functions' images"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "firestore" {
  for_each = local.services

  project = var.project
  role    = "roles/datastore.user"
  member  = google_service_account.function[each.key].member
}

resource "google_project_iam_member" "traces" {
  for_each = local.services

  project = var.project
  role    = "roles/cloudtrace.agent" # may write spans, and read none
  member  = google_service_account.function[each.key].member
}

resource "google_project_iam_member" "messaging" {
  for_each = { for name, service in local.services : name => service if service.uses_firebase }

  project = var.project
  role    = "roles/firebasecloudmessaging.admin" # the narrowest predefined role that may send
  member  = google_service_account.function[each.key].member
}

# Signs tokens by which an app signs in to Firebase, with the key that Google keeps for it.
resource "google_service_account_iam_member" "firebase_tokens" {
  service_account_id = google_service_account.function["account"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.function["account"].member
}

# Deletes the users that those sign-ins create.
resource "google_project_iam_member" "firebase_users" {
  project = var.project
  role    = "roles/firebaseauth.admin"
  member  = google_service_account.function["account_erasure"].member
}

resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.builder.member
}

resource "google_storage_bucket_iam_member" "build_sources" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.builder.member
}

resource "google_artifact_registry_repository_iam_member" "build_images" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}
