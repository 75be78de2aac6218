"""moto's own tests of EC2, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[ec2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_carrier_gateways.py": "carrier gateways",
    "test_customer_gateways.py": "VPNs",
    "test_dhcp_options.py": "sets of DHCP options",
    "test_ec2_cloudformation.py": "CloudFormation",
    "test_egress_only_igw.py": "egress-only gateways",
    "test_elastic_block_store.py": "volumes and snapshots by themselves",
    "test_elastic_network_interfaces.py": "network interfaces by themselves",
    "test_fleets.py": "fleets",
    "test_flow_logs.py": "flow logs",
    "test_flow_logs_cloudformation.py": "CloudFormation",
    "test_hosts.py": "dedicated hosts",
    "test_launch_templates_cloudformation.py": "CloudFormation",
    "test_nat_gateway.py": "NAT gateways",
    "test_network_acls.py": "network ACLs of one's own",
    "test_prefix_lists.py": "prefix lists",
    "test_reserved_instances_offerings.py": "reserved instances",
    "test_security_groups_cloudformation.py": "CloudFormation",
    "test_settings.py": "settings of encryption",
    "test_spot_fleet.py": "spot instances",
    "test_spot_instances.py": "spot instances",
    "test_traffic_mirrors.py": "traffic mirrors",
    "test_transit_gateway.py": "transit gateways",
    "test_transit_gateway_cloudformation.py": "CloudFormation",
    "test_transit_gateway_peering_attachments.py": "transit gateways",
    "test_utils.py": "moto's own functions, which are no part of the API",
    "test_virtual_private_gateways.py": "VPNs",
    "test_vpc_endpoint_services_integration.py": "endpoints of a network",
    "test_vpc_peering.py": "peering",
    "test_vpc_service_configuration_integration.py": "endpoints of a network",
    "test_vpn_connections.py": "VPNs",
    "test_windows.py": "passwords of Windows",
}

moto_suite.run("ec2", REASONS, LEFT_OUT, plugin="moto_ec2_plugin")
