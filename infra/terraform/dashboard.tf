locals {
  charts = {
    "Requests by function"       = { filter = local.requests, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", groups = local.by_function }
    "Failures by function"       = { filter = local.failures, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", groups = local.by_function }
    "P95 of latency, in ms"      = { filter = local.latencies, aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", groups = local.by_function }
    "Instances"                  = { filter = "metric.type=\"run.googleapis.com/container/instance_count\" AND ${local.from_cloud_run}", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", groups = local.by_function }
    "Oldest event in the outbox" = { filter = local.measured["outbox_age"], aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", groups = [] }
    "Oldest message by consumer" = { filter = local.unacked, aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", groups = ["resource.label.subscription_id"] }
    "Parked events"              = { filter = local.counted["event_parked"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", groups = [] }
    "Size of the database"       = { filter = local.measured["database_bytes"], aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", groups = [] }
  }
}

resource "google_monitoring_dashboard" "app" {
  dashboard_json = jsonencode({
    displayName = "Mend ${var.environment}"
    gridLayout = {
      columns = "2"
      widgets = [for title, chart in local.charts : {
        title = title
        xyChart = {
          dataSets = [{
            plotType = "LINE"
            timeSeriesQuery = { timeSeriesFilter = {
              filter = chart.filter
              aggregation = {
                alignmentPeriod    = "60s"
                perSeriesAligner   = chart.aligner
                crossSeriesReducer = chart.reducer
                groupByFields      = chart.groups
              }
            } }
          }]
        }
      }]
    }
  })
  depends_on = [google_project_service.api]
}
