# Online feature store: serves customer and merchant features to the checkout path over the Redis protocol.
# Holds the whole snapshot in memory; loads it from the bucket at start.

locals {
  feature_store_labels = {
    "app.kubernetes.io/name"    = "feature-store"
    "app.kubernetes.io/part-of" = "ml-platform"
  }
}

resource "kubernetes_deployment_v1" "feature_store" {
  metadata {
    name      = "feature-store"
    namespace = kubernetes_namespace_v1.ml_platform.metadata[0].name
    labels    = local.feature_store_labels
    annotations = {
      "kubernetes.io/change-cause" = "terraform apply: right-size ml-platform memory (PLAT-2291)"
    }
  }

  spec {
    replicas = 2

    # Two generations must never serve different snapshots at the same time.
    strategy {
      type = "Recreate"
    }

    selector {
      match_labels = { "app.kubernetes.io/name" = "feature-store" }
    }

    template {
      metadata {
        labels = local.feature_store_labels
      }

      spec {
        container {
          name  = "feature-store"
          image = "registry.quayside.example/ml/feature-store:1.9.4"

          port {
            name           = "redis"
            container_port = 6379
          }

          env {
            name  = "SNAPSHOT"
            value = var.feature_snapshot
          }

          # PLAT-2291: right-sized to what the staging replicas use.
          resources {
            requests = {
              cpu    = "250m"
              memory = "128Mi"
            }
            limits = {
              cpu    = "1"
              memory = "128Mi"
            }
          }

          readiness_probe {
            tcp_socket {
              port = "redis"
            }
            period_seconds    = 5
            failure_threshold = 3
          }
        }
      }
    }
  }
}

resource "kubernetes_service_v1" "feature_store" {
  metadata {
    name      = "feature-store"
    namespace = kubernetes_namespace_v1.ml_platform.metadata[0].name
    labels    = local.feature_store_labels
  }

  spec {
    selector = { "app.kubernetes.io/name" = "feature-store" }

    port {
      name        = "redis"
      port        = 6379
      target_port = "redis"
    }
  }
}
