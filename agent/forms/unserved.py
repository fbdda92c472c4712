"""What sounds like a question of ours and is none that can be answered exactly: the nearest of these means to abstain."""

from interlock.agent.forms.model import shown

WORDINGS = tuple(
    shown(line.strip())
    for line in """
which pods use the most memory right now
what is the cpu usage of {name}
how much cpu is {name} consuming
how many requests per second does {name} get
what is the error rate of {name}
what is the latency of {name}
how much does this cluster cost
who deployed {name}
who changed the replicas of {name}
who created this namespace
when will {name} be deployed next
when will the node be upgraded
how do i write a deployment manifest
how do i expose a service
what is a statefulset
explain what a configmap is
what is the difference between a deployment and a statefulset
should i use a daemonset for {name}
is it safe to restart {name}
what should the memory limit of {name} be
how many users are logged in
how many orders came in today
how many pods were there yesterday
which team owns {name}
who is on call
who is responsible for {name}
what is the disk usage of {node}
how much free memory does {node} have
which pods talk to {name}
what is the ip address of {name}
what is the external ip of the load balancer
show me the password in secret {secret}
decode the secret {secret}
what is the value of the environment variable in {name}
compare {name} in prod and staging
which pods will be evicted next
what is the weather tomorrow
tell me a joke
who won the match
translate this sentence
write a poem
what time is it
which namespaces have no pods
which pods do not have the label {label}
how many pods can this cluster still take
which image is the largest
is {name} vulnerable
when does the certificate of {ingress} expire
which pods have no owner
how many lines of code does {name} have
""".strip().splitlines()
)
