resource "google_pubsub_topic" "event" {
  # checkov:skip=CKV_GCP_83: encrypted with keys of Google; a key of our own would be one more thing to lose
  for_each = setunion(module.derived.topics, module.derived.ticks)

  name   = each.key
  labels = local.labels
  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
  depends_on = [google_project_service.api]
}

# Bindings, not members: nobody else may publish. A tick carries no token, so the right to publish it is its proof.
resource "google_pubsub_topic_iam_binding" "relay" {
  for_each = module.derived.topics

  topic   = google_pubsub_topic.event[each.key].name
  role    = "roles/pubsub.publisher"
  members = [for name, service in local.services : google_service_account.function[name].member if service.publishes]
}

resource "google_pubsub_topic_iam_binding" "scheduler" {
  for_each = module.derived.ticks

  topic   = google_pubsub_topic.event[each.key].name
  role    = "roles/pubsub.publisher"
  members = ["serviceAccount:service-${local.number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"]
}

resource "google_cloud_scheduler_job" "schedule" {
  for_each = module.derived.schedules

  name      = each.key
  region    = var.region
  schedule  = each.value.cron
  time_zone = "Etc/UTC"
  pubsub_target {
    topic_name = google_pubsub_topic.event[each.value.topic].id
    data       = each.value.data
  }
  retry_config {
    retry_count = 3
  }
}

resource "google_pubsub_topic" "dead" {
  # checkov:skip=CKV_GCP_83: encrypted with keys of Google; a key of our own would be one more thing to lose
  name   = "dead-letters"
  labels = local.labels
  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
  depends_on = [google_project_service.api]
}

resource "google_pubsub_subscription" "dead" {
  name                       = "dead-letters"
  topic                      = google_pubsub_topic.dead.name
  labels                     = local.labels
  message_retention_duration = "2678400s" # 31 days
  expiration_policy {
    ttl = ""
  }
}

# Eventarc can set neither the deadline nor the filter nor the dead-letter topic of its subscriptions.
resource "google_pubsub_subscription" "push" {
  for_each = module.derived.subscriptions

  name                       = each.value.name
  topic                      = google_pubsub_topic.event[each.value.topic].name
  filter                     = each.value.filter
  labels                     = local.labels
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s" # 7 days
  expiration_policy {
    ttl = "" # never
  }
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = 100
  }
  push_config {
    push_endpoint = google_cloud_run_v2_service.function[each.value.function].uri
    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = each.value.audience
    }
  }
  lifecycle {
    create_before_destroy = true # what is published meanwhile comes twice, and is handled once
  }
  depends_on = [google_pubsub_topic_iam_binding.dead, google_cloud_run_v2_service_iam_binding.pusher]
}

locals {
  pubsub_agent = "serviceAccount:service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

# Pub/Sub itself moves a message to the dead letters: it publishes there and acknowledges here.
resource "google_pubsub_topic_iam_binding" "dead" {
  topic   = google_pubsub_topic.dead.name
  role    = "roles/pubsub.publisher"
  members = [local.pubsub_agent]
}

resource "google_pubsub_subscription_iam_binding" "dead" {
  for_each = module.derived.subscriptions

  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  members      = [local.pubsub_agent]
}

resource "google_service_account_iam_member" "pusher_tokens" {
  service_account_id = google_service_account.pusher.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}
