#!/usr/bin/env bash
# Brings calve to AWS, or brings what is there up to date. Asks nothing; can be run again at any time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
usage: deploy/deploy.sh --table DATABASE.TABLE [OPTIONS]      the first time
       deploy/deploy.sh [OPTIONS]                             later: what is not named stays as it is

  --stack NAME           CloudFormation stack (calve)
  --region REGION        default: the AWS CLI's
  --sql-file FILE        one SELECT over chunk
  --parameter KEY=VALUE  any parameter of deploy/template.yaml; repeatable
  --package FILE         the zip of ./dev package (build/package/calve-lambda.zip, made when it is not there)
  --enable-eventbridge   for an existing landing bucket: switch its EventBridge notifications on, keeping the others

Needs the AWS CLI and credentials that may create the resources. The zip goes to the bucket
calve-deploy-ACCOUNT-REGION, which is created when it is not there.
TEXT
}

say() { printf '== %s\n' "$*"; }
die() {
  printf 'deploy.sh: %s\n' "$*" >&2
  exit 1
}

stack=calve region='' package=build/package/calve-lambda.zip package_given=no eventbridge=no
table='' landing=''
declare -A parameters=()
set_parameter() {
  case "$1" in *=*) ;; *) die "--parameter $1: KEY=VALUE is needed" ;; esac
  parameters[${1%%=*}]=${1#*=}
}
while [ $# -gt 0 ]; do
  case "$1" in
    --table | --stack | --region | --sql-file | --parameter | --package)
      [ $# -ge 2 ] || die "$1 needs a value"
      ;;
  esac
  case "$1" in
    --table) set_parameter "Table=$2" && shift 2 ;;
    --stack) stack=$2 && shift 2 ;;
    --region) region=$2 && shift 2 ;;
    --sql-file)
      [ -r "$2" ] || die "--sql-file $2: not readable"
      set_parameter "Sql=$(cat "$2")"
      shift 2
      ;;
    --parameter) set_parameter "$2" && shift 2 ;;
    --package) package=$2 package_given=yes && shift 2 ;;
    --enable-eventbridge) eventbridge=yes && shift ;;
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
account=$(aws sts get-caller-identity --query Account --output text) ||
  die "AWS does not answer with these credentials ('aws sts get-caller-identity')"

existing=yes
described=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' \
  --output text 2>&1) || {
  case "$described" in *"does not exist"*) existing=no ;; *) die "cannot look at the stack $stack: $described" ;; esac
}
table=${parameters[Table]:-}
[ $existing = yes ] || [ -n "$table" ] || die "--table DATABASE.TABLE is needed for a new stack"

if [ ! -f "$package" ]; then
  [ $package_given = no ] || die "--package $package: no such file"
  say "building the package"
  ./dev package
  [ -f "$package" ] || die "./dev package made no $package"
fi

# A database that is there already, from an earlier stack or from somebody else, is used and left alone.
if [ $existing = no ] && [ -z "${parameters[CreateDatabase]:-}" ] &&
  aws glue get-database --name "${table%%.*}" >/dev/null 2>&1; then
  say "the Glue database ${table%%.*} is there already: it is used"
  parameters[CreateDatabase]=no
fi

landing=${parameters[LandingBucketName]:-}
if [ $eventbridge = yes ]; then
  [ -n "$landing" ] || die "--enable-eventbridge needs --parameter LandingBucketName=BUCKET"
  say "switching EventBridge notifications on for s3://$landing"
  notifications=$(aws s3api get-bucket-notification-configuration --bucket "$landing" --output json)
  merged=$(python3 -c 'import json, sys
kept = json.loads(sys.argv[1] or "{}")
kept.pop("ResponseMetadata", None)
kept["EventBridgeConfiguration"] = {}
print(json.dumps(kept))' "$notifications")
  aws s3api put-bucket-notification-configuration --bucket "$landing" --notification-configuration "$merged"
fi

staging=calve-deploy-$account-$region
if ! aws s3api head-bucket --bucket "$staging" --expected-bucket-owner "$account" >/dev/null 2>&1; then
  say "creating s3://$staging for packages"
  location=()
  [ "$region" = us-east-1 ] || location=(--create-bucket-configuration "LocationConstraint=$region")
  aws s3api create-bucket --bucket "$staging" "${location[@]}" >/dev/null
fi

say "uploading $package"
work=build/deploy/$stack
mkdir -p "$work"
cp "$package" "$work/calve-lambda.zip"
cp deploy/template.yaml "$work/template.yaml"
aws cloudformation package --template-file "$work/template.yaml" --s3-bucket "$staging" --s3-prefix "$stack" \
  --output-template-file "$work/packaged.yaml" >/dev/null

say "deploying the stack $stack in $region (some minutes the first time)"
overrides=()
for name in "${!parameters[@]}"; do overrides+=("$name=${parameters[$name]}"); done
[ ${#overrides[@]} -eq 0 ] || overrides=(--parameter-overrides "${overrides[@]}")
aws cloudformation deploy --stack-name "$stack" --template-file "$work/packaged.yaml" --s3-bucket "$staging" \
  --s3-prefix "$stack" --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset \
  "${overrides[@]}"

output() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]"
}
say "made or updated:"
aws cloudformation describe-stacks --stack-name "$stack" --output text \
  --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]'
cat <<TEXT
== next
put a file in:    aws s3 cp FILE.csv $(output LandingUri)
look at it:       calve status --warehouse $(output Warehouse) --catalog glue
what happens:     aws logs tail $(output ConsumeLogGroup) --follow --region $region
dashboard:        $(output DashboardUrl)
take it down:     deploy/teardown.sh --stack $stack --region $region
TEXT
