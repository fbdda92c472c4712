"""Questions about pods."""

from interlock.agent.forms.model import forms_in

FORMS = forms_in("""
which pods are running{space}
    how many pods are running
    how many pods are up
    count of pods that are up and running
    number of live pods
    pods in state running, how many
    what is the running pod count
    how many running pods are there right now
    which pods are currently running
    show the pods that are up
which pods are there{space} :: whole
    how many pods are there
    pod count
    how many pods do we have in total
    list every pod
    show me all the pods
    what is the total number of pods
    which pods exist
which pods are not ready{space} :: denies
    how many pods are not ready
    pods failing their readiness checks
    number of unready pods across the cluster
    pods that have not become ready yet
    how many pods are unhealthy
    which pods report as not ready
    count the pods that are not in ready state
    pods without ready status everywhere
    are all pods ready
which pods are in CrashLoopBackOff{space}
    how many pods are crash looping
    pods that crash over and over again
    pods stuck in a crash loop
    number of pods that keep crashing
    which pods are constantly crashing and being restarted
    anything in crashloopbackoff
    how many containers are caught in a restart loop
    count of pods in crash loop back off
which pods are on {node} :: beside nodes, needs many number count counts total
    how many pods are on {node}
    number of pods scheduled on {node}
    pod count of {node}
    how many pods live on {node}
    how many pods does node {node} host
    how many pods are placed on {node}
    count everything scheduled to {node}
what is running on {node} :: beside nodes pods
    which pods run on {node}
    list the pods currently running on node {node}
    what workloads are on {node}
    what does {node} host at the moment
    show me everything that runs on machine {node}
    pods on {node}
    what is scheduled onto {node}
    list the pods of {node}
    what pods are on {node}
    which pods are hosted by {node}
which pods are pending{space} :: beside nodes
    pods waiting to be scheduled
    pods that could not be placed on a node
    what is stuck in pending
    pods that no node was found for
    which pods have not been scheduled yet
    pods in pending state
    list pods still waiting for a node
which pods are evicted{space}
    what got evicted
    pods that were kicked off their node
    evicted pods
    were pods thrown out because of node pressure
which pods have failed{space}
    pods in failed phase
    list all failed pods
    pods that ended with an error
which pods are OOMKilled{space}
    pods killed because they ran out of memory
    what was killed by the out of memory killer
    which pods hit their memory limit and got killed
    pods terminated for using too much memory
    which containers died from OOM
    did anything get oom killed
    pods that exceeded their memory and were killed
which pods cannot pull their image{space} :: denies
    pods with image pull errors
    pods in ImagePullBackOff
    which pods fail to download their container image
    what is stuck pulling an image
    pods whose image could not be fetched from the registry
    where is the image pull failing
    pods unable to get their image
which pods are terminating{space}
    pods stuck terminating
    which pods are being deleted
    pods that do not go away
which pods are completed{space}
    pods that finished successfully
    completed pods
which pods are not running{space} :: denies
    pods that are in any state other than running
    everything that is not running
    pods not up
which pod has the most restarts{space}
    which pod restarts most often
    pod with the highest restart count
    what is the flakiest pod by restarts
    the pod that has been restarted the most times
    most frequently restarting pod
    which pod is the champion of restarts
    who is the top restarter
    which pod has restarted more than any other
top {top} pods by restart count{space}
    the {top} pods with the most restarts
    which {top} pods restart most
    {top} highest restart counts among pods
    give me the {top} pods that restarted most often
    worst {top} pods by number of restarts
which pods restarted at least once{space}
    pods that have been restarted
    which pods have any restarts
    pods with a restart count above zero
    what has restarted
    pods that did not stay up without a restart
    list pods with one or more restarts
how many times have the pods of {name} restarted{space}
    restart count of {name}
    total restarts of {name}
    how often did {name} restart
    number of restarts across the pods of {name}
    how many restarts does {name} have
    how many times was {name} restarted
    sum of restarts for {name}
what is the oldest pod{space}
    which pod has been running the longest
    pod with the greatest age
    longest lived pod
    which pod has been around the longest
    which pod was started first
what is the newest pod{space}
    which pod was started last
    youngest pod
    most recently created pod
which pods were started in the last {minutes}{space} :: needs started start created new newer younger young youngest born fresh old older came appeared spawned spun launched began less age recent
    pods younger than {minutes}
    which pods came up in the past {minutes}
    pods created within the last {minutes}
    new pods since {minutes} ago
    fresh pods from the last {minutes}
    which pods are less than {minutes} old
which pods belong to {name}{space} :: beside deployments statefulsets daemonsets
    list the pods of deployment {name}
    pods owned by {name}
    which pods does {name} have
    what pods are behind {name}
    show the instances of {name}
    which pods are part of {name}
    which pods does {name} manage
    names of the pods of {name}
pods per namespace :: beside namespaces
    how many pods does each namespace have
    pod count for every namespace
    number of pods by namespace
    how are pods distributed across namespaces
    break the pod count down by namespace
pods per node :: beside nodes
    how many pods does each node have
    pod count for every node
    how are pods spread over the nodes
breakdown of pods by status{space}
    how many pods are in each state
    pod states and how many of each
    group the pods by their status
    pods split by phase
    count of pods per status
    summary of pod statuses
    status overview of the pods
which node hosts the most pods :: beside nodes
    busiest node by number of pods
    most crowded node
    which machine carries the most pods
    on which node do most of the pods run
    node with the highest pod count
    fullest node
which namespace has the most pods :: beside namespaces
    biggest namespace by pod count
    namespace with the highest number of pods
    most crowded namespace
which node does {name} run on{space} :: beside nodes pods
    where is {name} scheduled
    on which machine is {name}
    which host runs {name}
    what node is pod {name} placed on
    where does {name} live
    on what node does {name} sit
    tell me the node of {name}
""")
