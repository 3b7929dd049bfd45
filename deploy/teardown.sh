#!/usr/bin/env bash
# Takes the stack down. The data (buckets, Glue database) that the stack created stays, unless --delete-data.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: deploy/teardown.sh [--stack NAME] [--region REGION] [--delete-data]

  --stack NAME     CloudFormation stack (calve)
  --region REGION  default: the AWS CLI's
  --delete-data    also empties and deletes the buckets and the Glue database that this stack created. Buckets and
                   databases that were there before are never touched.

Asks nothing.
TEXT
}

say() { printf '== %s\n' "$*"; }
die() {
  printf 'teardown.sh: %s\n' "$*" >&2
  exit 1
}

stack=calve region='' delete_data=no
while [ $# -gt 0 ]; do
  case "$1" in
    --stack | --region) [ $# -ge 2 ] || die "$1 needs a value" ;;
  esac
  case "$1" in
    --stack) stack=$2 && shift 2 ;;
    --region) region=$2 && shift 2 ;;
    --delete-data) delete_data=yes && shift ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      die "no option '$1'"
      ;;
  esac
done

command -v aws >/dev/null 2>&1 || die "the AWS CLI is needed (the command aws)"
[ -n "$region" ] || region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
[ -n "$region" ] || die "no region: --region, or 'aws configure set region ...'"
export AWS_REGION=$region AWS_DEFAULT_REGION=$region AWS_PAGER=''

# Asked before the stack goes, since only its outputs say what it has created. "None": it created none.
outputs=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
  --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]') || die "no stack $stack in $region"
output() { printf '%s\n' "$outputs" | awk -F '\t' -v key="$1" '$1 == key { print $2 }'; }
buckets=()
for key in CreatedLandingBucket CreatedWarehouseBucket; do
  bucket=$(output "$key")
  [ -z "$bucket" ] || buckets+=("$bucket")
done
database=$(output CreatedDatabase)

say "deleting the stack $stack in $region"
aws cloudformation delete-stack --stack-name "$stack"
aws cloudformation wait stack-delete-complete --stack-name "$stack"

if [ $delete_data = no ]; then
  say "the stack is gone; this stays, with everything in it:"
  for bucket in "${buckets[@]}"; do
    printf 's3://%s    aws s3 rb --force s3://%s --region %s\n' "$bucket" "$bucket" "$region"
  done
  [ -z "$database" ] ||
    printf 'Glue database %s    aws glue delete-database --name %s --region %s\n' "$database" "$database" "$region"
  exit 0
fi
if [ -n "$database" ]; then
  say "deleting the Glue database $database and the tables in it"
  aws glue delete-database --name "$database"
fi
for bucket in "${buckets[@]}"; do
  say "emptying and deleting s3://$bucket"
  aws s3 rb --force "s3://$bucket" >/dev/null
done
say "the stack $stack and its data are gone"
