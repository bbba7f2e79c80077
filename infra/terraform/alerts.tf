# P1 wakes somebody up, P2 does so by day, P3 is read. docs/operations/alerts/NAME.md says what to do about each.

locals {
  by_function = ["resource.label.service_name"]
  requests    = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\""
  failures    = "${local.requests} AND metric.label.response_code_class=\"5xx\""
  latencies   = "metric.type=\"run.googleapis.com/request_latencies\" AND resource.type=\"cloud_run_revision\""
  from_app_re = "resource.label.service_name=monitoring.regex.full_match(\"${join("|", [for service in values(local.from_app) : service.service])}\")"
  unacked     = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\""

  # Shares of failed requests, in percent, over five minutes.
  error_rates = {
    error-rate-p1 = { severity = "CRITICAL", above = 5 }
    error-rate-p2 = { severity = "ERROR", above = 2 }
    error-rate-p3 = { severity = "WARNING", above = 1 }
  }

  # `above` is compared with the aligned and reduced value of `over` seconds, or of 300, for `seconds`.
  thresholds = {
    latency-p2       = { severity = "ERROR", filter = "${local.latencies} AND ${local.from_app_re}", aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", above = 3000, seconds = 300, groups = local.by_function }
    latency-p3       = { severity = "WARNING", filter = "${local.latencies} AND ${local.from_app_re}", aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", above = 1000, seconds = 900, groups = local.by_function }
    database-away    = { severity = "CRITICAL", filter = local.counted["database_away"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 5, seconds = 60, groups = [] }
    database-size    = { severity = "ERROR", filter = local.measured["database_bytes"], aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", above = var.database_bytes * 0.8, seconds = 0, groups = [] }
    cpu              = { severity = "ERROR", filter = "metric.type=\"run.googleapis.com/container/cpu/utilizations\" AND resource.type=\"cloud_run_revision\"", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", above = 0.9, seconds = 600, groups = local.by_function }
    memory           = { severity = "ERROR", filter = "metric.type=\"run.googleapis.com/container/memory/utilizations\" AND resource.type=\"cloud_run_revision\"", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", above = 0.9, seconds = 600, groups = local.by_function }
    outbox-age       = { severity = "CRITICAL", filter = local.measured["outbox_age"], aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", above = 300, seconds = 0, groups = [] }
    consumer-lag     = { severity = "ERROR", filter = local.unacked, aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", above = 900, seconds = 0, groups = ["resource.label.subscription_id"] }
    dead-letters     = { severity = "ERROR", filter = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.label.subscription_id=\"${google_pubsub_subscription.dead.name}\"", aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", above = 0, seconds = 0, groups = [] }
    parked-events    = { severity = "ERROR", filter = local.counted["event_parked"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 0, seconds = 0, groups = [] }
    refused-pushes   = { severity = "ERROR", filter = local.counted["event_refused"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 10, seconds = 60, groups = [] }
    gate-broken      = { severity = "CRITICAL", filter = local.counted["gate_broken"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 0, seconds = 0, groups = [] }
    harm-reports     = { severity = "ERROR", filter = local.counted["harm_reported"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 0, seconds = 0, groups = [] }
    hand-overs       = { severity = "ERROR", filter = local.counted["hand_over"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 0, seconds = 0, groups = [] }
    ai-budget        = { severity = "WARNING", filter = local.counted["ai_budget"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 0, seconds = 0, groups = [] }
    analytics-away   = { severity = "WARNING", filter = local.counted["analytics_away"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 3, seconds = 0, groups = [], over = 7200 } # of eight runs
    not-deleted      = { severity = "WARNING", filter = local.counted["not_deleted"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 0, seconds = 0, groups = [] }
    uncounted-days   = { severity = "WARNING", filter = local.counted["uncounted_days"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 1, seconds = 0, groups = [], over = 10800 } # of three ticks
    unknown-messages = { severity = "WARNING", filter = local.counted["message_unknown"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", above = 50, seconds = 0, groups = [] }
  }

  # Log lines that are counted, and figures that are read from log lines.
  counts = {
    analytics_away  = "jsonPayload.message=\"analytics_postponed\""
    not_deleted     = "jsonPayload.message=\"analytics_deletion_unfinished\""
    ai_budget       = "jsonPayload.message=(\"ai_budget_near\" OR \"ai_budget_reached\")"
    database_away   = "jsonPayload.message=(\"unhealthy\" OR \"uncounted\" OR \"event_postponed\") AND NOT resource.labels.service_name=\"safety-review\"" # which waits for a model
    event_parked    = "jsonPayload.message=\"event_parked\""
    event_refused   = "jsonPayload.message=\"event_refused\""
    gate_broken     = "jsonPayload.message=(\"gate_broken\" OR \"support_broken\" OR \"support_not_recorded\")"
    hand_over       = "jsonPayload.message=\"hand_over_not_sent\""
    harm_reported   = "jsonPayload.message=\"harm_reported\""
    message_unknown = "jsonPayload.message=\"message_unknown\""
    uncounted_days  = "jsonPayload.message=\"insight_days_not_counted\""
    review_dropped  = "jsonPayload.message=\"safety_review_dropped\""
  }
  measures = {
    outbox_age     = { message = "backlog_sampled", field = "oldest_seconds", unit = "s" }
    database_bytes = { message = "backlog_sampled", field = "database_bytes", unit = "By" }
  }
  from_cloud_run = "resource.type=\"cloud_run_revision\""
  counted        = { for name in keys(local.counts) : name => "metric.type=\"logging.googleapis.com/user/${google_logging_metric.count[name].name}\" AND ${local.from_cloud_run}" }
  measured       = { for name in keys(local.measures) : name => "metric.type=\"logging.googleapis.com/user/${google_logging_metric.measure[name].name}\" AND ${local.from_cloud_run}" }

  channels = {
    CRITICAL = concat(var.page_channels, [google_monitoring_notification_channel.mail.id])
    ERROR    = concat(var.page_channels, [google_monitoring_notification_channel.mail.id])
    WARNING  = [google_monitoring_notification_channel.mail.id]
  }
  pages = "See docs/operations/alerts/%s.md in the repository."
}

resource "google_monitoring_notification_channel" "mail" {
  display_name = "Mail"
  type         = "email"
  labels       = { email_address = var.alert_email }
  depends_on   = [google_project_service.api]
}

resource "google_logging_metric" "count" {
  for_each = local.counts

  name   = each.key
  filter = "${local.from_cloud_run} AND ${each.value}"
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
  depends_on = [google_project_service.api]
}

resource "google_logging_metric" "measure" {
  for_each = local.measures

  name            = each.key
  filter          = "${local.from_cloud_run} AND jsonPayload.message=\"${each.value.message}\""
  value_extractor = "EXTRACT(jsonPayload.${each.value.field})"
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = each.value.unit
  }
  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "error_rate" {
  for_each = local.error_rates

  display_name          = each.key
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels[each.value.severity]
  conditions {
    display_name = "More than ${each.value.above} % of requests fail"
    condition_threshold {
      filter             = local.failures
      denominator_filter = local.requests
      comparison         = "COMPARISON_GT"
      threshold_value    = each.value.above / 100
      duration           = "300s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_function
      }
      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_function
      }
    }
  }
  documentation {
    content = format(local.pages, "error-rate")
  }
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.thresholds

  display_name          = each.key
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels[each.value.severity]
  conditions {
    display_name = each.key
    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.above
      duration        = "${each.value.seconds}s"
      aggregations {
        alignment_period     = "${try(each.value.over, 300)}s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
        group_by_fields      = each.value.groups
      }
    }
  }
  documentation {
    content = format(local.pages, replace(each.key, "/-p[123]$/", ""))
  }
}

# The relay runs each minute. Silence means that no schedule reaches it.
resource "google_monitoring_alert_policy" "silence" {
  display_name          = "relay-silent"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels["CRITICAL"]
  conditions {
    display_name = "relay-silent"
    condition_absent {
      filter   = local.measured["outbox_age"]
      duration = "600s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_COUNT"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
  documentation {
    content = format(local.pages, "relay-silent")
  }
}

resource "google_monitoring_uptime_check_config" "health" {
  for_each = local.from_app

  display_name = each.value.service
  timeout      = "10s"
  period       = "60s"
  http_check {
    path         = "/${each.key}/health" # /healthz belongs to Google on run.app
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { host = var.domain, project_id = var.project }
  }
  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "unreachable" {
  display_name          = "unreachable"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels["CRITICAL"]
  conditions {
    display_name = "A function does not answer its health check"
    condition_threshold {
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"
      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["metric.label.check_id"]
      }
    }
  }
  documentation {
    content = format(local.pages, "unreachable")
  }
}

resource "google_billing_budget" "month" {
  billing_account = var.billing_account
  display_name    = "Mend ${var.environment}"
  budget_filter {
    projects = ["projects/${local.number}"]
  }
  amount {
    specified_amount {
      units = tostring(var.monthly_budget)
    }
  }
  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }
  all_updates_rule {
    monitoring_notification_channels = [google_monitoring_notification_channel.mail.id]
  }
  depends_on = [google_project_service.api]
}
