# One address for the app: /NAME/… goes to the function of that name, everything else to static files behind the CDN.

resource "google_storage_bucket" "static" {
  # checkov:skip=CKV_GCP_62: everybody may read it
  # checkov:skip=CKV_GCP_114: it is the public web site
  name                        = "${var.project}-static"
  location                    = var.region
  uniform_bucket_level_access = true
  labels                      = local.labels
  versioning {
    enabled = true
  }
  website {
    main_page_suffix = "index.html"
    not_found_page   = "404.html"
  }
  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "static_readers" {
  # checkov:skip=CKV_GCP_28: it is the public web site
  bucket = google_storage_bucket.static.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}

resource "google_compute_backend_bucket" "static" {
  name        = "static"
  bucket_name = google_storage_bucket.static.name
  enable_cdn  = true
  cdn_policy {
    cache_mode  = "CACHE_ALL_STATIC"
    default_ttl = 3600
    max_ttl     = 86400
    client_ttl  = 3600
  }
}

locals {
  from_app = { for name, service in local.services : name => service if service.from_app }

  # Each function is reached twice: with the traffic as it is split, and at /candidate/NAME/… its new revision alone,
  # which `mend deploy` tests before it gets traffic.
  backends = merge([
    for name, service in local.from_app : {
      (name)                = { function = name, id = service.service, tag = null }
      ("candidate/${name}") = { function = name, id = "candidate-${service.service}", tag = "candidate" }
    }
  ]...)
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = local.backends

  name                  = each.value.id
  region                = var.region
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = google_cloud_run_v2_service.function[each.value.function].name
    tag     = each.value.tag
  }
}

resource "google_compute_backend_service" "function" {
  for_each = local.backends

  name                  = each.value.id
  protocol              = "HTTPS"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  backend {
    group = google_compute_region_network_endpoint_group.function[each.key].id
  }
}

resource "google_compute_url_map" "app" {
  name            = "app"
  default_service = google_compute_backend_bucket.static.id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "app"
  }

  path_matcher {
    name            = "app"
    default_service = google_compute_backend_bucket.static.id

    dynamic "path_rule" {
      for_each = local.backends
      content {
        paths   = ["/${path_rule.key}", "/${path_rule.key}/*"]
        service = google_compute_backend_service.function[path_rule.key].id
        route_action {
          url_rewrite {
            path_prefix_rewrite = "/"
          }
        }
      }
    }
  }
}

resource "google_compute_managed_ssl_certificate" "app" {
  name = "app"
  managed {
    domains = [var.domain]
  }
  depends_on = [google_project_service.api]
}

resource "google_compute_ssl_policy" "app" {
  name            = "app"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
  depends_on      = [google_project_service.api]
}

resource "google_compute_target_https_proxy" "app" {
  name             = "app"
  url_map          = google_compute_url_map.app.id
  ssl_certificates = [google_compute_managed_ssl_certificate.app.id]
  ssl_policy       = google_compute_ssl_policy.app.id
}

resource "google_compute_global_address" "app" {
  name       = "app"
  depends_on = [google_project_service.api]
}

resource "google_compute_global_forwarding_rule" "app" {
  name                  = "app"
  target                = google_compute_target_https_proxy.app.id
  ip_address            = google_compute_global_address.app.id
  port_range            = "443"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}
