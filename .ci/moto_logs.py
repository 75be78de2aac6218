"""moto's own tests of CloudWatch Logs, in its server mode, with a Cloudless in the place of moto's server."""

import moto_suite

REASONS = {}
LEFT_OUT = {}

moto_suite.run("logs", REASONS, LEFT_OUT)
