"""Questions about nodes, settings, storage, jobs, network and quotas, and about what there is of a kind."""

from interlock.agent.forms.model import forms_in

ALL = (
    "deployments statefulsets daemonsets services secrets configmaps cronjobs jobs ingresses namespaces nodes pvcs pvs "
    "hpas replicasets serviceaccounts storageclasses resourcequotas"
)
FORMS = forms_in(f"""
which {{kind}} are there{{space}} :: whole, kind {ALL}
    how many {{kind}} are there
    number of {{kind}}
    count the {{kind}}
    how many {{kind}} do we have
    total {{kind}}
    list all the {{kind}}
    show me every {{kind}}
    which {{kind}} exist
    what {{kind}} do we have
    name all {{kind}}
    how many statefulsets are there
    list the services
    what are the names of all namespaces
    how many secrets are stored
    how many secrets does prod hold
    how many {{kind}} does prod have
    how many {{kind}} has prod got
    total {{kind}} everywhere
    out of how many nodes does the cluster consist
    what is the number of nodes in the cluster
    how big is the cluster in nodes
    how many cron jobs are defined altogether
which nodes are not ready :: denies
    unhealthy nodes
    nodes that are down
    is there a broken node and which one is it
    do we have any nodes that are not ok
    is any node in trouble or NotReady
    nodes in NotReady state
    which machines are not healthy
    are all nodes ready
which nodes are ready
    healthy nodes
    how many nodes are ready
which nodes are cordoned :: beside pods
    nodes with scheduling disabled
    nodes that do not accept new pods
    which machines are closed for scheduling
    unschedulable nodes
    nodes taken out of scheduling
is node {{node}} cordoned :: beside nodes
    does {{node}} accept new pods
    is scheduling disabled on {{node}}
which nodes run kubelet {{version}} :: beside nodes
    nodes on kubelet version {{version}}
    which machines are still at {{version}}
    nodes with kubernetes {{version}}
    nodes whose kubelet is {{version}}
    who is still running kubelet {{version}}
which kubelet version is {{node}} on :: beside nodes
    kubelet version of {{node}}
    what kubernetes version does node {{node}} run
how old is node {{node}} :: beside nodes
    age of node {{node}}
    since when does {{node}} exist
    when did {{node}} join the cluster
    when was node {{node}} created
    how long has {{node}} been in the cluster
what uses the configmap {{configmap}}{{space}} :: beside configmaps deployments workloads pods
    which workloads mount the configmap {{configmap}}
    who reads configmap {{configmap}}
    what depends on the config map {{configmap}}
    is the configmap {{configmap}} used by anything
    is anybody still using configmap {{configmap}}
    which deployments reference configmap {{configmap}}
    does anything consume the configmap {{configmap}}
    can you tell if configmap {{configmap}} is unused
what uses the secret {{secret}}{{space}} :: beside secrets deployments workloads pods
    which workloads depend on the secret {{secret}}
    who consumes the secret {{secret}}
    which deployments need the secret {{secret}}
    what would break if secret {{secret}} went away
    what references the secret {{secret}}
    what reads {{secret}}
which pods mount the PVC {{claim}}{{space}} :: beside pods persistentvolumeclaims
    which pods use the volume claim {{claim}}
    who has {{claim}} mounted
    what is attached to the persistent volume claim {{claim}}
    pods that mount {{claim}}
which workloads use the service account {{account}}{{space}} :: beside serviceaccounts deployments workloads pods
    who runs under the service account {{account}}
    what runs as {{account}}
    which deployments have the service account {{account}}
    workloads with serviceaccount {{account}}
which pvcs are not bound{{space}} :: denies, beside persistentvolumeclaims persistentvolumes
    unbound volume claims
    volume claims waiting for a volume
    pending persistent volume claims
which storage class is the default :: beside storageclasses
    what is the default storage class
which services have no endpoints{{space}} :: denies, beside pods
    services with nothing behind them
    services without any backends
    which services point at no pods
    services with an empty endpoint list
    services that have no healthy targets
    services that route to nothing
which service does the ingress {{ingress}} point to{{space}} :: beside services ingresses
    backend of ingress {{ingress}}
    where does the ingress {{ingress}} route traffic
    what service is behind the ingress {{ingress}}
    which service receives the traffic of {{ingress}}
    ingress {{ingress}} sends requests to which service
which cronjobs are suspended{{space}}
    cron jobs that are paused
    scheduled jobs that are switched off
    which cron jobs are on hold
    disabled cron jobs
    cron jobs that do not run at the moment
is the cronjob {{cronjob}} suspended{{space}} :: beside cronjobs
    is {{cronjob}} paused
    is the cron job {{cronjob}} switched off
when did the cronjob {{cronjob}} last run{{space}} :: beside cronjobs jobs
    last run of {{cronjob}}
    when was {{cronjob}} last executed
    what time did cron job {{cronjob}} run most recently
    when was the last time {{cronjob}} was scheduled
    how long ago did {{cronjob}} run
what is the schedule of the cronjob {{cronjob}}{{space}} :: beside cronjobs
    how often does the cron job {{cronjob}} run
    at what times is {{cronjob}} scheduled
    cron expression of {{cronjob}}
which jobs have failed{{space}}
    how many jobs have failed
    failed jobs
    jobs that did not complete successfully
    number of jobs that ended in error
    batch jobs with failures
    which jobs went wrong
which jobs are running{{space}}
    jobs still in progress
    active jobs
which jobs are completed{{space}}
    jobs that finished successfully
which hpas are at their maximum{{space}} :: beside horizontalpodautoscalers
    autoscalers that cannot scale any further
    which autoscalers are maxed out
    hpas that hit their replica ceiling
    horizontal pod autoscalers at the upper limit
    which autoscalers have run out of headroom
    autoscalers that hit their max replicas and cannot scale further
what is the maximum of the hpa {{autoscaler}}{{space}} :: beside horizontalpodautoscalers
    how far can the autoscaler {{autoscaler}} scale
    max replicas of the hpa {{autoscaler}}
what is the minimum of the hpa {{autoscaler}}{{space}} :: beside horizontalpodautoscalers
    min replicas of the hpa {{autoscaler}}
how much of the {{resource}} quota in {{namespace}} is used :: beside resourcequotas namespaces
    {{resource}} quota usage of {{namespace}}
    how much {{resource}} of the quota is {{namespace}} using
    how close is {{namespace}} to its {{resource}} quota
    how full is the {{resource}} quota of {{namespace}}
    used {{resource}} against the resource quota in {{namespace}}
what is the selector of service {{name}}{{space}} :: beside services
    which labels does service {{name}} select
what ports does the service {{name}} listen on{{space}} :: beside services
    ports of service {{name}}
""")
