"""What can be proven of infra/cloudless.yaml without an account of AWS.

1. The linter finds nothing; the instances' script fits, runs through where its commands are stubs, and
   tells CloudFormation when one of them fails; agent's configuration and dashboard are JSON.
2. No role may do everything, and none may do on everything what knows narrower resources.
3. What the script gives the shop are variables that the shop knows.
4. The emulator takes what AWS would be told: the template's resources of S3, SQS and Lambda are made
   one by one with their properties, in the order of their references, as CloudFormation would.
5. What was made so is what `shop provision` makes: names, attributes, memory, timeouts, variables,
   prefix, permission, mapping. Where the two differ on purpose, DIFFERENCES says why.
6. A picture that is put there is resized, and the second function hears of it.

Needs cfn-lint, boto3 and PyYAML (which cfn-lint brings). Builds the programs it starts.
"""

import base64
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile

import boto3
import yaml
from botocore.config import Config
from infra_instance import comes_up

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEMPLATE = os.path.join(REPOSITORY, "infra", "cloudless.yaml")
ACCOUNT, REGION, STACK = "000000000000", "us-east-1", "cloudless-shop"

# Properties of AWS that the emulator does not have, and why that is no loss here.
NOT_EMULATED = {
    ("AWS::Lambda::Function", "VpcConfig"): "functions run on this machine, there is no network to place them in",
    ("AWS::S3::Bucket", "LifecycleConfiguration"): "the emulator's disk is not paid by the month",
    ("AWS::Lambda::Function", "LoggingConfig"): "logs are read at /_cloudless/logs, there is no CloudWatch",
}

# Where the template says on purpose what `shop provision` does not.
DIFFERENCES = {
    "queue image-resized/Policy": "the template's roles carry the rights; provision has one role and no say over its policies",
    "permission/SourceAccount": "on AWS a bucket's name can become somebody else's",
    "mapping/ScalingConfig": "RDS's smallest class has few connections",
}

# Actions that know no narrower resource than all; https://docs.aws.amazon.com/service-authorization/
ON_EVERYTHING = {
    "cloudwatch:PutMetricData", "ec2:DescribeTags", "ecr:GetAuthorizationToken",
    "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def short_form(loader, suffix, node):
    kinds = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda node: loader.construct_sequence(node, deep=True),
        yaml.MappingNode: lambda node: loader.construct_mapping(node, deep=True),
    }
    value = kinds[type(node)](node)
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", short_form)


def check(condition, message):
    if not condition:
        sys.exit(f"infra: {message}")


class Stack:
    """The template with values for its parameters. `resource` is asked for what others refer to."""

    def __init__(self, template, parameters, resource):
        self.template = template
        self.resource = resource
        self.values = {
            "AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::StackName": STACK,
            "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com",
        }
        for name, parameter in template["Parameters"].items():
            self.values[name] = parameters[name] if name in parameters else parameter["Default"]

    def condition(self, of):
        if isinstance(of, str):
            return self.condition(self.template["Conditions"][of])
        (form, value), = of.items()
        if form == "Fn::Equals":
            return self.resolve(value[0]) == self.resolve(value[1])
        if form == "Fn::Not":
            return not self.condition(value[0])
        if form == "Condition":
            return self.condition(value)
        raise ValueError(form)

    def reference(self, name, attribute=None):
        if attribute is None and name in self.values:
            return self.values[name]
        return self.resource(name)[attribute or "Ref"]

    def substitute(self, text, values):
        def one(found):
            name = found.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in values:
                return values[name]
            return str(self.reference(*name.split(".", 1)))

        return re.sub(r"\$\{([^}]+)\}", one, text)

    def resolve(self, value):
        if isinstance(value, list):
            found = [self.resolve(one) for one in value]
            return [one for one in found if one is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (form, inner), = value.items()
            if form == "Ref":
                return None if inner == "AWS::NoValue" else self.reference(inner)
            if form == "Fn::GetAtt":
                return self.reference(*inner)
            if form == "Fn::If":
                return self.resolve(inner[1] if self.condition(inner[0]) else inner[2])
            if form == "Fn::Sub":
                text, values = inner if isinstance(inner, list) else (inner, {})
                return self.substitute(text, {name: self.resolve(one) for name, one in values.items()})
            if form == "Fn::Base64":
                return base64.b64encode(self.resolve(inner).encode()).decode()
            if form == "Fn::FindInMap":
                names = [self.resolve(one) for one in inner]
                return self.template["Mappings"][names[0]][names[1]][names[2]]
            if form == "Fn::GetAZs":
                return [REGION + zone for zone in "abc"]
            if form == "Fn::Select":
                return self.resolve(inner[1])[int(inner[0])]
            check(not form.startswith("Fn::"), f"{form} is not understood here")
        found = {name: self.resolve(one) for name, one in value.items()}
        return {name: one for name, one in found.items() if one is not None}

    def properties(self, name):
        return self.resolve(self.template["Resources"][name].get("Properties", {}))


def stand_in(name):
    """Attributes of a resource that only its name matters of."""
    known = {
        "DatabaseSecret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:DatabaseSecret-1",
        "ManagerSecret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ManagerSecret-1",
    }

    class Attributes(dict):
        def __missing__(self, attribute):
            return {
                "Ref": known.get(name, f"{name.lower()}-1"),
                "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                "Endpoint.Address": "database.invalid", "Endpoint.Port": "5432",
                "RegionalDomainName": f"{STACK}-images-{ACCOUNT}-{REGION}.s3.{REGION}.amazonaws.com",
                "QueueName": name.lower(), "DNSName": "balancer.example",
            }.get(attribute, f"{name}.{attribute}")

    return Attributes()


class Made:
    """The resources of S3, SQS and Lambda, made on an endpoint in the order of their references."""

    def __init__(self, template, parameters, clients):
        self.s3, self.sqs, self.lambda_ = clients
        self.template = template
        self.stack = Stack(template, parameters, self.resource)
        self.made, self.under_way = {}, []
        self.makers = {
            "AWS::SQS::Queue": self.queue, "AWS::S3::Bucket": self.bucket,
            "AWS::S3::BucketPolicy": self.bucket_policy, "AWS::Lambda::Function": self.function,
            "AWS::Lambda::Permission": self.permission,
            "AWS::Lambda::EventSourceMapping": self.mapping,
        }
        for name in template["Resources"]:
            if template["Resources"][name]["Type"] in self.makers:
                self.resource(name)

    def resource(self, name):
        if name in self.made:
            return self.made[name]
        check(name not in self.under_way, f"a circle of references: {' -> '.join([*self.under_way, name])}")
        resource = self.template["Resources"][name]
        maker = self.makers.get(resource["Type"])
        if maker is None:
            return stand_in(name)
        self.under_way.append(name)
        before = resource.get("DependsOn", [])
        for one in [before] if isinstance(before, str) else before:
            self.resource(one)
        properties = self.stack.properties(name)
        for (kind, left_out), _ in NOT_EMULATED.items():
            if kind == resource["Type"]:
                properties.pop(left_out, None)
        self.made[name] = maker(properties)
        check(not properties, f"{name}: nothing was done with {', '.join(properties)}")
        self.under_way.pop()
        print(f"  {resource['Type']:<34} {name}")
        return self.made[name]

    def queue(self, given):
        name = given.pop("QueueName")
        attributes = {
            key: json.dumps(value) if isinstance(value, dict) else str(value) for key, value in given.items()
        }
        given.clear()
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return {"Ref": url, "Arn": arn["Attributes"]["QueueArn"], "QueueName": name}

    def bucket(self, given):
        name = given.pop("BucketName")
        self.s3.create_bucket(Bucket=name)
        self.s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=given.pop("OwnershipControls"))
        self.s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=given.pop("PublicAccessBlockConfiguration")
        )
        rules = given.pop("CorsConfiguration")["CorsRules"]
        for rule in rules:
            rule["MaxAgeSeconds"] = rule.pop("MaxAge")
        self.s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
        functions = []
        for one in given.pop("NotificationConfiguration")["LambdaConfigurations"]:
            rules = one["Filter"]["S3Key"]["Rules"]
            functions.append({
                "LambdaFunctionArn": one["Function"], "Events": [one["Event"]],
                "Filter": {"Key": {"FilterRules": rules}},
            })
        # The destination is checked, as on AWS: the permission has to be there before.
        self.s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"LambdaFunctionConfigurations": functions}
        )
        domain = f"{name}.s3.{REGION}.amazonaws.com"
        return {"Ref": name, "Arn": f"arn:aws:s3:::{name}", "RegionalDomainName": domain}

    def bucket_policy(self, given):
        self.s3.put_bucket_policy(Bucket=given.pop("Bucket"), Policy=json.dumps(given.pop("PolicyDocument")))
        return {}

    def function(self, given):
        made = self.lambda_.create_function(**given)
        given.clear()
        return {"Ref": made["FunctionName"], "Arn": made["FunctionArn"]}

    def permission(self, given):
        self.lambda_.add_permission(StatementId="from-the-template", **given)
        given.clear()
        return {}

    def mapping(self, given):
        self.lambda_.create_event_source_mapping(**given)
        given.clear()
        return {}


def view(clients, bucket):
    """All that two clouds may be compared by, as flat names and values."""
    s3, sqs, lambda_ = clients
    seen = {}
    passing = ("CreatedTimestamp", "LastModifiedTimestamp", "ApproximateNumberOf")
    for url in sqs.list_queues()["QueueUrls"]:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for key, value in found.items():
            if not key.startswith(passing):
                value = json.loads(value) if key.endswith("Policy") else value
                seen[f"queue {url.rsplit('/', 1)[1]}/{key}"] = value
    rules = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
    seen["bucket/cors"] = rules
    seen["bucket/access block"] = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    seen["bucket/policy"] = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    with contextlib.suppress(s3.exceptions.ClientError):
        seen["bucket/ownership"] = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    for one in s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"]:
        one.pop("Id")
        seen["bucket/notification"] = one
    for function in lambda_.list_functions()["Functions"]:
        name = function["FunctionName"]
        for key in ("Runtime", "Handler", "MemorySize", "Timeout", "Architectures", "DeadLetterConfig"):
            seen[f"function {name}/{key}"] = function.get(key)
        for key, value in function.get("Environment", {}).get("Variables", {}).items():
            # Where the database is differs; what is read of it does not.
            seen[f"function {name}/{key}"] = value.split(":")[0] if key == "DATABASE_URL" else value
        for mapping in lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
            for key in ("EventSourceArn", "BatchSize", "FunctionResponseTypes", "ScalingConfig", "State"):
                seen[f"mapping/{key}"] = mapping.get(key)
    for statement in json.loads(lambda_.get_policy(FunctionName="resize-image")["Policy"])["Statement"]:
        condition = statement["Condition"]
        seen["permission/Action"] = statement["Action"]
        seen["permission/Principal"] = statement["Principal"]
        seen["permission/SourceArn"] = condition["ArnLike"]["AWS:SourceArn"]
        seen["permission/SourceAccount"] = condition.get("StringEquals", {}).get("AWS:SourceAccount")
    # Ports, and names of buckets, are nobody's choice.
    text = json.dumps(seen, default=str).replace(bucket, "BUCKET")
    text = re.sub(r"http://(127\.0\.0\.1|localhost):\d+", "ENDPOINT", text)
    seen = json.loads(text)
    base = seen["function update-product/IMAGE_BASE_URL"]
    check(base in ("ENDPOINT/BUCKET", f"https://BUCKET.s3.{REGION}.amazonaws.com"), f"IMAGE_BASE_URL is {base}")
    seen["function update-product/IMAGE_BASE_URL"] = "address of the bucket"
    return seen


@contextlib.contextmanager
def emulator(programs):
    command = [os.path.join(programs, "cloudless"), "--port", "0", "--log", "error"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        endpoint = re.search(r"http://\S+", process.stdout.readline()).group(0)
        yield endpoint
    finally:
        process.terminate()
        process.wait(timeout=20)


def clients(endpoint):
    where = {"endpoint_url": endpoint, "region_name": REGION}
    who = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    path = Config(s3={"addressing_style": "path"})
    s3 = boto3.client("s3", config=path, **where, **who)
    return s3, boto3.client("sqs", **where, **who), boto3.client("lambda", **where, **who)


def build():
    names = ["cloudless", "shop", "resize-image", "update-product"]
    command = ["cargo", "build", "--quiet", "--workspace"]
    subprocess.run(command + [f"--bin={name}" for name in names], cwd=REPOSITORY, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(REPOSITORY, "target"))
    return os.path.join(target, "debug")


def zip_of(program):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        with open(program, "rb") as source:
            archive.writestr(entry, source.read())
    return body.getvalue()


def lint():
    subprocess.run(["cfn-lint", TEMPLATE], check=True)
    print("cfn-lint: nothing to say")


def user_data(template):
    stack = Stack(template, PARAMETERS, stand_in)
    encoded = stack.properties("Launch")["LaunchTemplateData"]["UserData"]
    script = base64.b64decode(encoded).decode()
    check(len(script) < 16_384, f"the instances' script has {len(script)} bytes; EC2 takes 16,384")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", "-s", "bash", "-"], input=script, text=True, check=True)
    agent = re.search(r"<<'JSON'\n(.*?)\nJSON\n", script, re.S).group(1)
    group = json.loads(agent)["metrics"]["append_dimensions"]["AutoScalingGroupName"]
    check(group == "${aws:AutoScalingGroupName}", f"the agent would take {group} for its group")
    dashboard = json.loads(stack.properties("Dashboard")["DashboardBody"])
    places = {(one["x"], one["y"]) for one in dashboard["widgets"]}
    check(len(places) == len(dashboard["widgets"]), "two widgets of the dashboard have one place")
    print(f"the instances' script: {len(script)} bytes of good shell, agent's configuration of good JSON")
    return script


def known_to_the_shop(script, shop):
    given = set(re.findall(r"^([A-Z_]+)=", script, re.M)) | set(re.findall(r'echo "([A-Z_]+)=', script))
    said = subprocess.run([shop, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"\[env:\s+([A-Z_]+)", said))
    # Read by the SDK, and by shop/src/config.rs.
    known |= {"AWS_REGION", "INSTANCE_ID"}
    check(not given - known, f"the shop does not know {', '.join(sorted(given - known))}")
    needed = {"DATABASE_URL", "LISTEN", "BUCKET", "IMAGE_BASE_URL", "BASE_URL", "MAIL_FROM",
              "SMTP_URL", "TRUST_FORWARDED_FOR", "INSTANCE_ID", "AWS_REGION"}
    check(needed <= given, f"the instances lack {', '.join(sorted(needed - given))}")
    said = subprocess.run([shop, "manager", "--help"], capture_output=True, text=True, check=True).stdout
    for option in re.findall(r"(--[a-z-]+)", re.search(r"\n +manager .*?\n", script).group(0)):
        check(option in said, f"`shop manager` has no {option}")
    print(f"the shop knows all of its variables: {', '.join(sorted(given))}")


def least_privilege(template):
    statements = 0
    for name, resource in template["Resources"].items():
        for policy in resource.get("Properties", {}).get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                statements += 1
                actions = statement["Action"]
                actions = [actions] if isinstance(actions, str) else actions
                check(not any("*" in action for action in actions), f"{name}: {statement['Sid']} allows {actions}")
                if statement["Resource"] == "*" and statement["Effect"] == "Allow":
                    wide = set(actions) - ON_EVERYTHING
                    check(not wide, f"{name}: {statement['Sid']} allows {wide} on everything")
    print(f"roles: {statements} statements, none wider than it has to be")


PARAMETERS = {
    "ShopImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/cloudless-shop:1",
    "CodeBucket": "code", "ResizeImageKey": "resize-image.zip", "UpdateProductKey": "update-product.zip",
    "Architecture": {"aarch64": "arm64"}.get(os.uname().machine, "x86_64"),
}


def main():
    with open(TEMPLATE, encoding="utf-8") as source:
        template = yaml.load(source, Loader)
    lint()
    least_privilege(template)
    script = user_data(template)
    comes_up(script)
    programs = build()
    known_to_the_shop(script, os.path.join(programs, "shop"))
    with emulator(programs) as told, emulator(programs) as provisioned, tempfile.TemporaryDirectory() as folder:
        ours, theirs = clients(told), clients(provisioned)
        ours[0].create_bucket(Bucket=PARAMETERS["CodeBucket"])
        for name in ("resize-image", "update-product"):
            zipped = zip_of(os.path.join(programs, name))
            ours[0].put_object(Bucket=PARAMETERS["CodeBucket"], Key=f"{name}.zip", Body=zipped)
            with open(os.path.join(folder, f"{name}.zip"), "wb") as file:
                file.write(zipped)
        print("made on the emulator, as CloudFormation would:")
        made = Made(template, PARAMETERS, ours)
        environment = {
            **os.environ, "AWS_ENDPOINT_URL": provisioned, "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }
        subprocess.run(
            [os.path.join(programs, "shop"), "provision",
             "--resize-image", os.path.join(folder, "resize-image.zip"),
             "--update-product", os.path.join(folder, "update-product.zip"),
             "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/shop", "--database-url", "postgres://shop@database.invalid/shop"],
            env=environment, stdout=subprocess.DEVNULL, check=True,
        )
        bucket = made.resource("Pictures")["Ref"]
        mine, other = view(ours, bucket), view(theirs, "cloudless-shop-images")
        differ = {name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)}
        for name in sorted(differ - DIFFERENCES.keys()):
            print(f"{name}:\n  the template  {mine.get(name)}\n  shop provision {other.get(name)}")
        check(differ <= DIFFERENCES.keys(), "template and `shop provision` disagree")
        check(differ == DIFFERENCES.keys(), f"no longer a difference: {DIFFERENCES.keys() - differ}")
        print(f"template and `shop provision` agree on {len(mine.keys() | other.keys()) - len(differ)} values, "
              f"and differ on purpose on {len(differ)}")

        with open(os.path.join(REPOSITORY, "fixtures", "images", "photo-portrait-exif6.jpg"), "rb") as photo:
            ours[0].put_object(Bucket=bucket, Key="products/7/photo.jpg", Body=photo.read())
        # The database is not there: the second function fails, and its message waits to be tried again.
        # What is idle by then is the first.
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(urllib.request.Request(f"{told}/_cloudless/settle?limit_s=20", method="POST"))
        resized = ours[0].list_objects_v2(Bucket=bucket, Prefix="resized/").get("Contents", [])
        check([one["Key"] for one in resized] == ["resized/products/7/photo.jpg"], f"resized: {resized}")
        logs = urllib.request.urlopen(f"{told}/_cloudless/logs/update-product").read().decode()
        check("the database failed" in logs, f"update-product was not reached: {logs}")
        print("a picture that is put there is resized, and update-product hears of it")


main()
