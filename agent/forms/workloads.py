"""Questions about Deployments and their like, and about what a named one is set to."""

from interlock.agent.forms.model import forms_in

FORMS = forms_in("""
which {kind} have the label {label}{space} :: kind deployments statefulsets daemonsets workloads pods services nodes
    {kind} labelled {label}
    {kind} with label {label}
    what {kind} carry the label {label}
    find {kind} where {label}
    {kind} tagged {label}
    which {kind} are marked {label}
which {kind} use the image {image}{space} :: kind deployments statefulsets daemonsets workloads pods
    what runs the image {image}
    {kind} running {image}
    which {kind} are on {image}
    where is {image} used
    {kind} based on the image {image}
    who is using the {image} image
which {kind} run an image tagged latest{space} :: kind deployments statefulsets daemonsets workloads pods
    {kind} that use the latest tag
    which {kind} have the floating latest tag on their image
    {kind} with an image tag of latest
    any {kind} still on :latest
    {kind} whose image is not pinned but latest
    {kind} on latest tag
    who did not pin their image and uses tag latest
which {kind} have no {resource} {setting}{space} :: denies, kind deployments statefulsets daemonsets workloads pods
    {kind} without a {resource} {setting}
    which {kind} lack {resource} {setting}s
    {kind} missing {resource} {setting}s
    {kind} that do not set a {resource} {setting}
    which {kind} forgot to specify a {resource} {setting}
    {kind} with unlimited {resource}
    {kind} where {resource} {setting} is not defined
    which {kind} run with unbounded {resource}
    what runs without any {resource} {setting}
which {kind} have a {resource} {setting}{space} :: kind deployments statefulsets daemonsets workloads pods
    {kind} with a {resource} {setting}
    which {kind} do set a {resource} {setting}
    {kind} that define {resource} {setting}s
which {kind} have no {probe} probe{space} :: denies, kind deployments statefulsets daemonsets workloads pods
    {kind} without a {probe} probe
    which {kind} lack a {probe} check
    {kind} missing {probe} probes
    {kind} that do not define a {probe} probe
    which {kind} have no {probe} probe configured
which {kind} have a {probe} probe{space} :: kind deployments statefulsets daemonsets workloads pods
    {kind} with a {probe} probe
    {kind} that define a {probe} check
which {kind} are not ready{space} :: denies, kind deployments statefulsets daemonsets workloads
    {kind} with unavailable replicas
    {kind} that do not have all their replicas
    degraded {kind}
    which {kind} are short of replicas
what is the newest {kind}{space} :: kind deployment statefulset daemonset service namespace node job secret configmap, never tag tags tagged image images pin pinned
    which {kind} was created most recently
    latest {kind} to be created
    youngest {kind}
    the {kind} that was added last
    most recently created {kind}
    newest {kind} in the cluster
what is the oldest {kind}{space} :: kind deployment statefulset daemonset service namespace node job secret configmap
    which {kind} has existed longest
    the {kind} that was created first
    {kind} with the greatest age
which {kind} were created in the last {minutes}{space} :: kind deployments statefulsets daemonsets jobs services, never rollout deployed deploy shipped ship released release revision version update updated changed
    {kind} younger than {minutes}
    new {kind} in the past {minutes}
    {kind} added within the last {minutes}
how many replicas of {name} are ready{space} :: beside deployments statefulsets daemonsets pods
    how many replicas does {name} have
    ready replicas of {name}
    how many instances of {name} are up
    how many copies of {name} are healthy
    replica count of deployment {name}
    number of ready pods for {name}
    is {name} fully available
    how many of the replicas of {name} are available
what image does {name} run{space} :: beside deployments statefulsets daemonsets pods
    which container image is {name} using
    what is the image of {name}
    image deployed for {name}
    which docker image is {name} on
    tell me the image {name} runs
    what image is {name} built from
which version of {name} is deployed{space} :: beside deployments statefulsets daemonsets
    what version of {name} are we running
    current version of {name}
    which release of {name} is live
    what tag is {name} at
    what version is {name} on
what image did {name} run before the last rollout{space} :: beside deployments, needs before previous previously prior former formerly earlier old last used
    previous image of {name}
    which image was {name} on before it was last deployed
    what was the image of {name} prior to the latest rollout
    what image did {name} use before
    which version did {name} run before the current one
    what was {name} running before the most recent deploy
what is the {resource} {setting} of {name}{space} :: beside deployments statefulsets daemonsets
    {resource} {setting} for {name}
    how much {resource} may {name} use
    what {resource} {setting} does {name} have
    what is the {resource} {setting} set on {name}
    what is the maximum {resource} for {name}
    how high is the {resource} {setting} of {name}
    how much {resource} is {name} allowed at most, its {setting}
    {name} {resource} {setting}
    to how much {resource} is {name} limited
what is the {probe} probe of {name}{space} :: beside deployments statefulsets daemonsets
    which {probe} check does {name} have
    {probe} probe settings of {name}
    does {name} have a {probe} probe
how old is {name}{space} :: any, beside deployments statefulsets daemonsets pods nodes namespaces
    age of {name}
    when was {name} created
    how long has {name} existed
what labels does {name} have{space} :: any, beside deployments statefulsets daemonsets pods nodes
    labels of {name}
    which labels are set on {name}
which service account does {name} use{space} :: beside deployments statefulsets daemonsets serviceaccounts
    service account of {name}
    under which service account does {name} run
when was {name} last rolled out{space} :: beside deployments statefulsets daemonsets
    when was the last deployment of {name}
    time of the last rollout of {name}
    when did {name} last get deployed
    how long ago was {name} rolled out
    when was the latest release of {name}
    when did we last ship {name}
    last deploy time of {name}
what changed in the last {minutes}{space}
    what has been changed within {minutes}
    which changes were made in the past {minutes}
    anything changed in the last {minutes}
    did anybody touch anything in the last {minutes}
    what has happened in the last {minutes}
    recent changes of the last {minutes}
    what was modified over the last {minutes}
    what is different since {minutes} ago
which {kind} were rolled out in the last {minutes}{space} :: kind deployments statefulsets daemonsets workloads
    {kind} deployed in the past {minutes}
    what was rolled out within the last {minutes}
    what shipped in the last {minutes}
    which {kind} had a rollout in the last {minutes}
    which {kind} got a new version in the last {minutes}
    releases of the last {minutes}
    what got deployed over the past {minutes}
""")
