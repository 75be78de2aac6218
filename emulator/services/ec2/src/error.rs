//! The errors of EC2: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.

use kernel::error::Row;

macro_rules! rows {
    ($( $name:ident = $code:literal; )*) => { $(
        #[doc = concat!("`", $code, "`")]
        pub static $name: Row = Row::sender($code, 400, "The request is not valid.");
    )* };
}

/// The caller may not do this.
pub static UNAUTHORIZED_OPERATION: Row =
    Row::sender("UnauthorizedOperation", 403, "You are not authorized to perform this operation.");

/// It would have been done.
pub static DRY_RUN_OPERATION: Row =
    Row::sender("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.");

/// There is no room for it.
pub static INSUFFICIENT_INSTANCE_CAPACITY: Row = Row::receiver(
    "InsufficientInstanceCapacity",
    500,
    "There is not enough capacity to fulfill your request.",
);

rows! {
    MISSING_PARAMETER = "MissingParameter";
    INVALID_PARAMETER_VALUE = "InvalidParameterValue";
    INVALID_PARAMETER_COMBINATION = "InvalidParameterCombination";
    INVALID_PARAMETER = "InvalidParameter";
    INVALID_NEXT_TOKEN = "InvalidNextToken";
    FILTER_LIMIT_EXCEEDED = "FilterLimitExceeded";
    INVALID_ID = "InvalidID";
    TAG_LIMIT_EXCEEDED = "TagLimitExceeded";
    DEPENDENCY_VIOLATION = "DependencyViolation";
    OPERATION_NOT_PERMITTED = "OperationNotPermitted";
    RESOURCE_ALREADY_ASSOCIATED = "Resource.AlreadyAssociated";
    IDEMPOTENT_PARAMETER_MISMATCH = "IdempotentParameterMismatch";
    INVALID_VPC_ID_NOT_FOUND = "InvalidVpcID.NotFound";
    INVALID_VPC_RANGE = "InvalidVpc.Range";
    VPC_LIMIT_EXCEEDED = "VpcLimitExceeded";
    DEFAULT_VPC_ALREADY_EXISTS = "DefaultVpcAlreadyExists";
    DEFAULT_VPC_DOES_NOT_EXIST = "DefaultVpcDoesNotExist";
    VPC_ID_NOT_SPECIFIED = "VPCIdNotSpecified";
    DEFAULT_SUBNET_ALREADY_EXISTS = "DefaultSubnetAlreadyExistsInAvailabilityZone";
    INVALID_SUBNET_ID_NOT_FOUND = "InvalidSubnetID.NotFound";
    INVALID_SUBNET_RANGE = "InvalidSubnet.Range";
    INVALID_SUBNET_CONFLICT = "InvalidSubnet.Conflict";
    INSUFFICIENT_FREE_ADDRESSES = "InsufficientFreeAddressesInSubnet";
    INVALID_INTERNET_GATEWAY_ID_NOT_FOUND = "InvalidInternetGatewayID.NotFound";
    INVALID_INTERNET_GATEWAY_ID_MALFORMED = "InvalidInternetGatewayId.Malformed";
    GATEWAY_NOT_ATTACHED = "Gateway.NotAttached";
    INVALID_ROUTE_TABLE_ID_NOT_FOUND = "InvalidRouteTableID.NotFound";
    INVALID_ROUTE_TABLE_ID_MALFORMED = "InvalidRouteTableId.Malformed";
    INVALID_ROUTE_NOT_FOUND = "InvalidRoute.NotFound";
    ROUTE_ALREADY_EXISTS = "RouteAlreadyExists";
    ROUTE_LIMIT_EXCEEDED = "RouteLimitExceeded";
    INVALID_ASSOCIATION_ID_NOT_FOUND = "InvalidAssociationID.NotFound";
    INVALID_NETWORK_ACL_ID_NOT_FOUND = "InvalidNetworkAclID.NotFound";
    INVALID_NETWORK_INTERFACE_ID_NOT_FOUND = "InvalidNetworkInterfaceID.NotFound";
    INVALID_GROUP_NOT_FOUND = "InvalidGroup.NotFound";
    INVALID_GROUP_ID_MALFORMED = "InvalidGroupId.Malformed";
    INVALID_GROUP_DUPLICATE = "InvalidGroup.Duplicate";
    INVALID_GROUP_RESERVED = "InvalidGroup.Reserved";
    CANNOT_DELETE = "CannotDelete";
    INVALID_PERMISSION_DUPLICATE = "InvalidPermission.Duplicate";
    INVALID_PERMISSION_NOT_FOUND = "InvalidPermission.NotFound";
    INVALID_PERMISSION_MALFORMED = "InvalidPermission.Malformed";
    RULES_PER_SECURITY_GROUP_LIMIT_EXCEEDED = "RulesPerSecurityGroupLimitExceeded";
    INVALID_SECURITY_GROUP_RULE_ID_NOT_FOUND = "InvalidSecurityGroupRuleId.NotFound";
    INVALID_KEY_PAIR_NOT_FOUND = "InvalidKeyPair.NotFound";
    INVALID_KEY_PAIR_DUPLICATE = "InvalidKeyPair.Duplicate";
    INVALID_KEY_FORMAT = "InvalidKey.Format";
    INVALID_ALLOCATION_ID_NOT_FOUND = "InvalidAllocationID.NotFound";
    INVALID_ADDRESS_NOT_FOUND = "InvalidAddress.NotFound";
    INVALID_IP_ADDRESS_IN_USE = "InvalidIPAddress.InUse";
    ADDRESS_LIMIT_EXCEEDED = "AddressLimitExceeded";
    AUTH_FAILURE = "AuthFailure";
    INVALID_AMI_ID_NOT_FOUND = "InvalidAMIID.NotFound";
    INVALID_AMI_ID_MALFORMED = "InvalidAMIID.Malformed";
    INVALID_AMI_ID_UNAVAILABLE = "InvalidAMIID.Unavailable";
    INVALID_AMI_NAME_DUPLICATE = "InvalidAMIName.Duplicate";
    INVALID_AMI_NAME_MALFORMED = "InvalidAMIName.Malformed";
    INVALID_AMI_ATTRIBUTE_ITEM_VALUE = "InvalidAMIAttributeItemValue";
    INVALID_LAUNCH_TEMPLATE_ID_NOT_FOUND = "InvalidLaunchTemplateId.NotFound";
    INVALID_LAUNCH_TEMPLATE_ID_MALFORMED = "InvalidLaunchTemplateId.Malformed";
    INVALID_LAUNCH_TEMPLATE_NAME_NOT_FOUND = "InvalidLaunchTemplateName.NotFoundException";
    INVALID_LAUNCH_TEMPLATE_NAME_ALREADY_EXISTS = "InvalidLaunchTemplateName.AlreadyExistsException";
    INVALID_LAUNCH_TEMPLATE_NAME_MALFORMED = "InvalidLaunchTemplateName.MalformedException";
    INVALID_LAUNCH_TEMPLATE_VERSION_NOT_FOUND = "InvalidLaunchTemplateId.VersionNotFound";
    INVALID_INSTANCE_TYPE = "InvalidInstanceType";
    INVALID_INSTANCE_ID_NOT_FOUND = "InvalidInstanceID.NotFound";
    INVALID_INSTANCE_ID_MALFORMED = "InvalidInstanceID.Malformed";
    INCORRECT_INSTANCE_STATE = "IncorrectInstanceState";
    INCORRECT_STATE = "IncorrectState";
    INSTANCE_LIMIT_EXCEEDED = "InstanceLimitExceeded";
    INVALID_USER_DATA_MALFORMED = "InvalidUserData.Malformed";
    INVALID_VOLUME_NOT_FOUND = "InvalidVolume.NotFound";
    INVALID_INSTANCE_ATTRIBUTE_VALUE = "InvalidInstanceAttributeValue";
    UNSUPPORTED_HIBERNATION_CONFIGURATION = "UnsupportedHibernationConfiguration";
    MISSING_INPUT = "MissingInput";
    INVALID_REQUEST = "InvalidRequest";
    IP_ADDRESS_IN_USE = "InvalidIPAddress.InUse";
}
