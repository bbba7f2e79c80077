# Applied once for each environment, by hand, before anything else (docs/deploy.md). It makes what `mend deploy` itself
# needs: the bucket of the state, the secrets without their values, and the account that deploys from GitHub without a
# key. A new secret in functions.yaml: apply it again.

terraform {
  required_version = ">= 1.10"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }
}

variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "github_repository_id" {
  description = "The number of the repository. A name can be given up and taken by somebody else, a number cannot."
  type        = string
  validation {
    condition     = can(regex("^[0-9]+$", var.github_repository_id))
    error_message = "github_repository_id is a number: gh api repos/OWNER/NAME --jq .id"
  }
}

variable "github_environment" {
  description = "The environment of GitHub whose deployments somebody approves."
  type        = string
}

provider "google" {
  project = var.project
  region  = var.region
}

locals {
  # `run`, because `mend deploy` asks which revisions serve before Terraform enables anything; `pubsub` and
  # `cloudscheduler`, because their service agents must exist before they are given a role (docs/deploy.md).
  apis = ["cloudresourcemanager", "cloudscheduler", "iam", "iamcredentials", "pubsub", "run", "secretmanager", "serviceusage", "storage", "sts"]
  roles = [
    "artifactregistry.admin", "cloudbuild.builds.editor", "cloudscheduler.admin", "compute.loadBalancerAdmin",
    "datastore.owner", "firebaserules.admin", "iam.serviceAccountAdmin", "iam.serviceAccountUser", "logging.configWriter",
    "monitoring.editor", "pubsub.admin", "resourcemanager.projectIamAdmin", "run.admin", "secretmanager.admin",
    "serviceusage.serviceUsageAdmin", "storage.admin",
  ]
}

resource "google_project_service" "api" {
  for_each = toset(local.apis)

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_storage_bucket" "state" {
  # checkov:skip=CKV_GCP_62: Cloud Audit Logs tell who read or wrote
  name                        = "${var.project}-terraform"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  versioning {
    enabled = true
  }
  lifecycle {
    prevent_destroy = true
  }
  depends_on = [google_project_service.api]
}

# Containers only: the values are added by hand, so that none is in a state.
resource "google_secret_manager_secret" "secret" {
  for_each = toset(flatten([for function in values(yamldecode(file("${path.module}/../../functions.yaml")).functions) : try(function.secrets, [])]))

  secret_id = each.key
  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_service_account" "deployer" {
  account_id   = "deployer"
  display_name = "Deploys from GitHub"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "deployer" {
  # checkov:skip=CKV_GCP_41: it makes the accounts of the functions and deploys with them
  # checkov:skip=CKV_GCP_49: the same; only the workflow of one repository and environment may act as it
  for_each = toset(local.roles)

  project = var.project
  role    = "roles/${each.key}"
  member  = google_service_account.deployer.member
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
  depends_on                = [google_project_service.api]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  # checkov:skip=CKV_GCP_125: the condition names the repository by its numeric id, which nobody can take over
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject"        = "assertion.sub"
    "attribute.environment" = "assertion.repository_id + \"/\" + assertion.environment"
  }
  attribute_condition = "assertion.repository_id == \"${var.github_repository_id}\" && assertion.environment == \"${var.github_environment}\""
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "github" {
  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.environment/${var.github_repository_id}/${var.github_environment}"
}

output "state_bucket" {
  value = google_storage_bucket.state.name
}

output "workload_identity_provider" {
  value = google_iam_workload_identity_pool_provider.github.name
}
