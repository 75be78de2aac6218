"""moto's own tests of ELBv2, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[elbv2,ec2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_elbv2_cloudformation.py": "CloudFormation",
    "test_elbv2_integration.py": "ACM and Global Accelerator",
}

moto_suite.run("elbv2", REASONS, LEFT_OUT)
