"""moto_plugin, for the tests of Lambda: they make roles first, and Cloudless has no IAM to make them.

Any role can be assumed here, so that its ARN is all that the tests need."""

import boto3

from moto_plugin import *  # noqa: F401, F403

ACCOUNT_ID = "123456789012"
CLIENT = boto3.client


class Roles:
    """What the tests ask of IAM, by way of their role."""

    class exceptions:
        NoSuchEntityException = KeyError

    def create_role(self, RoleName, Path="/", **_):
        return {"Role": {"RoleName": RoleName, "Arn": f"arn:aws:iam::{ACCOUNT_ID}:role{Path}{RoleName}"}}

    def get_role(self, RoleName):
        return self.create_role(RoleName, "/my-path/")

    def list_attached_role_policies(self, RoleName):
        return {"AttachedPolicies": []}

    def get_waiter(self, _name):
        return self

    def wait(self, **_):
        pass

    def delete_role(self, **_):
        pass

    attach_role_policy = put_role_policy = detach_role_policy = delete_role_policy = delete_role


boto3.client = lambda service, *more, **options: Roles() if service == "iam" else CLIENT(service, *more, **options)
