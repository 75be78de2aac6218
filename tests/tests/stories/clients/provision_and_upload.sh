#!/usr/bin/env bash
# The shop's cloud by the AWS CLI, step by step, and one upload.
#
# Endpoint, region and credentials come from the environment, as everywhere. Besides them:
# DATABASE_URL, ARCHITECTURE, PHOTO, UPLOAD_KEY; the zips of the functions lie in the working
# directory.
set -euo pipefail

bucket=cloudless-shop-images
role=arn:aws:iam::000000000000:role/cloudless-shop

aws s3 mb "s3://$bucket" >&2
aws s3api put-public-access-block --bucket $bucket --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false
aws s3api put-bucket-policy --bucket $bucket --policy '{
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::'$bucket'/*"
    }]
}'
is_public=$(aws s3api get-bucket-policy-status --bucket $bucket --query PolicyStatus.IsPublic)
echo "bucket: {'IsPublic': ${is_public^}}"

# The CLI's version 1 has an old name of SQS's endpoint built in, which goes before the environment.
sqs_() {
    aws sqs --endpoint-url "$AWS_ENDPOINT_URL" "$@"
}
arn_of() {
    sqs_ get-queue-attributes --queue-url "$1" --attribute-names QueueArn \
        --query Attributes.QueueArn --output text
}
dead_letters=$(arn_of "$(sqs_ create-queue --queue-name image-resized-dlq --output text)")
failed=$(arn_of "$(sqs_ create-queue --queue-name image-resize-failed --output text)")
cat > attributes.json <<END
{
    "VisibilityTimeout": "180",
    "RedrivePolicy": "{\"deadLetterTargetArn\":\"$dead_letters\",\"maxReceiveCount\":5}"
}
END
queue_url=$(sqs_ create-queue --queue-name image-resized --attributes file://attributes.json \
    --query QueueUrl --output text)
queue_arn=$(arn_of "$queue_url")
echo "queues: $(sqs_ list-queues --queue-name-prefix image- --query 'length(QueueUrls)')"

function_() {
    local name=$1 memory=$2 variables=$3
    shift 3
    aws lambda create-function --function-name "$name" --runtime provided.al2023 \
        --handler bootstrap --role $role --architectures "$ARCHITECTURE" \
        --zip-file "fileb://$name.zip" --memory-size "$memory" --timeout 30 \
        --environment "{\"Variables\": $variables}" "$@" --query FunctionArn --output text
    aws lambda wait function-active-v2 --function-name "$name"
}
resize=$(function_ resize-image 1024 "{\"QUEUE_URL\": \"$queue_url\"}" \
    --dead-letter-config "TargetArn=$failed")
images=$AWS_ENDPOINT_URL/$bucket
function_ update-product 128 \
    "{\"DATABASE_URL\": \"$DATABASE_URL\", \"IMAGE_BASE_URL\": \"$images\"}" > /dev/null
functions=$(aws lambda list-functions --query "join(\`', '\`, Functions[].FunctionName)" --output text)
echo "functions: ['$functions']"

aws lambda add-permission --function-name resize-image --statement-id s3 \
    --action lambda:InvokeFunction --principal s3.amazonaws.com \
    --source-arn "arn:aws:s3:::$bucket" > /dev/null
aws s3api put-bucket-notification-configuration --bucket $bucket --notification-configuration '{
    "LambdaFunctionConfigurations": [{
        "LambdaFunctionArn": "'"$resize"'",
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "products/"}]}}
    }]
}'
aws lambda create-event-source-mapping --event-source-arn "$queue_arn" \
    --function-name update-product --batch-size 10 \
    --function-response-types ReportBatchItemFailures > /dev/null
mappings=$(aws lambda list-event-source-mappings --query 'length(EventSourceMappings)')
echo "mappings: $mappings"

aws s3 cp "$PHOTO" "s3://$bucket/$UPLOAD_KEY" --content-type image/jpeg --no-progress >&2
size=$(aws s3api head-object --bucket $bucket --key "$UPLOAD_KEY" --query ContentLength)
[ "$size" = "$(wc -c < "$PHOTO" | tr -d ' ')" ] && echo "uploaded: True"
