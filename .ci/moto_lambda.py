"""moto's own tests of Lambda, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[s3,sqs,awslambda,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
}
# Whole files that are about services which Cloudless does not have.
LEFT_OUT = {
    "test_awslambda_cloudformation.py": "CloudFormation",
}

moto_suite.run("awslambda", REASONS, LEFT_OUT, plugin="moto_lambda_plugin")
