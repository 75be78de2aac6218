"""moto's own tests of EC2 Auto Scaling, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[autoscaling,elb,elbv2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {}

moto_suite.run("autoscaling", REASONS, LEFT_OUT, plugin="moto_ec2_plugin")
