"""The dynamic client of python3-kubernetes against a server, as its users write it. Ends with 0 when everything was as kube-apiserver has it."""
import json
import sys

from kubernetes import client, config, dynamic, watch
from kubernetes.dynamic.exceptions import ApiException as DynamicError, ConflictError, NotFoundError, ResourceNotFoundError, UnprocessibleEntityError
from kubernetes.client.rest import ApiException


def please(word):
    print(f"please {word}", flush=True)
    sys.stdin.readline()


def refused(error_type, what, *arguments, **options):
    try:
        what(*arguments, **options)
    except error_type as error:
        return error
    raise AssertionError(f"{what} was not refused")


config.load_kube_config()
dyn = dynamic.DynamicClient(client.ApiClient())

# Discovery: groups and kinds by name, preferred versions, lists of kinds.
maps = dyn.resources.get(api_version="v1", kind="ConfigMap")
machines = dyn.resources.get(kind="VirtualMachine")
assert maps.namespaced and machines.group == "compute.rempart.dev", machines
assert "patch" in maps.verbs and maps.short_names == ["cm"], (maps.verbs, maps.short_names)
assert dyn.resources.get(api_version="v1", kind="ConfigMapList").kind == "ConfigMapList"
assert [found.name for found in dyn.resources.search(kind="ClusterRole")] == ["clusterroles"]
assert dyn.version["kubernetes"]["gitVersion"].startswith("v1.32"), dyn.version
refused(ResourceNotFoundError, dyn.resources.get, api_version="v1", kind="Nothing")

# Life of an object.
ns = "python"
dyn.resources.get(api_version="v1", kind="Namespace").create(body={"metadata": {"name": ns}})
made = maps.create(namespace=ns, body={"metadata": {"name": "a", "labels": {"app": "web"}}, "data": {"k": "v"}})
assert made.data.k == "v" and made.metadata.uid and made.metadata.creationTimestamp.endswith("Z")
again = refused(ConflictError, maps.create, namespace=ns, body={"metadata": {"name": "a"}})
assert again.status == 409 and "AlreadyExists" in again.body.decode(), again.body
assert "NotFound" in refused(NotFoundError, maps.get, name="none", namespace=ns).body.decode()
wrong = refused(UnprocessibleEntityError, maps.create, namespace=ns, body={"metadata": {"name": "A!"}})
assert "metadata.name" in wrong.body.decode(), wrong.body
for kind, body in (
    ("application/strategic-merge-patch+json", {"data": {"strategic": "1"}}),
    ("application/merge-patch+json", {"data": {"k": None, "merge": "1"}}),
    ("application/json-patch+json", [{"op": "add", "path": "/data/json", "value": "1"}]),
):
    changed = maps.patch(name="a", namespace=ns, body=body, content_type=kind)
assert dict(changed.data) == {"strategic": "1", "merge": "1", "json": "1"}, changed.data
stale = changed.to_dict()
maps.patch(name="a", namespace=ns, body={"data": {"later": "1"}}, content_type="application/merge-patch+json")
stale["data"]["mine"] = "1"
refused(ConflictError, maps.replace, body=stale, namespace=ns)
del stale["metadata"]["resourceVersion"]
assert maps.replace(body=stale, namespace=ns).data.mine == "1"

# Server-side apply: two managers, a conflict, force.
# As text: this version encodes only what is called JSON, and apply is called YAML.
applied = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ssa"}, "data": {"x": "1", "y": "1"}}
first = maps.server_side_apply(body=json.dumps(applied), name="ssa", namespace=ns, field_manager="one")
assert first.metadata.managedFields[0].manager == "one" and first.metadata.managedFields[0].operation == "Apply", first
second = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ssa"}, "data": {"x": "2"}}
conflict = refused(ConflictError, maps.server_side_apply, body=json.dumps(second), name="ssa", namespace=ns, field_manager="two")
assert "conflict with \\\"one\\\": .data.x" in conflict.body.decode(), conflict.body
taken = maps.server_side_apply(body=json.dumps(second), name="ssa", namespace=ns, field_manager="two", force_conflicts=True)
assert dict(taken.data) == {"x": "2", "y": "1"}, taken.data

# Dry run, lists in parts, selectors, deletion of many.
maps.create(namespace=ns, body={"metadata": {"name": "trial"}}, dry_run="All")
refused(NotFoundError, maps.get, name="trial", namespace=ns)
for i in range(25):
    maps.create(namespace=ns, body={"metadata": {"name": f"many-{i:02}", "labels": {"many": "yes", "odd": str(i % 2)}}})
names, token, parts = [], None, 0
while True:
    part = maps.get(namespace=ns, label_selector="many=yes", limit=10, _continue=token)
    names += [item.metadata.name for item in part.items]
    token, parts = part.metadata["continue"], parts + 1
    if not token:
        break
assert parts == 3 and names == [f"many-{i:02}" for i in range(25)], (parts, names)
assert len(maps.get(namespace=ns, label_selector="many=yes,odd in (1)").items) == 12
assert [item.metadata.name for item in maps.get(namespace=ns, field_selector="metadata.name=many-07").items] == ["many-07"]
maps.delete(namespace=ns, label_selector="many=yes,odd=1")
assert len(maps.get(namespace=ns, label_selector="many=yes").items) == 13

# A watch goes on where it was when its connection is cut.
typed = client.CoreV1Api()
start = maps.get(namespace=ns).metadata.resourceVersion
seen, watcher = [], watch.Watch()


def follow(source, wanted, between):
    for event in source:
        name = event["object"].metadata.name
        seen.append((event["type"], name))
        if name in between:
            between.pop(name)()
        if name == wanted:
            watcher.stop()


def make(name):
    maps.create(namespace=ns, body={"metadata": {"name": name}})


def cut():
    please("cut")
    make("after-cut")


make("before-cut")
# urllib3 tells of a connection that was reset; whoever follows begins again with the version that the watch has kept.
for attempt in range(5):
    try:
        follow(watcher.stream(typed.list_namespaced_config_map, ns, resource_version=watcher.resource_version or start), "after-cut", {"before-cut": cut} if attempt == 0 else {})
        break
    except Exception as error:  # noqa: BLE001 - which of urllib3's it is depends on where the cut falls
        print("cut:", type(error).__name__, flush=True)
assert seen == [("ADDED", "before-cut"), ("ADDED", "after-cut")], seen

# The dynamic client's own watch, with its time.
seen.clear()
make("timed")
for event in dyn.watch(maps, namespace=ns, resource_version=start, timeout=3):
    seen.append((event["type"], event["object"].metadata.name))
assert seen == [("ADDED", name) for name in ("before-cut", "after-cut", "timed")], seen

# A version that is forgotten is 410, and a list gives a fresh one.
please("restart")
old = refused(ApiException, lambda: list(watch.Watch().stream(typed.list_namespaced_config_map, ns, resource_version="1", timeout_seconds=5)))
assert old.status == 410 and "Expired" in old.reason, old
fresh = maps.get(namespace=ns).metadata.resourceVersion
make("fresh")
watcher = watch.Watch()
seen.clear()
follow(watcher.stream(typed.list_namespaced_config_map, ns, resource_version=fresh), "fresh", {})
assert seen == [("ADDED", "fresh")], seen

# The typed client reads what it knows of the kinds it knows.
assert typed.read_namespace(ns).status.phase == "Active"
assert {item.metadata.name for item in typed.list_namespaced_config_map(ns, limit=500).items} >= {"a", "fresh"}
secret = typed.create_namespaced_secret(ns, client.V1Secret(metadata=client.V1ObjectMeta(name="s"), string_data={"k": "v"}))
assert secret.data == {"k": "dg=="} and secret.type == "Opaque", secret
assert typed.delete_namespaced_secret("s", ns).status == "Success"
may = client.AuthorizationV1Api().create_self_subject_access_review(client.V1SelfSubjectAccessReview(
    spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=client.V1ResourceAttributes(verb="create", resource="configmaps"))))
assert may.status.allowed
lease = client.CoordinationV1Api().create_namespaced_lease(ns, client.V1Lease(metadata=client.V1ObjectMeta(name="l"), spec=client.V1LeaseSpec(holder_identity="me", lease_duration_seconds=15)))
assert lease.spec.holder_identity == "me"
maps.delete(name="a", namespace=ns, body=client.V1DeleteOptions(propagation_policy="Background"))
refused(NotFoundError, maps.get, name="a", namespace=ns)
print("all as it should be")
