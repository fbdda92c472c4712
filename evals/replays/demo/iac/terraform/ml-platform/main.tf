terraform {
  required_version = ">= 1.9"

  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.35"
    }
  }
}

resource "kubernetes_namespace_v1" "ml_platform" {
  metadata {
    name   = "ml-platform"
    labels = { team = "ml-platform" }
  }
}

variable "feature_snapshot" {
  description = "The feature snapshot that the online store loads at start."
  type        = string
  default     = "customers-v7"
}
