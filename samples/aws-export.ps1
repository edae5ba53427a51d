# Exports the users, groups, memberships, permission sets and account assignments of AWS IAM Identity Center to a folder.
# It needs the AWS CLI, and only reads. aws-export-policy.json has the permissions it needs.
#
#   ./aws-export.ps1 FOLDER [INSTANCE-ARN]
#
# Run it in the management account or in the account of the delegated administrator, and in the primary Region of the
# instance. If it is interrupted, run it again with the same folder: it resumes. Then: scimulator import aws FOLDER
param([Parameter(Mandatory)][string]$Folder, [string]$Instance)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$env:AWS_PAGER = ''
$env:AWS_RETRY_MODE = 'adaptive'
$env:AWS_MAX_ATTEMPTS = '10'
# PowerShell 5 would read the output in the code page of the console, and write it as UTF-16.
$env:PYTHONUTF8 = '1'
$env:AWS_CLI_OUTPUT_ENCODING = 'UTF-8'
$utf8 = New-Object System.Text.UTF8Encoding $false
[Console]::OutputEncoding = $utf8

New-Item -ItemType Directory -Force $Folder | Out-Null
$root = (Resolve-Path $Folder).Path
$skipped = New-Object System.Collections.Generic.List[string]

function Read-Json([string]$name) { [IO.File]::ReadAllText((Join-Path $root $name), $utf8) | ConvertFrom-Json }

function Write-Text([string]$name, [string]$text) {
  $path = Join-Path $root $name
  New-Item -ItemType Directory -Force (Split-Path $path) | Out-Null
  [IO.File]::WriteAllText("$path.part", $text, $utf8)
  Move-Item -Force "$path.part" $path
}

function Get-Now { [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ') }

# A file that exists is complete. Without the permission, an optional part is skipped, and $false returned.
function Save-List([string]$part, [string]$name, [string[]]$command) {
  if ($part -and $skipped.Contains($part)) { return $false }
  if (Test-Path (Join-Path $root $name)) { return $true }
  $errors = [IO.Path]::GetTempFileName()
  $ErrorActionPreference = 'Continue'
  $text = (& aws @command --output json 2> $errors) -join "`n"
  $succeeded = $LASTEXITCODE -eq 0 -and $text
  $ErrorActionPreference = 'Stop'
  $message = Get-Content -Raw $errors
  Remove-Item $errors
  if ($succeeded) {
    Write-Text $name $text
    return $true
  }
  $isOptional = $part -in 'applications', 'account-names'
  if (-not $part -or -not ($isOptional -or $message -match 'AccessDenied|ValidationException')) { throw "$message" }
  $skipped.Add($part)
  Write-Warning "Skipping ${part}: $message"
  return $false
}

function Write-Manifest([bool]$complete) {
  $manifest = [ordered]@{
    scimulatorExport = 1; started = $started; tool = "$(& aws --version)"; region = $region
    complete = $complete; skipped = @($skipped)
  }
  if ($complete) { $manifest.finished = Get-Now }
  Write-Text 'manifest.json' (ConvertTo-Json $manifest)
}

$started = Get-Now
$region = if ($env:AWS_REGION) { $env:AWS_REGION } elseif ($env:AWS_DEFAULT_REGION) { $env:AWS_DEFAULT_REGION } else { "$(& aws configure get region)" }
if (Test-Path (Join-Path $root 'manifest.json')) {
  $previous = [IO.File]::ReadAllText((Join-Path $root 'manifest.json'), $utf8)
  if ((ConvertFrom-Json $previous).complete) { throw 'The folder has a complete export. Name another folder.' }
  # ConvertFrom-Json of PowerShell 7 makes a date of the text.
  $started = [regex]::Match($previous, '"started":\s*"([^"]*)"').Groups[1].Value
}
Write-Manifest $false

Save-List '' 'instances.json' @('sso-admin', 'list-instances') | Out-Null
$instances = @((Read-Json 'instances.json').Instances)
if (-not $Instance) {
  if ($instances.Count -ne 1) { throw "There are $($instances.Count) instances in ${region}. Name one, or set AWS_REGION to the primary Region, in another folder: $($instances.InstanceArn -join ', ')" }
  $Instance = $instances[0].InstanceArn
}
$store = ($instances | Where-Object { $_.InstanceArn -eq $Instance }).IdentityStoreId
if (-not $store) { throw "There is no instance $Instance." }

# Versions of the AWS CLI before December 2025 have no extensions.
$users = @('identitystore', 'list-users', '--identity-store-id', $store)
try { Save-List '' 'users.json' ($users + @('--extensions', 'aws:identitystore:enterprise')) | Out-Null }
catch { Save-List '' 'users.json' $users | Out-Null }
Save-List '' 'groups.json' @('identitystore', 'list-groups', '--identity-store-id', $store) | Out-Null

foreach ($group in @((Read-Json 'groups.json').Groups)) {
  $command = @('identitystore', 'list-group-memberships', '--identity-store-id', $store, '--group-id', $group.GroupId)
  if (-not (Save-List 'memberships' "memberships/$($group.GroupId).json" $command)) { break }
}

$onInstance = @('--instance-arn', $Instance)
if (Save-List 'permission-sets' 'permission-sets.json' (@('sso-admin', 'list-permission-sets') + $onInstance)) {
  foreach ($arn in @((Read-Json 'permission-sets.json').PermissionSets)) {
    $set = ($arn -split '/')[-1]
    $onSet = $onInstance + @('--permission-set-arn', $arn)
    Save-List 'permission-set-names' "permission-sets/$set.json" (@('sso-admin', 'describe-permission-set') + $onSet) | Out-Null
    $accounts = @('sso-admin', 'list-accounts-for-provisioned-permission-set') + $onSet
    if (-not (Save-List 'assignments' "accounts/$set.json" $accounts)) { continue }
    foreach ($account in @((Read-Json "accounts/$set.json").AccountIds)) {
      $assignments = @('sso-admin', 'list-account-assignments', '--account-id', $account) + $onSet
      if (-not (Save-List 'assignments' "assignments/$set/$account.json" $assignments)) { break }
    }
  }
}

# For reports only: assignments of applications, and names of accounts.
if (Save-List 'applications' 'applications.json' (@('sso-admin', 'list-applications') + $onInstance)) {
  foreach ($application in @((Read-Json 'applications.json').Applications)) {
    $arn = $application.ApplicationArn
    $command = @('sso-admin', 'list-application-assignments', '--application-arn', $arn)
    if (-not (Save-List 'applications' "applications/$(($arn -split '/')[-1]).json" $command)) { break }
  }
}
Save-List 'account-names' 'accounts.json' @('organizations', 'list-accounts') | Out-Null

Write-Manifest $true
Write-Host "Import it: scimulator import aws $Folder"
