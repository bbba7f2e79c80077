output "address" {
  description = "The IP address that the DNS record of `domain` leads to."
  value       = google_compute_global_address.app.address
}

output "relay_url" {
  description = "What mend.relay_target holds: the database wakes the relay there."
  value       = google_cloud_run_v2_service.function["relay"].uri
}

output "services" {
  description = "By function, the name and the address of its service."
  value       = { for name, service in google_cloud_run_v2_service.function : name => { service = service.name, uri = service.uri } }
}

output "connections" {
  value = module.derived.connections
}
