#!/bin/sh
# Exports the users, groups, memberships, permission sets and account assignments of AWS IAM Identity Center to a folder.
# It needs the AWS CLI and jq, and only reads. aws-export-policy.json has the permissions it needs.
#
#   sh aws-export.sh FOLDER [INSTANCE-ARN]
#
# Run it in the management account or in the account of the delegated administrator, and in the primary Region of the
# instance. If it is interrupted, run it again with the same folder: it resumes. Then: scimulator import aws FOLDER
set -eu
export AWS_PAGER= AWS_RETRY_MODE=adaptive AWS_MAX_ATTEMPTS=10

fail() {
  echo "$1" >&2
  exit 1
}

command -v jq > /dev/null || fail 'Install jq first.'
command -v aws > /dev/null || fail 'Install the AWS CLI first.'
mkdir -p "${1:?Name a folder: sh aws-export.sh FOLDER [INSTANCE-ARN]}"
cd "$1"

# fetch FILE COMMAND...: a file that exists is complete.
fetch() {
  file=$1
  shift
  [ -s "$file" ] && return 0
  aws "$@" --output json < /dev/null > "$file.part" && [ -s "$file.part" ] && mv "$file.part" "$file" && return 0
  rm -f "$file.part"
  return 1
}

skipped=
# try PART FILE COMMAND...: without the permission, the part is skipped. Instances of a single account have no assignments.
try() {
  part=$1
  shift
  case "$skipped" in *"\"$part\""*) return 1 ;; esac
  fetch "$@" 2> .error && return 0
  case "$part" in applications | account-names) ;; *) grep -Eq 'AccessDenied|ValidationException' .error || fail "$(cat .error)" ;; esac
  skipped="$skipped,\"$part\""
  echo "Skipping $part: $(cat .error)" >&2
  return 1
}

# manifest COMPLETE
manifest() {
  jq -n --arg started "$started" --arg now "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg tool "$(aws --version 2>&1)" \
    --arg region "$region" --argjson complete "$1" --argjson skipped "[${skipped#,}]" \
    '{scimulatorExport: 1, started: $started, tool: $tool, region: $region, complete: $complete, skipped: $skipped}
     + if $complete then {finished: $now} else {} end' > manifest.json.part
  mv manifest.json.part manifest.json
}

started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
if [ -s manifest.json ]; then
  [ "$(jq .complete manifest.json)" = false ] || fail 'The folder has a complete export. Name another folder.'
  started=$(jq -r .started manifest.json)
fi
manifest false

fetch instances.json sso-admin list-instances
instance=${2:-}
if [ -z "$instance" ]; then
  count=$(jq '.Instances | length' instances.json)
  [ "$count" != 0 ] || fail "There is no instance in $region. Set AWS_REGION to the primary Region, in another folder."
  [ "$count" = 1 ] || fail "There are $count instances. Name one: $(jq -r '.Instances | map(.InstanceArn) | join(", ")' instances.json)"
  instance=$(jq -r '.Instances[0].InstanceArn' instances.json)
fi
store=$(jq -r --arg arn "$instance" '.Instances[] | select(.InstanceArn == $arn) | .IdentityStoreId' instances.json)
[ -n "$store" ] || fail "There is no instance $instance."

# Versions of the AWS CLI before December 2025 have no extensions.
fetch users.json identitystore list-users --identity-store-id "$store" \
  --extensions aws:identitystore:enterprise 2> /dev/null ||
  fetch users.json identitystore list-users --identity-store-id "$store"
fetch groups.json identitystore list-groups --identity-store-id "$store"

mkdir -p memberships permission-sets accounts assignments applications
jq -r '.Groups[].GroupId' groups.json > .list
echo "Reading the members of $(wc -l < .list) groups" >&2
while read -r group; do
  try memberships "memberships/$group.json" identitystore list-group-memberships \
    --identity-store-id "$store" --group-id "$group" || break
done < .list

if try permission-sets permission-sets.json sso-admin list-permission-sets --instance-arn "$instance"; then
  jq -r '.PermissionSets[]' permission-sets.json > .list
  echo "Reading the assignments of $(wc -l < .list) permission sets" >&2
  while read -r arn; do
    set=${arn##*/}
    try permission-set-names "permission-sets/$set.json" sso-admin describe-permission-set \
      --instance-arn "$instance" --permission-set-arn "$arn" || true
    try assignments "accounts/$set.json" sso-admin list-accounts-for-provisioned-permission-set \
      --instance-arn "$instance" --permission-set-arn "$arn" || continue
    mkdir -p "assignments/$set"
    jq -r '.AccountIds[]' "accounts/$set.json" > .accounts
    while read -r account; do
      try assignments "assignments/$set/$account.json" sso-admin list-account-assignments \
        --instance-arn "$instance" --account-id "$account" --permission-set-arn "$arn" || break
    done < .accounts
  done < .list
fi

# For reports only: assignments of applications, and names of accounts.
if try applications applications.json sso-admin list-applications --instance-arn "$instance"; then
  jq -r '.Applications[].ApplicationArn' applications.json > .list
  while read -r arn; do
    try applications "applications/${arn##*/}.json" sso-admin list-application-assignments \
      --application-arn "$arn" || break
  done < .list
fi
try account-names accounts.json organizations list-accounts || true

rm -f .error .list .accounts
manifest true
echo "Import it: scimulator import aws $1" >&2
