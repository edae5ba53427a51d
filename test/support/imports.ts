import type { ApiError } from '../../src/aws-api/api-error.ts'
import { accountId, identityStoreId, instanceArn, permissionSetArn } from '../../src/aws-api/identifiers.ts'
import { identityStoreOperations } from '../../src/aws-api/identity-store/operations.ts'
import { createPageTokens } from '../../src/aws-api/page-token.ts'
import { ssoAdminOperations } from '../../src/aws-api/sso-admin/operations.ts'
import type { ImportResult } from '../../src/domain/contract/aws-import.ts'
import type { Engine } from '../../src/domain/ports/engine.ts'
import type { NewSession } from '../../src/domain/ports/snapshots.ts'
import { tarEnd, tarHeader, tarPadding } from '../../src/domain/tar.ts'
import type { Tenant } from '../../src/domain/tenants/tenant.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { createProvider } from '../../src/scim-api/provider/provider.ts'
import { createKeptOrders } from '../../src/storage/common/in-memory.ts'
import type {
  Audit,
  AwsDirectory,
  DirectoryMembership,
  DirectoryRecord,
} from '../../src/traffic/aws-directory/directory.ts'
import { type ImportDestination, newImport } from '../../src/traffic/aws-directory/rows.ts'
import { exportFiles } from './aws-export.ts'

export const issuer = 'https://scim.aws.com/k7qa1b2c3d4'
export const exportedAt = Date.parse('2026-11-30T07:05:00.000Z')
const at = Date.parse('2026-11-30T06:00:51.314Z')
const bySCIM: Audit = { at, by: 'SCIM', updatedAt: at + 60_000, updatedBy: 'SCIM' }

const nonScim = 'urn:scimulator:identity-store'

export const aUserRecord = (
  id: string,
  userName: string,
  {
    document = {},
    ...more
  }: Partial<Omit<DirectoryRecord, 'document'>> & { readonly document?: JsonObject } = {},
): readonly [string, DirectoryRecord] => [
  id,
  {
    id,
    document: JSON.stringify({
      ...{ userName, displayName: userName, active: true },
      name: { familyName: 'Simpson', givenName: userName },
      emails: [{ value: `${userName}@springfield.example`, type: 'work', primary: true }],
      ...document,
    }),
    audit: bySCIM,
    ...more,
  },
]

const aGroupRecord = (
  id: string,
  displayName: string,
  document: JsonObject = {},
): readonly [string, DirectoryRecord] => [
  id,
  { id, document: JSON.stringify({ displayName, ...document }), audit: bySCIM },
]

export const ids = {
  marge: '547814f8-e071-701b-aa02-6fbe9d85383d',
  /** As AWS made them until about 2022. */
  ned: '90672222aa-E408F478-F011-4049-B175-4D4509AD37D0',
  bart: 'c4a8b4f8-1091-7091-f3f5-0e1a2b3c4d5e',
  operators: '6428e408-2031-70bc-8a04-b7da9bc12f13',
  operatorsToo: '7428e408-2031-70bc-8a04-b7da9bc12f13',
  margeInOperators: '57C118AB-87f4-9a16-f00d-70cc766b7ee2',
  nedInOperators: '90672222aa-57c118ab-87f4-4a16-a00d-70cc766b7ee3',
  gone: 'aaaaaaaa-2031-70bc-8a04-b7da9bc12f13',
  readOnly: 'ps-80cf711f64646b3e',
} as const

const memberships: readonly DirectoryMembership[] = [
  { id: ids.nedInOperators, group: ids.operators, user: ids.ned, audit: { ...bySCIM, by: '999999999999' } },
  { id: ids.margeInOperators, group: ids.operators, user: ids.marge, audit: { ...bySCIM, at: at - 1000 } },
  { group: ids.operatorsToo, user: ids.marge },
]

/** A directory with what AWS has and a SCIM client could not create. */
export const aDirectory: AwsDirectory = {
  instance: {
    store: 'd-9067e0c944',
    arn: 'arn:aws:sso:::instance/ssoins-72230dd8d945bf1a',
    account: '999999999999',
    region: 'eu-central-1',
    name: 'Springfield',
    issuer,
  },
  users: new Map([
    aUserRecord(ids.marge, 'marge', { document: { externalId: '00u1a2b3c4' } }),
    aUserRecord(ids.ned, 'ned', {
      document: {
        emails: [{ value: 'marge@springfield.example' }],
        externalId: 'n2',
        [nonScim]: {
          externalIds: [
            { issuer: 'https://hr.example', id: '7' },
            { issuer: `${issuer}x`, id: 'n2', scim: true },
          ],
          unknownMembers: '{"Revision":3}',
        },
      },
    }),
    [
      ids.bart,
      {
        id: ids.bart,
        document: JSON.stringify({ userName: 'bart simpson', displayName: 'Bart', active: false }),
        statusUnknown: true,
      },
    ],
  ]),
  groups: new Map([
    aGroupRecord(ids.operators, 'Operators', { externalId: 'g1', [nonScim]: { description: 'Run it' } }),
    aGroupRecord(ids.operatorsToo, 'Operators'),
  ]),
  memberships,
  permissionSets: new Map([
    [
      ids.readOnly,
      { id: ids.readOnly, name: 'ReadOnly', sessionDuration: 'PT8H', description: 'Looks', created: at },
    ],
  ]),
  assignments: [
    { account: '111111111111', permissionSet: ids.readOnly, principal: { type: 'Group', id: ids.operators } },
    { account: '111111111111', permissionSet: ids.readOnly, principal: { type: 'User', id: ids.gone } },
    { account: '222222222222', permissionSet: ids.readOnly, principal: { type: 'User', id: ids.ned } },
  ],
  accounts: new Map([['111111111111', 'Reactor']]),
  applications: [],
  membersUnknown: new Set(),
  read: {
    ...{ source: 'archive', name: 'aws-export.zip', started: exportedAt - 300_000, finished: exportedAt },
    ...{ complete: true, skipped: [], orphansKnown: true },
  },
  notes: [],
  issuers: new Map([[issuer, 2]]),
}

export const aResult = { import: 1, store: 'd-9067e0c944', notes: ['invented'] } as unknown as ImportResult

export function importOf(directory: AwsDirectory, destination: Partial<ImportDestination> = {}): NewSession {
  const { checked, rows } = newImport(directory, {
    ...{ taken: [], working: false, switches: {}, result: aResult, at: exportedAt + 1000, version: '1.2.3' },
    ...destination,
  })
  return {
    ...checked,
    async *rows() {
      yield* rows()
    },
  }
}

/** The operations of a tenant's AWS APIs, without HTTP. */
export function apisOf(engine: Engine, tenant: Tenant) {
  const cursorKey = () => Buffer.alloc(32, 7)
  const pageTokens = createPageTokens(cursorKey)
  const provider = createProvider({ store: engine.store, orders: createKeptOrders(engine.store), cursorKey })
  const operations = [
    ...identityStoreOperations({ ...engine, provider, pageTokens }),
    ...ssoAdminOperations({ ...engine, tokens: pageTokens }),
  ]
  let requests = 0
  return async (name: string, input: JsonObject = {}): Promise<JsonObject> => {
    const operation = operations.find(each => each.name === name)
    if (!operation) throw new Error(`There is no operation ${name}.`)
    const call = {
      tenant,
      principal: { account: accountId(tenant), keyId: 'SCIMAAAABBBBCCCCDDDD' },
      now: exportedAt + 60_000,
      exchange: `exchange-${++requests}`,
      region: { signed: 'us-east-1', own: 'us-east-1' },
    }
    const scope =
      operation.service === 'sso'
        ? { InstanceArn: instanceArn(tenant) }
        : { IdentityStoreId: identityStoreId(tenant) }
    const isOfInstance = name !== 'ListInstances' && name !== 'GetCallerIdentity'
    return operation.call(call, { ...(isOfInstance && scope), ...input }).then(
      ({ output }) => output ?? {},
      ({ type, message }: ApiError) => ({ type, message }),
    )
  }
}

/** Everything that the AWS APIs return about a tenant. */
export async function seenByApis(engine: Engine, tenant: Tenant) {
  const api = apisOf(engine, tenant)
  const extensions = { Extensions: ['aws:identitystore:enterprise'] }
  const { Users: users } = (await api('ListUsers', extensions)) as { readonly Users: readonly JsonObject[] }
  const { Groups: groups } = (await api('ListGroups')) as { readonly Groups: readonly JsonObject[] }
  const memberships = []
  for (const { GroupId = '' } of groups) {
    memberships.push((await api('ListGroupMemberships', { GroupId })).GroupMemberships)
  }
  const PermissionSetArn = permissionSetArn(tenant, ids.readOnly)
  const assignments = []
  for (const AccountId of ['111111111111', '222222222222']) {
    assignments.push(
      (await api('ListAccountAssignments', { AccountId, PermissionSetArn })).AccountAssignments,
    )
  }
  return {
    instances: (await api('ListInstances')).Instances,
    users,
    groups,
    memberships,
    permissionSets: (await api('ListPermissionSets')).PermissionSets,
    permissionSet: (await api('DescribePermissionSet', { PermissionSetArn })).PermissionSet,
    assignments,
  }
}

/** A tar file of an export. */
export function tarOf(files: Readonly<Record<string, unknown>>): Buffer {
  const parts = exportFiles(files).flatMap(({ name, bytes }) => [
    tarHeader(name, bytes.byteLength),
    bytes,
    tarPadding(bytes.byteLength),
  ])
  return Buffer.concat([...parts, tarEnd])
}
