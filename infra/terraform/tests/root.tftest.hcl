# The whole configuration, applied to a mocked provider with the real functions.yaml and the variables of an environment.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_resource "google_cloud_run_v2_service" {
    defaults = { uri = "https://function.example.run.app" }
  }
  mock_resource "google_service_account" {
    defaults = { email = "one@example.iam.gserviceaccount.com", member = "serviceAccount:one@example.iam.gserviceaccount.com", name = "projects/p/serviceAccounts/one" }
  }
}

run "every_function_is_a_service_with_its_own_account" {
  assert {
    condition     = keys(google_cloud_run_v2_service.function) == [for name, function in yamldecode(file("../functions.yaml")).functions : name if !can(function.requires)]
    error_message = "functions.yaml and the services name the same functions, but for those whose setting no environment has."
  }
  assert {
    condition     = length(distinct([for account in values(google_service_account.function) : account.account_id])) == length(google_service_account.function)
    error_message = "No two functions share an account."
  }
}

run "only_http_functions_are_open" {
  assert {
    condition = alltrue([
      for name, function in yamldecode(file("../functions.yaml")).functions :
      google_cloud_run_v2_service.function[name].invoker_iam_disabled == (function.trigger == "http") if !can(function.requires)
    ])
    error_message = "Cloud Run checks every caller of an event function."
  }
  assert {
    condition     = keys(google_cloud_run_v2_service_iam_binding.pusher) == [for name, function in yamldecode(file("../functions.yaml")).functions : name if function.trigger == "events" && !can(function.requires)]
    error_message = "Our subscriptions may call every event function and nothing else."
  }
  assert {
    condition     = google_cloud_run_v2_service.function["relay"].ingress == "INGRESS_TRAFFIC_ALL" && google_cloud_run_v2_service.function["checkin_events"].ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    error_message = "The database calls the relay from outside, and nobody else calls an event function."
  }
}

run "every_subscription_is_our_own" {
  assert {
    condition = alltrue([
      for subscription in values(google_pubsub_subscription.push) :
      subscription.ack_deadline_seconds == 600 && subscription.message_retention_duration == "604800s" && subscription.expiration_policy[0].ttl == "" && subscription.dead_letter_policy[0].max_delivery_attempts == 100 && subscription.push_config[0].oidc_token[0].audience != ""
    ])
    error_message = "Each has 600 seconds, seven days, no expiry, a dead-letter topic and an audience."
  }
  assert {
    condition = length(google_pubsub_subscription.push) == sum([
      for function in values(yamldecode(file("../functions.yaml")).functions) : length(try(function.listens, [])) if !can(function.requires)
    ])
    error_message = "There is one for each function and topic."
  }
  assert {
    condition     = google_pubsub_subscription.push["plan-events.content-interacted"].filter == "(attributes.kind = \"dislike\" OR attributes.kind = \"hide\")"
    error_message = "Its filter is the one of functions.yaml."
  }
}

run "every_function_may_write_spans" {
  assert {
    condition     = keys(google_project_iam_member.traces) == keys(google_cloud_run_v2_service.function) && alltrue([for member in values(google_project_iam_member.traces) : member.role == "roles/cloudtrace.agent"])
    error_message = "Each function sends its own spans."
  }
}

run "only_the_scheduler_ticks" {
  assert {
    condition = alltrue([
      for binding in values(google_pubsub_topic_iam_binding.scheduler) : binding.members == toset(["serviceAccount:service-123456789012@gcp-sa-cloudscheduler.iam.gserviceaccount.com"])
    ])
    error_message = "A tick has no token: the right to publish it is its proof."
  }
  assert {
    condition     = alltrue([for job in values(google_cloud_scheduler_job.schedule) : job.time_zone == "Etc/UTC"])
    error_message = "Schedules are in UTC."
  }
}

run "the_old_revision_keeps_the_traffic" {
  variables {
    stable_revisions = { checkin = "checkin-00001-abc" }
  }

  assert {
    condition     = [for part in google_cloud_run_v2_service.function["checkin"].traffic : part.percent] == [100, 0]
    error_message = "A new revision has a tag and no traffic until it is tested."
  }
}

run "a_region_outside_europe" {
  command = plan
  variables {
    region = "us-central1"
  }
  expect_failures = [var.region]
}

run "a_secret_among_the_settings" {
  command = plan
  variables {
    settings = { SUPABASE_URL = "https://ref.supabase.co", DATABASE_URL = "postgresql://" }
  }
  expect_failures = [var.settings]
}
