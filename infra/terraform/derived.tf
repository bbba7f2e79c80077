data "google_project" "this" {
  project_id = var.project
}

module "derived" {
  source = "./derived"

  functions_yaml = file("${path.module}/../functions.yaml")
  project        = var.project
  public_url     = "https://${var.domain}"
  settings = merge({
    FIRESTORE_PROJECT = var.project
    FIREBASE_PROJECT  = var.project
    FCM_PROJECT       = var.project
    PUBSUB_PROJECT    = var.project
    ERASURE_BUCKET    = local.erasure_bucket
    LOG_DAYS          = tostring(local.log_days)
    TRACE_PROJECT     = var.project
    TRUSTED_PROXIES   = "2"
  }, var.settings)
  secret_versions = var.secret_versions
  instance_limit  = var.instance_limit
  pooler_clients  = var.pooler_clients
}

locals {
  log_days       = 30
  erasure_bucket = "${var.project}-erasure"

  number   = data.google_project.this.number
  services = module.derived.services
  labels   = { app = "mend", environment = var.environment }
  apis = [
    "artifactregistry", "billingbudgets", "cloudbuild", "cloudresourcemanager", "clouderrorreporting", "cloudscheduler", "cloudtrace", "compute",
    "fcm", "firebaserules", "firestore", "iam", "iamcredentials", "identitytoolkit", "logging", "monitoring", "pubsub", "run", "secretmanager", "storage",
  ]
}

resource "google_project_service" "api" {
  for_each = toset(local.apis)

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}
