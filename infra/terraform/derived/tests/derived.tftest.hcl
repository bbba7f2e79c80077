# What is derived from a small list, in which every case occurs once.

variables {
  project         = "mend-test"
  public_url      = "https://api.example.org"
  pooler_clients  = 200
  settings        = { SUPABASE_URL = "https://ref.example.org", PUBSUB_PROJECT = "mend-test", CORS_ORIGINS = "" }
  secret_versions = { DATABASE_URL = "3", RELAY_SECRET = "1" }
  functions_yaml  = <<-YAML
    defaults: {cpu: 1, max_instances: 3, pool_size: 4, timeout: 60}
    functions:
      diary:
        {source: functions/diary, trigger: http, memory: 512Mi, concurrency: 16, max_instances: 5, secrets: [DATABASE_URL]}
      diary_events:
        source: functions/diary
        trigger: events
        listens: [mood.recorded, plan.activity_finished]
        filters: {mood.recorded: {kind: {one_of: [sad, tired]}, plan: {none_of: [none, paused]}}}
        memory: 512Mi
        concurrency: 4
        timeout: 540
        secrets: [DATABASE_URL, MAIL_KEY]
      diary_review:
        source: functions/diary
        trigger: events
        listens: [mood.recorded, mood.changed]
        requires: REVIEW_MODEL
        memory: 512Mi
        concurrency: 4
        environment: [REVIEW_MODEL]
        secrets: [DATABASE_URL, REVIEW_KEY]
      relay:
        source: functions/relay
        trigger: http
        internal: true
        billing: instance
        memory: 512Mi
        concurrency: 4
        environment: [PUBSUB_PROJECT]
        secrets: [DATABASE_URL, RELAY_SECRET]
      relay_sweep: {source: functions/relay, trigger: events, listens: [schedule.relay], memory: 512Mi, concurrency: 1, pool_size: 2}
    schedules: {relay: "* * * * *"}
    optional_secrets: [MAIL_KEY, REVIEW_KEY]
  YAML
}

run "a_subscription_per_function_and_topic" {
  command = plan

  assert {
    condition     = keys(output.subscriptions) == ["diary-events.mood-recorded", "diary-events.plan-activity-finished", "relay-sweep.schedule-relay"]
    error_message = "An event function has one subscription for each topic that it listens to."
  }
  assert {
    condition     = output.subscriptions["diary-events.mood-recorded"].filter == "(attributes.kind = \"sad\" OR attributes.kind = \"tired\") AND NOT attributes.plan = \"none\" AND NOT attributes.plan = \"paused\""
    error_message = "Values that pass become alternatives of the filter. Values that do not are excluded, so that a message without the attribute passes."
  }
  assert {
    condition     = output.subscriptions["diary-events.plan-activity-finished"].name == "diary-events.plan-activity-finished" && startswith(output.subscriptions["diary-events.mood-recorded"].name, "diary-events.mood-recorded.")
    error_message = "A subscription with a filter is named by it, because a filter cannot change."
  }
  assert {
    condition     = output.subscriptions["diary-events.plan-activity-finished"].filter == ""
    error_message = "A type of event without a filter passes whole."
  }
  assert {
    condition     = output.subscriptions["diary-events.mood-recorded"].audience == output.services["diary_events"].environment.EVENT_AUDIENCE
    error_message = "A push has the audience that its function expects."
  }
}

run "a_function_waits_for_the_setting_that_it_requires" {
  command = plan

  assert {
    condition     = !contains(keys(output.services), "diary_review") && !contains(output.topics, "mood-changed")
    error_message = "Without the setting, it is not there, and nothing listens to its events."
  }
}

run "a_function_is_there_with_the_setting_that_it_requires" {
  command = plan
  variables {
    settings        = { REVIEW_MODEL = "compatible/one" }
    secret_versions = { DATABASE_URL = "3", RELAY_SECRET = "1", REVIEW_KEY = "1" }
  }

  assert {
    condition     = output.services["diary_review"].environment.REVIEW_MODEL == "compatible/one" && contains(keys(output.subscriptions), "diary-review.mood-changed")
    error_message = "With the setting, it is deployed like any other."
  }
}

run "topics_belong_to_the_relay_or_to_the_scheduler" {
  command = plan

  assert {
    condition     = output.topics == toset(["mood-recorded", "plan-activity-finished"]) && output.ticks == toset(["schedule-relay"])
    error_message = "No topic has two kinds of publishers."
  }
  assert {
    condition     = jsondecode(base64decode(output.schedules["relay"].data)).type == "schedule.relay"
    error_message = "A tick names its type."
  }
}

run "a_service_has_what_it_needs_and_no_more" {
  command = plan

  assert {
    condition     = output.services["diary_events"].secrets == { DATABASE_URL = "3" }
    error_message = "An optional secret without a version is not mounted."
  }
  assert {
    condition     = !contains(keys(output.services["diary"].environment), "PUBSUB_PROJECT") && output.services["relay"].environment.PUBSUB_PROJECT == "mend-test"
    error_message = "Only a function that names a setting gets it."
  }
  assert {
    condition     = !contains(keys(output.services["diary"].environment), "CORS_ORIGINS")
    error_message = "An empty setting is not set."
  }
  assert {
    condition     = alltrue([for service in values(output.services) : service.environment.ERROR_SERVICE == service.service])
    error_message = "Failures are grouped by the service that they happened in."
  }
  assert {
    condition     = [for name, service in output.services : name if service.open] == ["diary", "relay"] && [for name, service in output.services : name if service.from_app] == ["diary"]
    error_message = "Cloud Run's check is off for HTTP functions alone, and the app never calls an internal one."
  }
  assert {
    condition     = [for name, service in output.services : name if !service.cpu_idle] == ["relay"]
    error_message = "A function that is billed by instance has its processor outside requests."
  }
  assert {
    condition     = [for name, service in output.services : name if service.publishes] == ["relay"]
    error_message = "Only the relay may publish."
  }
}

run "connections_are_counted_twice_over" {
  command = plan

  assert {
    condition     = output.connections == 2 * (5 * 4 + 3 * 4 + 3 * 4 + 3 * 2) + 3
    error_message = "Old and new revisions overlap, and a migration runs beside them."
  }
}

run "more_connections_than_the_pooler_takes" {
  command = plan
  variables {
    pooler_clients = 102
  }
  expect_failures = [output.services]
}

run "a_limit_of_instances_makes_them_fit" {
  command = plan
  variables {
    pooler_clients = 31
    instance_limit = 1
  }

  assert {
    condition     = output.connections == 2 * 14 + 3
    error_message = "The limit holds for every function."
  }
}

run "a_missing_secret" {
  command = plan
  variables {
    secret_versions = { DATABASE_URL = "3" }
  }
  expect_failures = [output.services]
}

run "a_secret_that_nothing_reads" {
  command = plan
  variables {
    secret_versions = { DATABASE_URL = "3", RELAY_SECRET = "1", DATABSE_URL = "1" }
  }
  expect_failures = [output.services]
}
