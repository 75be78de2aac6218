"""moto's own tests of S3, in its server mode, with a Cloudless in the place of moto's server.

moto's buckets take ACLs, as AWS's did before April 2023: hence --bucket-defaults=2022. `CLOUDLESS_BIN` is the
program; without it, it is built. Needs moto[s3,sqs,server], pytest and freezegun.
"""

import moto_suite
import suites

# Why a test fails, and the tests that do.
REASONS = {
}
# Whole files that are about services which Cloudless does not have.
LEFT_OUT = {
    "test_s3_cloudformation.py": "CloudFormation",
    "test_s3_lambda_integration.py": "moto's tests of Lambda beside it",
}

moto_suite.run("s3", REASONS, LEFT_OUT, " ".join(suites.of_2022()))
