"""moto's own tests of CloudWatch, in its server mode, with a Cloudless in the place of moto's server.

boto3 speaks CBOR to it. `CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[cloudwatch,server],
pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_cloudwatch_cloudformation.py": "CloudFormation",
    "test_cloudwatch_expression_parser.py": "moto's own parser, which is no part of the API",
}

moto_suite.run("cloudwatch", REASONS, LEFT_OUT)
