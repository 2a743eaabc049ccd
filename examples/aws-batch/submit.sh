#!/bin/bash
# A job of fitslice as an array of AWS Batch (2 to 10,000 tasks); AWS_BATCH_JOB_ARRAY_INDEX and _SIZE tell each task its share.
#
#   ./submit.sh s3://bucket/job QUEUE 100
#
# Once: aws batch register-job-definition --cli-input-json file://job-definition.json
set -eu
aws batch submit-job --job-name cutouts --job-queue "$2" --job-definition cutouts \
  --array-properties "size=${3:-100}" --parameters "job=$1"
