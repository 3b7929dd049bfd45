"""What CloudFormation would make of deploy/template.yaml for given parameters: SAM's transform, then the intrinsic
functions, offline. References to resources become readable tokens: `Queue`, `Queue.Arn`."""

import functools
import os
import re
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # SAM's translator asks for one, and does nothing with it.

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "deploy" / "template.yaml"
PACKAGE = "./calve-lambda.zip"
PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "calve",
}
NOTHING = object()  # AWS::NoValue


def source():
    return yaml_parse(TEMPLATE.read_text())


@functools.cache
def expand():
    """The template after the transform that CloudFormation runs, with the package where deploy.sh would put it."""
    template = source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            if resource["Properties"]["CodeUri"] != PACKAGE:
                raise ValueError(f"{resource['Properties']['CodeUri']} is not what deploy.sh puts there")
            resource["Properties"]["CodeUri"] = "s3://deploy-bucket/calve-lambda.zip"
    return Translator({}, Parser()).translate(template, {})


class Stack:
    """The resources and outputs that exist for these parameters, resolved."""

    def __init__(self, **parameters):
        self.template = expand()
        self.parameters = {}
        for name, spec in self.template["Parameters"].items():
            if name not in parameters and "Default" not in spec:
                raise ValueError(f"{name} has no default")
            value = str(parameters.pop(name, spec.get("Default")))
            self._check(name, spec, value)
            self.parameters[name] = value
        if parameters:
            raise ValueError(f"no parameters {sorted(parameters)}")
        for name, rule in self.template.get("Rules", {}).items():
            if self._truth(rule["RuleCondition"]):
                for assertion in rule["Assertions"]:
                    if not self._truth(assertion["Assert"]):
                        raise ValueError(f"{name}: {assertion['AssertDescription']}")
        self.resources = self._section("Resources")
        self.outputs = self._section("Outputs")

    def of_type(self, kind):
        return {name: r["Properties"] for name, r in self.resources.items() if r["Type"] == kind}

    def properties(self, name):
        return self.resources[name]["Properties"]

    @staticmethod
    def _check(name, spec, value):
        if "AllowedPattern" in spec and not re.fullmatch(spec["AllowedPattern"], value):
            raise ValueError(f"{name}={value}: not {spec['AllowedPattern']}")
        if "AllowedValues" in spec and value not in [str(allowed) for allowed in spec["AllowedValues"]]:
            raise ValueError(f"{name}={value}: not one of {spec['AllowedValues']}")
        if "MinValue" in spec and not spec["MinValue"] <= int(value) <= spec["MaxValue"]:
            raise ValueError(f"{name}={value}: not within {spec['MinValue']} to {spec['MaxValue']}")

    def _section(self, section):
        found = {}
        for name, item in self.template[section].items():
            if "Condition" not in item or self._condition(item["Condition"]):
                found[name] = self.resolve(item)
        return found

    def _condition(self, name):
        return self._truth(self.template["Conditions"][name])

    def _truth(self, node):
        ((function, argument),) = node.items()
        if function == "Condition":
            return self._condition(argument)
        if function == "Fn::Equals":
            left, right = (str(self.resolve(side)) for side in argument)
            return left == right
        values = [self._truth(item) for item in argument]
        return {"Fn::Not": lambda: not values[0], "Fn::And": lambda: all(values), "Fn::Or": lambda: any(values)}[
            function
        ]()

    def _exists(self, name):
        resource = self.template["Resources"].get(name)
        if resource is None:
            raise ValueError(f"nothing is named {name}")
        if "Condition" in resource and not self._condition(resource["Condition"]):
            raise ValueError(f"{name} is referred to, and is not created")

    def _reference(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        self._exists(name)
        return name

    def _attribute(self, path):
        self._exists(path[0])
        return ".".join(path)

    def _substitute(self, argument):
        text, local = argument if isinstance(argument, list) else (argument, {})
        local = {name: self.resolve(value) for name, value in local.items()}

        def one(match):
            name = match.group(1)
            if name in local:
                return str(local[name])
            return str(self._attribute(name.split(".")) if "." in name else self._reference(name))

        return re.sub(r"\$\{([^}!]+)\}", one, text)

    def _function(self, name, argument):
        known = {
            "Ref": lambda: self._reference(argument),
            "Fn::GetAtt": lambda: self._attribute(argument if isinstance(argument, list) else argument.split(".")),
            "Fn::If": lambda: self.resolve(argument[1] if self._condition(argument[0]) else argument[2]),
            "Fn::Sub": lambda: self._substitute(argument),
            "Fn::Split": lambda: self.resolve(argument[1]).split(argument[0]),
            "Fn::Select": lambda: self.resolve(argument[1])[int(argument[0])],
            "Fn::FindInMap": lambda: self._mapped(*(self.resolve(item) for item in argument)),
        }
        if name not in known:
            raise ValueError(f"{name} is not known here")
        return known[name]()

    def _mapped(self, table, first, second):
        return self.template["Mappings"][table][first][second]

    def resolve(self, node):
        if isinstance(node, list):
            items = [self.resolve(item) for item in node]
            return [item for item in items if item is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, argument)
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not NOTHING}
