import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LiveCalls } from '../../traffic/aws-directory/live.ts'
import { version } from '../version.ts'
import { wrongUse } from './cli-error.ts'
import { count, text, toggle, type Values } from './options.ts'
import { formatCount } from './output.ts'
import { withProgress } from './progress-line.ts'

export const liveFlags = {
  profile: text('name', 'Profile of the AWS configuration (with --live)'),
  region: text('region', 'Primary Region of IAM Identity Center (with --live)'),
  save: text('folder', 'Where to keep what is read, and resume (with --live)'),
  maxRps: count('number', 'Requests per second to each API, at most 20 (with --live; default: 10)', 1, 20),
  yes: toggle('Confirm more than 5,000 requests (with --live)'),
}

type LiveFlags = Partial<Values<typeof liveFlags>> & { readonly instance?: string | undefined }

/** Above this number of requests, a read takes more than four minutes. */
const unconfirmed = 5000

/** Reads a directory with the caller's own credentials, and returns the folder that has it. Throws `ImportError`. */
export async function saveLive(flags: LiveFlags): Promise<string> {
  const { instance, save, maxRps = 10, yes } = flags
  const { calls, region } = await loadCalls(flags)
  const { readLive } = await import('../../traffic/aws-directory/live.ts')
  const folder = save ?? (await mkdtemp(join(tmpdir(), 'aws-export-')))
  process.stderr.write(`Reading the directory into ${folder}. To resume, use --save ${folder}.\n`)
  const confirm = (requests: number) => {
    if (requests <= unconfirmed || yes) return
    const minutes = Math.ceil(requests / maxRps / 60)
    throw wrongUse(
      `Reading takes more than ${formatCount(requests, 'request')}, and ${minutes} minutes. Use --yes --save ${folder} to confirm.`,
    )
  }
  const format = (requests: number) => `Reading: ${formatCount(requests, 'request')}`
  const options = { folder, instance, region, tool: `scimulator/${version}`, maxRps, confirm }
  await withProgress({ silent: false, format }, (onProgress = () => {}) =>
    readLive(calls, { ...options, onProgress }),
  )
  return folder
}

const samples = { script: 'aws-export.sh', powershell: 'aws-export.ps1', policy: 'aws-export-policy.json' }

/** The script and the policy of the folder `samples`. */
export const exportSample = (kind: keyof typeof samples): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../../samples/${samples[kind]}`, import.meta.url)), 'utf8')

/** The packages are no dependencies: only this command needs them, and they have 20 MB. */
const loadSdk = async () => {
  try {
    const [store, sso] = await Promise.all([
      import('@aws-sdk/client-identitystore'),
      import('@aws-sdk/client-sso-admin'),
    ])
    return { ...store, ...sso }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw wrongUse(
      'Install them first: npm install @aws-sdk/client-identitystore @aws-sdk/client-sso-admin. Or run the script: scimulator import aws --print-script > aws-export.sh',
    )
  }
}

type Config = { readonly profile?: string | undefined; readonly region?: string | undefined }

/** Only commands that read: test/http/cli/import-live.test.ts holds it. */
export async function loadCalls({ profile, region }: Config): Promise<{ calls: LiveCalls; region: string }> {
  const sdk = await loadSdk()
  const config = {
    retryMode: 'adaptive',
    maxAttempts: 10,
    ...(profile !== undefined && { profile }),
    ...(region !== undefined && { region }),
  }
  const store = new sdk.IdentitystoreClient(config)
  const sso = new sdk.SSOAdminClient(config)
  const Extensions = ['aws:identitystore:enterprise']
  const calls: LiveCalls = {
    listInstances: NextToken => sso.send(new sdk.ListInstancesCommand({ NextToken })),
    listUsers: (IdentityStoreId, NextToken) =>
      store.send(new sdk.ListUsersCommand({ IdentityStoreId, NextToken, Extensions })),
    listGroups: (IdentityStoreId, NextToken) =>
      store.send(new sdk.ListGroupsCommand({ IdentityStoreId, NextToken })),
    listGroupMemberships: (IdentityStoreId, GroupId, NextToken) =>
      store.send(new sdk.ListGroupMembershipsCommand({ IdentityStoreId, GroupId, NextToken })),
    describeUser: (IdentityStoreId, UserId) =>
      store.send(new sdk.DescribeUserCommand({ IdentityStoreId, UserId, Extensions })),
    describeGroup: (IdentityStoreId, GroupId) =>
      store.send(new sdk.DescribeGroupCommand({ IdentityStoreId, GroupId })),
    listPermissionSets: (InstanceArn, NextToken) =>
      sso.send(new sdk.ListPermissionSetsCommand({ InstanceArn, NextToken })),
    describePermissionSet: (InstanceArn, PermissionSetArn) =>
      sso.send(new sdk.DescribePermissionSetCommand({ InstanceArn, PermissionSetArn })),
    listAccounts: (InstanceArn, PermissionSetArn, NextToken) =>
      sso.send(
        new sdk.ListAccountsForProvisionedPermissionSetCommand({ InstanceArn, PermissionSetArn, NextToken }),
      ),
    listAssignments: (InstanceArn, PermissionSetArn, AccountId, NextToken) =>
      sso.send(
        new sdk.ListAccountAssignmentsCommand({ InstanceArn, PermissionSetArn, AccountId, NextToken }),
      ),
    listApplications: (InstanceArn, NextToken) =>
      sso.send(new sdk.ListApplicationsCommand({ InstanceArn, NextToken })),
    listApplicationAssignments: (ApplicationArn, NextToken) =>
      sso.send(new sdk.ListApplicationAssignmentsCommand({ ApplicationArn, NextToken })),
  }
  return { calls, region: await sso.config.region() }
}
