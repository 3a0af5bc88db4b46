"""Where MiniStack differs from AWS, made up for after a deployment. Each function says what is
missing. Called as: ministack.py STACK. Prints the stack's resources: logical id to name."""

import json
import re
import sys

import boto3

cloudformation = boto3.client("cloudformation")
gateway = boto3.client("apigatewayv2")
functions = boto3.client("lambda")


def main(stack):
    described = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in described}
    template = cloudformation.get_template(StackName=stack, TemplateStage="Processed")
    resources = template["TemplateBody"]["Resources"]
    parameters = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
    values = {one["ParameterKey"]: one["ParameterValue"] for one in parameters}
    make_routes(resources["HttpApi"]["Properties"]["Body"], names, values)
    make_numbers_of_texts(resources, names, values)
    print(json.dumps(names))


def make_routes(document, names, values):
    """SAM turns routes into an OpenAPI document, the Body of the API. MiniStack reads the Body of
    REST APIs, not of HTTP APIs, so the API has neither routes nor an authorizer."""
    api = names["HttpApi"]
    authorizers = {
        name: make_authorizer(api, name, scheme["x-amazon-apigateway-authorizer"], values)
        for name, scheme in document["components"]["securitySchemes"].items()
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            integration = operation["x-amazon-apigateway-integration"]
            # The function's alias, whose name is an ARN.
            alias = re.search(r"\$\{(\w+)\}/invocations", integration["uri"]["Fn::Sub"])[1]
            made = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=names[alias],
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )
            ((authorizer, _scopes),) = operation["security"][0].items()
            # SAM calls it NONE where a route is open.
            is_open = authorizer == "NONE"
            guard = {"AuthorizationType": "NONE"} if is_open else {
                "AuthorizationType": "JWT",
                "AuthorizerId": authorizers[authorizer],
            }
            gateway.create_route(
                ApiId=api,
                RouteKey=f"{method.upper()} {path}",
                Target=f"integrations/{made['IntegrationId']}",
                **guard,
            )


def make_authorizer(api, name, described, values):
    jwt = described["jwtConfiguration"]
    made = gateway.create_authorizer(
        ApiId=api,
        Name=name,
        AuthorizerType="JWT",
        IdentitySource=[described["identitySource"]],
        JwtConfiguration={
            "Issuer": values[jwt["issuer"]["Ref"]],
            "Audience": [values[audience["Ref"]] for audience in jwt["audience"]],
        },
    )
    return made["AuthorizerId"]


def make_numbers_of_texts(resources, names, values):
    """MiniStack keeps a MaximumConcurrency that comes from a parameter as text, and its poller of
    all queues fails as it compares that with a number."""
    for name, resource in resources.items():
        scaling = resource.get("Properties", {}).get("ScalingConfig", {})
        limit = scaling.get("MaximumConcurrency")
        if isinstance(limit, dict):
            functions.update_event_source_mapping(
                UUID=names[name],
                ScalingConfig={"MaximumConcurrency": int(values[limit["Ref"]])},
            )


main(sys.argv[1])
