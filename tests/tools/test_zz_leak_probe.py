from fakes.replays import *

OWNER=[{"kind":"Deployment","name":"api","uid":"uid-Deployment-api","controller":True}]
def t(s): return {"metadata":{"labels":{"app":"api"}},"spec":{"containers":[{"name":"api","image":"api:1","env":[{"name":"DB_PASSWORD","value":s}]}]}}
def test_leak(tree,served,calls,make_object,make_pod):
    tree.objects("shop","deployments.apps",make_object("Deployment","api",spec={"replicas":1,"selector":{"matchLabels":{"app":"api"}},"template":t("correct-horse-9")},status={"readyReplicas":0}))
    rs=[make_object("ReplicaSet",f"api-{n}",spec={"replicas":n-1,"template":t(s)},metadata={"annotations":{"deployment.kubernetes.io/revision":str(n)},"ownerReferences":OWNER,"creationTimestamp":at,"labels":{"pod-template-hash":str(n)}}) for n,s,at in ((1,"hunter-two-22","2026-03-01T09:00:00Z"),(2,"correct-horse-9","2026-03-02T11:50:00Z"))]
    tree.objects("shop","replicasets.apps",*rs)
    p=make_pod("api-2-x",state={"waiting":{"reason":"CrashLoopBackOff"}},restartCount=8,lastState={"terminated":{"exitCode":1,"reason":"Error"}})
    p["metadata"]|={"ownerReferences":[{"kind":"ReplicaSet","name":"api-2","uid":"uid-ReplicaSet-api-2","controller":True}],"labels":{"app":"api","pod-template-hash":"2"},"creationTimestamp":"2026-03-02T11:51:00Z"}
    p["spec"]["containers"][0]["env"]=t("correct-horse-9")["spec"]["containers"][0]["env"]
    tree.objects("shop","pods",p)
    e=calls(cluster=served(tree.replay())).call("diagnose",{"namespace":"shop"})
    print(e.text); print("LEAK" if "hunter-two" in repr(e) or "correct-horse" in repr(e) else "no leak")
