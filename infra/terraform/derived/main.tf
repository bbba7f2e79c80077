# Derives what is deployed from infra/functions.yaml. No provider and no resource: `terraform test` needs no network.

variable "functions_yaml" {
  description = "The text of infra/functions.yaml."
  type        = string
}

variable "project" {
  description = "The id of the Google Cloud project."
  type        = string
}

variable "public_url" {
  description = "Where the functions are reached from outside, without a slash at the end."
  type        = string
  validation {
    condition     = can(regex("^https://[a-z0-9.-]+$", var.public_url))
    error_message = "public_url begins with https:// and has no path."
  }
}

variable "settings" {
  description = "Values of the settings that are not secret. An empty value counts as not set."
  type        = map(string)
  default     = {}
}

variable "secret_versions" {
  description = "The version of each secret that is mounted. A secret that is not named here is not mounted."
  type        = map(string)
}

variable "instance_limit" {
  description = "No function has more instances than this, whatever functions.yaml allows: for small environments."
  type        = number
  default     = 100
}

variable "pooler_clients" {
  description = "How many clients the pooler of the database takes."
  type        = number
}

locals {
  list = yamldecode(var.functions_yaml)
  functions = {
    for name, function in local.list.functions : name => merge(local.list.defaults, function)
    if !can(function.requires) || lookup(var.settings, try(function.requires, ""), "") != ""
  }

  migration_connections = 3 # the migration, its lock watch and an operator
  connections = 2 * sum([
    for name, function in local.functions : min(function.max_instances, var.instance_limit) * function.pool_size
  ]) + local.migration_connections # twice, because the old and the new revision overlap

  # Every function gets these; its own ones come after them.
  shared_settings = [
    "SUPABASE_URL", "FIRESTORE_PROJECT", "TRACE_PROJECT", "CORS_ORIGINS", "RATE_LIMIT_PER_MINUTE", "TRUSTED_PROXIES", "ADMIN_REQUIRES_MFA",
  ]
  pusher = "push-sender@${var.project}.iam.gserviceaccount.com"

  services = {
    for name, function in local.functions : name => {
      service       = replace(name, "_", "-")
      account       = "fn-${replace(name, "_", "-")}"
      folder        = trimprefix(function.source, "functions/")
      target        = name
      open          = function.trigger == "http" # it checks tokens itself, so Cloud Run's own check is off
      from_app      = function.trigger == "http" && !try(function.internal, false)
      memory        = function.memory
      cpu           = tostring(function.cpu)
      cpu_idle      = try(function.billing, "request") == "request" # with "instance", work goes on outside requests
      concurrency   = function.concurrency
      max_instances = min(function.max_instances, var.instance_limit)
      timeout       = "${function.timeout}s"
      audience      = "${var.public_url}/events/${name}"
      publishes     = contains(try(function.environment, []), "PUBSUB_PROJECT")
      uses_firebase = contains(try(function.environment, []), "FCM_PROJECT")
      records       = contains(try(function.environment, []), "ERASURE_BUCKET")
      secrets       = { for secret in try(function.secrets, []) : secret => var.secret_versions[secret] if contains(keys(var.secret_versions), secret) }
      environment = merge(
        {
          GOOGLE_CLOUD_PROJECT = var.project
          POOL_SIZE            = tostring(function.pool_size)
          ERROR_SERVICE        = replace(name, "_", "-")
          PUBLIC_URL           = var.public_url
          EVENT_AUTH           = "iam"
          EVENT_AUDIENCE       = "${var.public_url}/events/${name}"
          EVENT_SENDER         = local.pusher
        },
        { for setting in concat(local.shared_settings, try(function.environment, [])) : setting => var.settings[setting] if lookup(var.settings, setting, "") != "" },
      )
    }
  }

  listened = flatten([for name, function in local.functions : [for event in try(function.listens, []) : { function = name, event = event }]])
  topics   = toset([for entry in local.listened : replace(replace(entry.event, ".", "-"), "_", "-")])
  ticks    = toset([for name in keys(local.list.schedules) : "schedule-${name}"])

  filters = {
    for entry in local.listened : "${replace(entry.function, "_", "-")}.${replace(replace(entry.event, ".", "-"), "_", "-")}" => join(" AND ", flatten([
      for attribute, filter in try(local.functions[entry.function].filters[entry.event], {}) : [
        [for values in try([filter.one_of], []) : "(${join(" OR ", [for value in values : "attributes.${attribute} = \"${value}\""])})"],
        [for value in try(filter.none_of, []) : "NOT attributes.${attribute} = \"${value}\""],
      ]
    ]))
  }

  subscriptions = {
    for entry in local.listened : "${replace(entry.function, "_", "-")}.${replace(replace(entry.event, ".", "-"), "_", "-")}" => {
      function = entry.function
      topic    = replace(replace(entry.event, ".", "-"), "_", "-")
      audience = local.services[entry.function].audience
    }
  }

  schedules = {
    for name, cron in local.list.schedules : name => {
      cron  = cron
      topic = "schedule-${name}"
      data  = base64encode(jsonencode({ type = "schedule.${name}" }))
    }
  }

  secrets         = toset(flatten([for function in values(local.functions) : try(function.secrets, [])]))
  missing_secrets = sort(setsubtract(local.secrets, concat(keys(var.secret_versions), local.list.optional_secrets)))
}

output "services" {
  value = local.services
  precondition {
    condition     = length(local.missing_secrets) == 0
    error_message = "secret_versions lacks ${join(", ", local.missing_secrets)}. Add a version of each secret first (docs/deploy.md)."
  }
  precondition {
    condition     = local.connections <= var.pooler_clients
    error_message = "All instances may hold ${local.connections} connections, and the pooler takes ${var.pooler_clients} clients. Lower instance_limit, or choose a larger compute size."
  }
  precondition {
    condition     = length(setsubtract(keys(var.secret_versions), local.secrets)) == 0
    error_message = "secret_versions names a secret that no function reads: ${join(", ", setsubtract(keys(var.secret_versions), local.secrets))}."
  }
}

# A filter cannot change, so another one is another subscription, which has another name.
output "subscriptions" {
  value = {
    for key, subscription in local.subscriptions : key => merge(subscription, {
      filter = local.filters[key]
      name   = local.filters[key] == "" ? key : "${key}.${substr(sha1(local.filters[key]), 0, 6)}"
    })
  }
}

output "topics" {
  description = "The topics that the relay publishes to."
  value       = setsubtract(local.topics, local.ticks)
}

output "ticks" {
  description = "The topics that only Cloud Scheduler publishes to."
  value       = local.ticks
}

output "schedules" {
  value = local.schedules
}

output "folders" {
  value = toset([for service in values(local.services) : service.folder])
}

output "pusher" {
  value = local.pusher
}

output "connections" {
  value = local.connections
}
