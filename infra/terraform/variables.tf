variable "project" {
  description = "The id of the Google Cloud project. Each environment has a project of its own."
  type        = string
}

variable "environment" {
  description = "Which environment this is. Names and labels hold it."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment is dev, staging or prod."
  }
}

variable "region" {
  description = "Where everything runs and is stored. Health data of people in the EU stays there."
  type        = string
  validation {
    condition     = can(regex("^europe-[a-z]+[0-9]+$", var.region))
    error_message = "region is a single region of the EU or of Europe, such as europe-west3. Choose the one next to the database."
  }
}

variable "domain" {
  description = "The host name that the app calls. Its DNS record leads to the output `address`."
  type        = string
}

variable "settings" {
  description = "Values of the settings that are not secret (docs/settings.md)."
  type        = map(string)
  validation {
    condition     = can(regex("^https://", var.settings.SUPABASE_URL)) && length(setintersection(keys(var.settings), ["DATABASE_URL", "LINK_SECRET", "RECEIPT_KEYS", "RELAY_SECRET", "SEALING_KEYS", "SUPABASE_SERVICE_KEY"])) == 0
    error_message = "settings needs SUPABASE_URL with https, and never holds a secret: those are in Secret Manager."
  }
}

variable "secret_versions" {
  description = "The version of each secret that is mounted. `mend deploy` checks that they exist."
  type        = map(string)
}

variable "pooler_clients" {
  description = "How many clients the pooler takes: 200 on Micro, 400 on Small, 600 on Medium, 800 on Large, 1000 on XL."
  type        = number
}

variable "database_bytes" {
  description = "The size of the database's disk. An alert tells when 80 % of it is used."
  type        = number
}

variable "instance_limit" {
  description = "No function has more instances than this."
  type        = number
  default     = 100
}

variable "warm_instances" {
  description = "Instances that are kept warm, by function. They cost money while they wait."
  type        = map(number)
  default     = {}
}

variable "packages" {
  description = "By folder, the path of its zip and the first 12 digits of its SHA-256: from `mend deploy`."
  type        = map(object({ path = string, digest = string }))
}

variable "stable_revisions" {
  description = "By function, the revision that keeps all traffic until `mend deploy` has tested the new one. Empty: the latest."
  type        = map(string)
  default     = {}
}

variable "vpc_network" {
  description = "A VPC network whose NAT address all traffic leaves by, if the database allows only known addresses."
  type        = string
  default     = ""
}

variable "vpc_subnetwork" {
  description = "The subnetwork by which functions leave, if the database accepts only some addresses. Empty: by none."
  type        = string
  default     = ""
}

variable "alert_email" {
  description = "Who is told of P3 and of the budget."
  type        = string
}

variable "page_channels" {
  description = "Names of the notification channels that wake somebody up, for P1 and P2. They hold tokens, so they are made by hand."
  type        = list(string)
  default     = []
}

variable "billing_account" {
  description = "That the budget belongs to, as `gcloud billing accounts list` prints it."
  type        = string
}

variable "monthly_budget" {
  description = "In the currency of the billing account."
  type        = number
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the functions and the database of live documents."
  type        = bool
  default     = true
}
