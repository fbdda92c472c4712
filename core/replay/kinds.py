"""What the replay knows about a resource: its names, scope and verbs, and the built-in kinds of Kubernetes.

The table serves recordings that carry no discovery of their own (`kubectl cluster-info dump`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

READ_WRITE = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True)
class PrinterColumn:
    """One column that a custom resource definition asks the server to print."""

    name: str
    type: str
    json_path: str
    format: str = ""
    description: str = ""
    priority: int = 0


@dataclass(frozen=True)
class Kind:
    """One served resource in one version."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str = ""
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = READ_WRITE
    columns: tuple[PrinterColumn, ...] | None = field(default=None, compare=False)
    further: bool = False
    """Recorded beside the preferred version, because it tells more."""

    @property
    def group_version(self) -> str:
        """`v1` for the core group, else `group/version`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`pods` or `deployments.apps`, as error messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self) -> tuple[str, str]:
        """Group and plural: what names a resource whatever its version."""
        return (self.group, self.plural)

    @property
    def slot(self) -> tuple[str, str]:
        """What names its objects in a recording: the key, and for a further version that version."""
        return (self.group, f"{self.plural}@{self.version}") if self.further else self.key


# group/version, kind, plural, scope (n: namespaced, c: cluster), short names, categories
_TABLE = """
v1 ConfigMap configmaps n cm -
v1 Endpoints endpoints n ep -
v1 Event events n ev -
v1 LimitRange limitranges n limits -
v1 Namespace namespaces c ns -
v1 Node nodes c no -
v1 PersistentVolumeClaim persistentvolumeclaims n pvc -
v1 PersistentVolume persistentvolumes c pv -
v1 Pod pods n po all
v1 PodTemplate podtemplates n - -
v1 ReplicationController replicationcontrollers n rc all
v1 ResourceQuota resourcequotas n quota -
v1 Secret secrets n - -
v1 ServiceAccount serviceaccounts n sa -
v1 Service services n svc all
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations c - api-extensions
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations c - api-extensions
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions c crd,crds api-extensions
apiregistration.k8s.io/v1 APIService apiservices c - api-extensions
apps/v1 ControllerRevision controllerrevisions n - -
apps/v1 DaemonSet daemonsets n ds all
apps/v1 Deployment deployments n deploy all
apps/v1 ReplicaSet replicasets n rs all
apps/v1 StatefulSet statefulsets n sts all
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers n hpa all
batch/v1 CronJob cronjobs n cj all
batch/v1 Job jobs n - all
certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests c csr -
coordination.k8s.io/v1 Lease leases n - -
discovery.k8s.io/v1 EndpointSlice endpointslices n - -
events.k8s.io/v1 Event events n ev -
metrics.k8s.io/v1beta1 NodeMetrics nodes c - -
metrics.k8s.io/v1beta1 PodMetrics pods n - -
networking.k8s.io/v1 IngressClass ingressclasses c - -
networking.k8s.io/v1 Ingress ingresses n ing -
networking.k8s.io/v1 NetworkPolicy networkpolicies n netpol -
node.k8s.io/v1 RuntimeClass runtimeclasses c - -
policy/v1 PodDisruptionBudget poddisruptionbudgets n pdb -
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings c - -
rbac.authorization.k8s.io/v1 ClusterRole clusterroles c - -
rbac.authorization.k8s.io/v1 RoleBinding rolebindings n - -
rbac.authorization.k8s.io/v1 Role roles n - -
scheduling.k8s.io/v1 PriorityClass priorityclasses c pc -
storage.k8s.io/v1 CSIDriver csidrivers c - -
storage.k8s.io/v1 CSINode csinodes c - -
storage.k8s.io/v1 StorageClass storageclasses c sc -
storage.k8s.io/v1 VolumeAttachment volumeattachments c - -
"""


def _names(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))


def _row(line: str) -> Kind:
    group_version, kind, plural, scope, short, categories = line.split()
    group, _, version = group_version.rpartition("/")
    return Kind(group, version, kind, plural, "", scope == "n", _names(short), _names(categories))


BUILT_IN: dict[tuple[str, str], Kind] = {k.key: k for k in map(_row, _TABLE.strip().splitlines())}
