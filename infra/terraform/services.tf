resource "google_storage_bucket" "sources" {
  # checkov:skip=CKV_GCP_62: Cloud Audit Logs tell who read or wrote
  name                        = "${var.project}-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  labels                      = local.labels
  versioning {
    enabled = true
  }
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
    }
  }
  depends_on = [google_project_service.api]
}

# A zip for each folder. Its name holds its digest, so that an unchanged folder is not built again.
resource "google_storage_bucket_object" "source" {
  for_each = module.derived.folders

  bucket = google_storage_bucket.sources.name
  name   = "${each.key}-${var.packages[each.key].digest}.zip"
  source = var.packages[each.key].path
}

resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84: encrypted with keys of Google; a key of our own would be one more thing to lose
  repository_id = "functions"
  location      = var.region
  format        = "DOCKER"
  labels        = local.labels
  cleanup_policies {
    id     = "keep-ten"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }
  depends_on = [google_project_service.api]
}

locals {
  images     = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
  base_image = "${var.region}-docker.pkg.dev/serverless-runtimes/google-22-full/runtimes/python313"
}

# Cloud Run itself and not `google_cloudfunctions2_function`: that one can neither switch Cloud Run's check off nor name
# an audience nor split traffic.
resource "google_cloud_run_v2_service" "function" {
  for_each = local.services

  name                 = each.value.service
  location             = var.region
  labels               = local.labels
  deletion_protection  = var.deletion_protection
  ingress              = each.value.from_app ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : each.value.open ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY"
  invoker_iam_disabled = each.value.open
  custom_audiences     = [each.value.audience]

  build_config {
    source_location          = "gs://${google_storage_bucket.sources.name}/${google_storage_bucket_object.source[each.value.folder].name}"
    function_target          = each.value.target
    image_uri                = "${local.images}/${each.value.service}"
    base_image               = local.base_image
    enable_automatic_updates = true
    service_account          = google_service_account.builder.id
  }

  template {
    service_account                  = google_service_account.function[each.key].email
    timeout                          = each.value.timeout
    max_instance_request_concurrency = each.value.concurrency

    scaling {
      min_instance_count = lookup(var.warm_instances, each.key, 0)
      max_instance_count = each.value.max_instances
    }

    containers {
      image          = "${local.images}/${each.value.service}"
      base_image_uri = local.base_image

      resources {
        limits            = { cpu = each.value.cpu, memory = each.value.memory }
        cpu_idle          = each.value.cpu_idle
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = each.value.environment
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = each.value.secrets
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.key
              version = env.value
            }
          }
        }
      }

      startup_probe {
        period_seconds    = 5
        timeout_seconds   = 4
        failure_threshold = 6
        tcp_socket {
          port = 8080
        }
      }
    }

    dynamic "vpc_access" {
      for_each = var.vpc_network == "" ? [] : [1]
      content {
        egress = "ALL_TRAFFIC"
        network_interfaces {
          network    = var.vpc_network
          subnetwork = var.vpc_subnetwork
        }
      }
    }
  }

  # The old revision keeps all traffic until `mend deploy` has tested the new one under its tag.
  dynamic "traffic" {
    for_each = contains(keys(var.stable_revisions), each.key) ? [var.stable_revisions[each.key]] : []
    content {
      type     = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
      revision = traffic.value
      percent  = 100
    }
  }
  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = contains(keys(var.stable_revisions), each.key) ? 0 : 100
    tag     = "candidate"
  }

  lifecycle {
    ignore_changes = [client, client_version]
  }

  depends_on = [
    google_secret_manager_secret_iam_member.reader,
    google_storage_bucket_iam_member.build_sources,
    google_artifact_registry_repository_iam_member.build_images,
    google_project_iam_member.build_logs,
  ]
}

# Our push subscriptions alone may call the event functions.
resource "google_cloud_run_v2_service_iam_binding" "pusher" {
  for_each = { for name, service in local.services : name => service if !service.open }

  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  members  = [google_service_account.pusher.member]
}
