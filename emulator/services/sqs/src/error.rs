//! The errors of SQS: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>.
//!
//! Two codes a row: that of the JSON protocol, and the older one, which the Query protocol answers
//! with and which JSON clients find in `x-amzn-query-error`.

use kernel::error::Row;

/// No queue of that name.
pub static QUEUE_DOES_NOT_EXIST: Row =
    Row::sender("QueueDoesNotExist", 400, "The specified queue does not exist.")
        .query("AWS.SimpleQueueService.NonExistentQueue")
        .query_says("The specified queue does not exist for this wsdl version.");

/// A queue of that name exists with other attributes.
pub static QUEUE_NAME_EXISTS: Row = Row::sender(
    "QueueNameExists",
    400,
    "A queue already exists with the same name and a different value for attribute",
)
.query("QueueAlreadyExists");

/// A queue of that name was deleted less than 60 seconds ago.
pub static QUEUE_DELETED_RECENTLY: Row = Row::sender(
    "QueueDeletedRecently",
    400,
    "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
)
.query("AWS.SimpleQueueService.QueueDeletedRecently");

/// The queue was purged less than 60 seconds ago.
pub static PURGE_QUEUE_IN_PROGRESS: Row = Row::sender(
    "PurgeQueueInProgress",
    403,
    "Only one PurgeQueue operation on the queue is allowed every 60 seconds.",
)
.query("AWS.SimpleQueueService.PurgeQueueInProgress");

/// An attribute that a queue of this kind does not have.
pub static INVALID_ATTRIBUTE_NAME: Row =
    Row::sender("InvalidAttributeName", 400, "Unknown Attribute.");

/// A value that a queue's attribute cannot have.
pub static INVALID_ATTRIBUTE_VALUE: Row =
    Row::sender("InvalidAttributeValue", 400, "Invalid value for the parameter.");

/// A parameter's value is out of its range or does not fit the queue.
pub static INVALID_PARAMETER_VALUE: Row =
    Row::sender("InvalidParameterValueException", 400, "A parameter is invalid.")
        .query("InvalidParameterValue");

/// A required parameter is absent or empty.
pub static MISSING_PARAMETER: Row =
    Row::sender("MissingRequiredParameterException", 400, "A parameter is missing.")
        .query("MissingParameter");

/// A queue that is named by its ARN, or a move task, does not exist.
pub static RESOURCE_NOT_FOUND: Row =
    Row::sender("ResourceNotFoundException", 404, "The resource does not exist.");

/// A queue URL that cannot be one.
pub static INVALID_ADDRESS: Row =
    Row::sender("InvalidAddress", 404, "The address is not valid for this endpoint.");

/// A message with a character that XML cannot carry.
pub static INVALID_MESSAGE_CONTENTS: Row = Row::sender(
    "InvalidMessageContents",
    400,
    "Invalid binary character was found in the message.",
);

/// The body of a batch's entry is empty. In a batch's answer alone.
pub static EMPTY_VALUE: Row = Row::sender("EmptyValue", 400, "No Value Found.");

/// Not a receipt handle of this queue.
pub static RECEIPT_HANDLE_IS_INVALID: Row =
    Row::sender("ReceiptHandleIsInvalid", 404, "The input receipt handle is invalid.");

/// Too many messages are in flight, or a policy says too much.
pub static OVER_LIMIT: Row =
    Row::sender("OverLimit", 403, "The maximum number of in flight messages is reached.");

/// The operation does not fit the queue.
pub static UNSUPPORTED_OPERATION: Row =
    Row::sender("UnsupportedOperation", 400, "Unsupported operation.")
        .query("AWS.SimpleQueueService.UnsupportedOperation");

/// A batch without entries.
pub static EMPTY_BATCH_REQUEST: Row =
    Row::sender("EmptyBatchRequest", 400, "There should be at least one entry in the request.")
        .query("AWS.SimpleQueueService.EmptyBatchRequest");

/// A batch of more than ten entries.
pub static TOO_MANY_ENTRIES_IN_BATCH_REQUEST: Row = Row::sender(
    "TooManyEntriesInBatchRequest",
    400,
    "Maximum number of entries per request are 10.",
)
.query("AWS.SimpleQueueService.TooManyEntriesInBatchRequest");

/// Two entries of a batch have the same id.
pub static BATCH_ENTRY_IDS_NOT_DISTINCT: Row =
    Row::sender("BatchEntryIdsNotDistinct", 400, "Id repeated.")
        .query("AWS.SimpleQueueService.BatchEntryIdsNotDistinct");

/// The messages of a batch are too long together.
pub static BATCH_REQUEST_TOO_LONG: Row =
    Row::sender("BatchRequestTooLong", 400, "Batch requests cannot be longer than 1048576 bytes.")
        .query("AWS.SimpleQueueService.BatchRequestTooLong");

/// An entry's id has characters that it may not have.
pub static INVALID_BATCH_ENTRY_ID: Row = Row::sender(
    "InvalidBatchEntryId",
    400,
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
)
.query("AWS.SimpleQueueService.InvalidBatchEntryId");

/// The queue's policy forbids it, or does not permit it to somebody of another account.
pub static ACCESS_DENIED: Row =
    Row::sender("AccessDeniedException", 403, "Access to the resource is denied.")
        .query("AccessDenied");
