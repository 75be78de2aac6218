"""Short sessions of unmodified clients of S3 with a Cloudless: boto3, both versions of the AWS CLI, MinIO's client,
s3cmd, rclone, restic. What comes back is compared with what went in. `CLOUDLESS_BIN` is the program; without it, it
is built. Needs boto3, awscli (which is version 1) and minio of PyPI, s3cmd, rclone and restic on the PATH, and version
2 of the AWS CLI, where `AWS_CLI_2` says: Debian's awscli is one.
"""

import filecmp
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import minio

import suites

PORT = suites.free_port()
URL = f"http://127.0.0.1:{PORT}"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": URL, "AWS_EC2_METADATA_DISABLED": "true"}


def expect(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def run(*command, **more):
    """What a program says, which must end well."""
    environment = {**os.environ, **KEYS, **more}
    environment.pop("AWS_CA_BUNDLE", None)  # rclone cannot; nothing here is encrypted
    ran = subprocess.run(command, env=environment, check=False, text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    if ran.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {ran.returncode}\n{ran.stdout}")
    return ran.stdout


def same(one, other):
    """Whether two folders have the same files in them."""
    compared = filecmp.dircmp(one, other)
    files = filecmp.cmpfiles(one, other, compared.common_files, shallow=False)
    different = compared.left_only + compared.right_only + files[1] + files[2]
    expect(f"{one} and {other} differ in", different, [])
    for name in compared.common_dirs:
        same(os.path.join(one, name), os.path.join(other, name))


def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def files(folder):
    """A folder to copy: names that want escaping, an empty file, one that goes in parts. They are of an hour ago: S3
    says when it got one in whole seconds, and a sync takes a file that is newer than its copy for another one."""
    before = time.time() - 3600
    for name, size in [("a.txt", 5), ("empty", 0), ("über & so/b c+d.txt", 70_000), ("large", 20_000_000)]:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write((name.encode() * (size // len(name) + 1))[:size])
        os.utime(path, (before, before))


def with_boto3(folder, back):
    s3 = boto3.client("s3", endpoint_url=URL, region_name="us-east-1", aws_access_key_id="test",
                      aws_secret_access_key="test")
    s3.create_bucket(Bucket="boto3")
    s3.upload_file(os.path.join(folder, "large"), "boto3", "large")
    s3.download_file("boto3", "large", os.path.join(back, "large"))
    expect("the file", filecmp.cmp(os.path.join(folder, "large"), os.path.join(back, "large"), False), True)
    s3.put_object(Bucket="boto3", Key="ü b+c", Body=b"hello", Metadata={"a": "b"})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "boto3", "Key": "ü b+c"})
    expect("a presigned URL", fetch(url), b"hello")
    keys = [one["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="boto3", PaginationConfig={
        "PageSize": 1}) for one in page["Contents"]]
    expect("the keys", keys, ["large", "ü b+c"])
    boto3.resource("s3", endpoint_url=URL, region_name="us-east-1", aws_access_key_id="test",
                   aws_secret_access_key="test").Bucket("boto3").objects.all().delete()
    s3.delete_bucket(Bucket="boto3")


def with_the_aws_cli(folder, back, program="aws"):
    def aws(*arguments):
        return run(program, "--endpoint-url", URL, *arguments)

    aws("s3", "mb", "s3://aws-cli")
    aws("s3", "sync", folder, "s3://aws-cli/all")
    expect("a second sync", aws("s3", "sync", folder, "s3://aws-cli/all"), "")
    aws("s3", "sync", "s3://aws-cli/all", back)
    same(folder, back)
    for size in [0, 9_000_000]:
        streamed = ["--endpoint-url", URL, "s3", "cp"]
        given = subprocess.run([program, *streamed, "-", "s3://aws-cli/streamed"], env={**os.environ, **KEYS},
                               input=b"x" * size, check=True)
        taken = subprocess.run([program, *streamed, "s3://aws-cli/streamed", "-"], env={**os.environ, **KEYS},
                               stdout=subprocess.PIPE, check=True)
        expect("what goes through a pipe", (given.returncode, len(taken.stdout)), (0, size))
    aws("s3", "rm", "s3://aws-cli/streamed")
    aws("s3", "cp", "s3://aws-cli/all/large", "s3://aws-cli/copy")
    aws("s3", "mv", "s3://aws-cli/copy", "s3://aws-cli/moved")
    listed = [line.split()[-1] for line in aws("s3", "ls", "s3://aws-cli").splitlines()]
    expect("the list", listed, ["all/", "moved"])
    url = aws("s3", "presign", "s3://aws-cli/all/a.txt").strip()
    expect("a presigned URL", fetch(url), b"a.txt")
    aws("s3", "website", "s3://aws-cli", "--index-document", "index.html")
    website = json.loads(aws("s3api", "get-bucket-website", "--bucket", "aws-cli"))
    expect("the website", website, {"IndexDocument": {"Suffix": "index.html"}})
    tags = "TagSet=[{Key=stage,Value=test}]"
    aws("s3api", "put-object-tagging", "--bucket", "aws-cli", "--key", "moved", "--tagging", tags)
    tagging = json.loads(aws("s3api", "get-object-tagging", "--bucket", "aws-cli", "--key", "moved"))
    expect("the tags", tagging["TagSet"], [{"Key": "stage", "Value": "test"}])
    aws("s3api", "put-bucket-versioning", "--bucket", "aws-cli", "--versioning-configuration", "Status=Enabled")
    aws("s3", "rm", "s3://aws-cli/moved")
    versions = json.loads(aws("s3api", "list-object-versions", "--bucket", "aws-cli", "--prefix", "moved"))
    expect("the versions", (len(versions["Versions"]), len(versions["DeleteMarkers"])), (1, 1))
    for version in versions["Versions"] + versions["DeleteMarkers"]:
        aws("s3api", "delete-object", "--bucket", "aws-cli", "--key", "moved", "--version-id", version["VersionId"])
    attributes = json.loads(aws("s3api", "get-object-attributes", "--bucket", "aws-cli", "--key", "all/a.txt",
                                "--object-attributes", "ObjectSize"))
    expect("the size", attributes["ObjectSize"], 5)
    for version in json.loads(aws("s3api", "list-object-versions", "--bucket", "aws-cli"))["Versions"]:
        aws("s3api", "delete-object", "--bucket", "aws-cli", "--key", version["Key"], "--version-id",
            version["VersionId"])
    aws("s3", "rb", "s3://aws-cli")


def with_version_2_of_the_aws_cli(folder, back):
    program = os.environ.get("AWS_CLI_2", "/usr/bin/aws")
    version = run(program, "--version")
    expect("a version 2", version.startswith("aws-cli/2."), True)
    with_the_aws_cli(folder, back, program)


def with_minio(folder, back):
    client = minio.Minio(f"127.0.0.1:{PORT}", "test", "test", secure=False, region="us-east-1")
    client.make_bucket("minio")
    client.put_object("minio", "ü b+c", io.BytesIO(b"hello"), 5, metadata={"a": "b"})
    expect("the metadata", client.stat_object("minio", "ü b+c").metadata.get("x-amz-meta-a"), "b")
    client.fput_object("minio", "large", os.path.join(folder, "large"), part_size=5 * 1024 * 1024)
    client.fget_object("minio", "large", os.path.join(back, "large"))
    expect("the file", filecmp.cmp(os.path.join(folder, "large"), os.path.join(back, "large"), False), True)
    expect("a presigned URL", fetch(client.presigned_get_object("minio", "ü b+c")), b"hello")
    listed = [one.object_name for one in client.list_objects("minio", recursive=True)]
    expect("the keys", listed, ["large", "ü b+c"])
    for name in listed:
        client.remove_object("minio", name)
    client.remove_bucket("minio")


def with_s3cmd(folder, back):
    def s3cmd(*arguments):
        return run("s3cmd", "--config", os.devnull, "--access_key=test", "--secret_key=test", "--no-ssl",
                   f"--host=127.0.0.1:{PORT}", f"--host-bucket=127.0.0.1:{PORT}", "--region=us-east-1",
                   "--no-progress", *arguments)

    s3cmd("mb", "s3://s3cmd")
    s3cmd("sync", f"{folder}/", "s3://s3cmd/")
    expect("a second sync uploads", "upload:" in s3cmd("sync", f"{folder}/", "s3://s3cmd/"), False)
    s3cmd("sync", "s3://s3cmd/", f"{back}/")
    same(folder, back)
    # Not `cp`: it says `private` of the copy, which a bucket without ACLs refuses on AWS, too.
    expect("the list", "s3://s3cmd/a.txt" in s3cmd("ls", "s3://s3cmd/"), True)
    s3cmd("info", "s3://s3cmd/a.txt")
    s3cmd("rb", "--recursive", "--force", "s3://s3cmd")


def with_rclone(folder, back):
    remote = {"RCLONE_CONFIG_HERE_TYPE": "s3", "RCLONE_CONFIG_HERE_PROVIDER": "Other", "RCLONE_CONFIG": os.devnull,
              "RCLONE_CONFIG_HERE_ENDPOINT": URL, "RCLONE_CONFIG_HERE_ENV_AUTH": "true",
              "RCLONE_CONFIG_HERE_FORCE_PATH_STYLE": "true", "RCLONE_S3_CHUNK_SIZE": "5M",
              "RCLONE_S3_UPLOAD_CUTOFF": "8M",
              # It says `private` of every object unless told otherwise, which AWS refuses, too.
              "RCLONE_S3_ACL": "bucket-owner-full-control", "RCLONE_S3_BUCKET_ACL": "private"}

    def rclone(*arguments):
        return run("rclone", *arguments, **remote)

    rclone("mkdir", "here:rclone")
    rclone("sync", folder, "here:rclone")
    again = rclone("sync", "-v", "--stats-log-level", "NOTICE", folder, "here:rclone")
    expect("a second sync", "There was nothing to transfer" in again, True)
    rclone("check", folder, "here:rclone")
    rclone("sync", "here:rclone", back)
    same(folder, back)
    rclone("purge", "here:rclone")


def with_restic(folder, back):
    with tempfile.TemporaryDirectory() as cache:
        def restic(*arguments):
            return run("restic", "--repo", f"s3:{URL}/restic", "--cache-dir", cache, *arguments,
                       RESTIC_PASSWORD="test")

        restic("init")
        restic("backup", folder)
        restic("backup", folder)
        restic("check", "--read-data")
        expect("the snapshots", len(json.loads(restic("snapshots", "--json"))), 2)
        restic("restore", "latest", "--target", back)
        same(folder, os.path.join(back, folder.lstrip("/")))
        restic("forget", "--keep-last", "1", "--prune")
        restic("check")


SESSIONS = [with_boto3, with_the_aws_cli, with_version_2_of_the_aws_cli, with_minio, with_s3cmd, with_rclone, with_restic]


def main():
    server, failed = suites.Server(PORT), []
    server.start()
    try:
        for session in SESSIONS:
            name, began = session.__name__.removeprefix("with_").replace("_", " "), time.monotonic()
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as back:
                files(folder)
                try:
                    session(folder, back)
                    print(f"  {name}: as it should be, {time.monotonic() - began:.1f} s")
                except Exception as error:  # each session is told of
                    print(f"  {name}: {type(error).__name__}: {error}")
                    failed.append(name)
    finally:
        server.stop()
    if failed:
        sys.exit(f"clients of S3: failed: {', '.join(failed)}")


main()
