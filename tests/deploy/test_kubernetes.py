"""deploy/kubernetes against the Kubernetes API schemas, and KEDA's objects against their documented structure."""

import kubernetes_validate
import pytest
import yaml
from cfn import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
OBJECTS = {
    (document["kind"], document["metadata"]["name"]): document
    for name in KUSTOMIZATION["resources"]
    for document in yaml.safe_load_all((FOLDER / name).read_text())
}
NATIVE = [key for key, document in OBJECTS.items() if "keda.sh" not in document["apiVersion"]]
VERSIONS = ["1.29", kubernetes_validate.latest_version()]


def pod():
    return OBJECTS["Deployment", "calve-worker"]["spec"]["template"]["spec"]


def settings():
    return OBJECTS["ConfigMap", "calve-worker"]["data"]


def test_every_file_is_applied():
    listed = {*KUSTOMIZATION["resources"], "kustomization.yaml"}
    assert {path.name for path in FOLDER.glob("*.yaml")} == listed
    assert len(NATIVE) == 3


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", NATIVE)
def test_schema(key, version):
    kubernetes_validate.validate(OBJECTS[key], version, strict=True)


def test_the_schema_would_refuse():
    broken = yaml.safe_load(yaml.safe_dump(OBJECTS["Deployment", "calve-worker"]))
    broken["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[0], strict=True)


def test_pod_runs_without_privileges():
    (container,) = pod()["containers"]
    assert pod()["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod()["volumes"]}
    assert mounts == {"tmp": "/tmp"}
    assert "emptyDir" in volumes["tmp"]
    assert settings()["CALVE_SCRATCH"].startswith(mounts["tmp"])


def test_probes_and_drain():
    (container,) = pod()["containers"]
    (port,) = container["ports"]
    assert (port["name"], port["containerPort"]) == ("http", 8080)
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert pod()["terminationGracePeriodSeconds"] >= 120
    annotations = OBJECTS["Deployment", "calve-worker"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(port["containerPort"])
    assert annotations["prometheus.io/path"] == "/metrics"


def test_names_fit_together():
    (container,) = pod()["containers"]
    assert ("ServiceAccount", pod()["serviceAccountName"]) in OBJECTS
    assert ("ConfigMap", container["envFrom"][0]["configMapRef"]["name"]) in OBJECTS
    deployment = OBJECTS["Deployment", "calve-worker"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()
    assert "replicas" not in deployment
    assert container["image"] in {image["name"] for image in KUSTOMIZATION["images"]}
    memory = int(settings()["CALVE_MEMORY_LIMIT"].removesuffix("MiB"))
    assert memory <= 0.75 * int(container["resources"]["limits"]["memory"].removesuffix("Gi")) * 1024


def test_keda():
    scaled = OBJECTS["ScaledObject", "calve-worker"]
    assert scaled["apiVersion"] == "keda.sh/v1alpha1"
    spec = scaled["spec"]
    assert set(spec) <= {
        "scaleTargetRef",
        "minReplicaCount",
        "maxReplicaCount",
        "pollingInterval",
        "cooldownPeriod",
        "triggers",
    }
    assert ("Deployment", spec["scaleTargetRef"]["name"]) in OBJECTS
    assert 0 <= spec["minReplicaCount"] < spec["maxReplicaCount"]
    for trigger in spec["triggers"]:
        assert trigger["type"] == "aws-sqs-queue"
        assert ("TriggerAuthentication", trigger["authenticationRef"]["name"]) in OBJECTS
        metadata = trigger["metadata"]
        assert set(metadata) == {"queueURL", "awsRegion", "queueLength", "scaleOnInFlight"}
        assert all(isinstance(value, str) for value in metadata.values())  # the CRD's map is of strings
        assert int(metadata["queueLength"]) > 0
        assert metadata["awsRegion"] == settings()["AWS_REGION"]
    queues = {trigger["metadata"]["queueURL"] for trigger in spec["triggers"]}
    assert queues == {settings()["CALVE_QUEUE"], settings()["CALVE_EVENTS"]}
    identity = OBJECTS["TriggerAuthentication", "calve-worker"]["spec"]["podIdentity"]
    assert identity == {"provider": "aws", "identityOwner": "keda"}
