import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import type { JsonObject } from '../../src/scim/json.ts'

// A directory as the AWS CLI 2 prints it, in the files that the export script writes.

/** A user by name, or with what differs from the usual one. */
export type ExportedUser =
  | string
  | {
      readonly userName: string
      readonly id?: string
      readonly externalId?: string
      readonly active?: boolean
      /** Members as at AWS. A member that is null or undefined is left out. */
      readonly more?: Readonly<Record<string, unknown>>
    }

/** A group by name, or with what differs from the usual one. */
export type ExportedGroup =
  | string
  | {
      readonly displayName: string
      readonly id?: string
      readonly externalId?: string
      readonly more?: Readonly<Record<string, unknown>>
    }

export type ExportedDirectory = {
  readonly users?: readonly ExportedUser[]
  readonly groups?: readonly ExportedGroup[]
  /** User names by group name; a group that is not named has no members. */
  readonly members?: Readonly<Record<string, readonly string[]>>
  /** `to` is the name of a user or group, or the id of a principal that no longer exists, which counts as a user. */
  readonly assignments?: readonly {
    readonly to: string
    /** `111111111111` by default. */
    readonly account?: string
    /** Its name; `ReadOnly` by default. */
    readonly permissionSet?: string
  }[]
  /** Session durations by name of the permission set; `PT1H` by default. */
  readonly sessionDurations?: Readonly<Record<string, string>>
  /** Account names by ID. */
  readonly accounts?: Readonly<Record<string, string>>
}

export type ExportedFiles = Readonly<Record<string, JsonObject>>

export const exported = {
  store: 'd-9067e0c944',
  instance: 'arn:aws:sso:::instance/ssoins-72230dd8d945bf1a',
  account: '999999999999',
  region: 'us-east-1',
  issuer: 'https://scim.aws.com/k7qa1b2c3d4',
  at: '2026-11-30T06:00:51.314000+00:00',
} as const

/** An ID of AWS's form, the same for the same text. */
function idOf(text: string): string {
  const digits = hash('sha256', text, 'hex')
  const id = `${digits.slice(0, 8)}-${digits.slice(8, 12)}-70${digits.slice(12, 14)}-${digits.slice(14, 18)}-${digits.slice(18, 30)}`
  return id.replace(/^(.).(.).(.).(.).-(.).(.)./, (_, ...at: string[]) => {
    const [a, b, c, d, e, f] = at
    return `${a}4${b}8${c}4${d}8-${e}0${f}1`
  })
}

export const userId = (userName: string): string => idOf(`user ${userName}`)
export const groupId = (displayName: string): string => idOf(`group ${displayName}`)
export const membershipId = (group: string, user: string): string => idOf(`membership ${group} ${user}`)
/** `ps-…` */
export const permissionSetId = (name: string): string =>
  `ps-${hash('sha256', `permission set ${name}`, 'hex').slice(0, 16)}`
export const permissionSetArn = (name: string): string =>
  `${exported.instance.replace(':instance/', ':permissionSet/')}/${permissionSetId(name)}`

const audit = { CreatedAt: exported.at, CreatedBy: 'SCIM', UpdatedAt: exported.at, UpdatedBy: 'SCIM' }

const present = (members: Readonly<Record<string, unknown>>): JsonObject =>
  JSON.parse(JSON.stringify(members, (_, value) => value ?? undefined))

const externalIds = (id: string | undefined) =>
  id === undefined ? {} : { ExternalIds: [{ Issuer: exported.issuer, Id: id }] }

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The names of a person by her user name: `bart.simpson@…` is Bart Simpson, and so is `bart`. */
export function namesOf(userName: string): { readonly first: string; readonly last: string } {
  const [local = userName] = userName.split('@')
  const [first = local, last = 'Simpson'] = local.split('.').map(capitalized)
  return { first, last }
}

function toUser(given: ExportedUser): JsonObject {
  const user = typeof given === 'string' ? { userName: given } : given
  const { userName, id = userId(userName), externalId, active = true, more } = user
  const { first, last } = namesOf(userName)
  return present({
    UserName: userName,
    UserId: id,
    ...externalIds(externalId),
    Name: { FamilyName: last, GivenName: first },
    DisplayName: `${first} ${last}`,
    Emails: [
      {
        Value: userName.includes('@') ? userName : `${userName}@springfield.example`,
        Type: 'work',
        Primary: true,
      },
    ],
    UserStatus: active ? 'ENABLED' : 'DISABLED',
    ...audit,
    IdentityStoreId: exported.store,
    ...more,
  })
}

function toGroup(given: ExportedGroup): JsonObject {
  const group = typeof given === 'string' ? { displayName: given } : given
  const { displayName, id = groupId(displayName), externalId, more } = group
  return present({
    GroupId: id,
    DisplayName: displayName,
    ...externalIds(externalId),
    ...audit,
    IdentityStoreId: exported.store,
    ...more,
  })
}

/** The files of an export by their paths, each as the AWS CLI prints it; a test can change or leave out some. */
export function awsExport(directory: ExportedDirectory): ExportedFiles {
  const users = (directory.users ?? []).map(toUser)
  const groups = (directory.groups ?? []).map(toGroup)
  const userIds = new Map(users.map(user => [user.UserName, String(user.UserId)]))
  const groupIds = new Map(groups.map(group => [group.DisplayName, String(group.GroupId)]))

  const memberships = groups.map(group => {
    const name = String(group.DisplayName)
    const members = (directory.members?.[name] ?? []).map(user => ({
      IdentityStoreId: exported.store,
      MembershipId: membershipId(name, user),
      GroupId: String(group.GroupId),
      MemberId: { UserId: userIds.get(user) ?? userId(user) },
      ...audit,
    }))
    return [`memberships/${group.GroupId}.json`, { GroupMemberships: members }] as const
  })

  const assignments = (directory.assignments ?? []).map(
    ({ to, account = '111111111111', permissionSet = 'ReadOnly' }) => ({
      permissionSet,
      row: {
        AccountId: account,
        PermissionSetArn: permissionSetArn(permissionSet),
        PrincipalType: groupIds.has(to) ? 'GROUP' : 'USER',
        PrincipalId: groupIds.get(to) ?? userIds.get(to) ?? to,
      },
    }),
  )
  const byPermissionSet = Map.groupBy(assignments, ({ permissionSet }) => permissionSet)
  const permissionSets = [...byPermissionSet].flatMap(([name, ofSet]) => {
    const id = permissionSetId(name)
    const byAccount = Map.groupBy(ofSet, ({ row }) => row.AccountId)
    return [
      [
        `permission-sets/${id}.json`,
        {
          PermissionSet: {
            Name: name,
            PermissionSetArn: permissionSetArn(name),
            CreatedDate: exported.at,
            SessionDuration: directory.sessionDurations?.[name] ?? 'PT1H',
          },
        },
      ],
      [`accounts/${id}.json`, { AccountIds: [...byAccount.keys()] }],
      ...[...byAccount].map(
        ([account, rows]) =>
          [`assignments/${id}/${account}.json`, { AccountAssignments: rows.map(({ row }) => row) }] as const,
      ),
    ] as const
  })

  const accounts = Object.entries(directory.accounts ?? {}).map(([Id, Name]) => ({ Id, Name }))
  return Object.fromEntries<JsonObject>([
    [
      'instances.json',
      {
        Instances: [
          {
            InstanceArn: exported.instance,
            IdentityStoreId: exported.store,
            OwnerAccountId: exported.account,
            CreatedDate: exported.at,
            Status: 'ACTIVE',
          },
        ],
      },
    ],
    ['users.json', { Users: users }],
    ['groups.json', { Groups: groups }],
    ...memberships,
    ['permission-sets.json', { PermissionSets: [...byPermissionSet.keys()].map(permissionSetArn) }],
    ...permissionSets,
    ...(accounts.length === 0 ? [] : [['accounts.json', { Accounts: accounts }] as const]),
    [
      'manifest.json',
      {
        scimulatorExport: 1,
        started: '2026-11-30T07:00:00Z',
        finished: '2026-11-30T07:05:00Z',
        tool: 'aws-cli/2.23.6',
        region: exported.region,
        complete: true,
        skipped: [],
      },
    ],
  ])
}

/** The files of an export as bytes, as `filesOf` yields them. */
export const exportFiles = (files: Readonly<Record<string, unknown>>): readonly ExportedFile[] =>
  Object.entries(files)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, content]) => ({
      name,
      bytes:
        content instanceof Uint8Array
          ? content
          : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content, null, 4)),
    }))

/** The files of an export without what differs between exports of the same directory. */
export const contentOf = (folder: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => name !== 'manifest.json' && statSync(join(folder, name)).isFile())
      .sort()
      .map(name => [name, withoutCreation(JSON.parse(readFileSync(join(folder, name), 'utf8')))]),
  )

/** A list of instances without the times of their creation and of their Regions', and any other content as it is. */
export const withoutCreation = (content: JsonObject): JsonObject =>
  'Instances' in content
    ? JSON.parse(JSON.stringify(content), (name, value) =>
        name === 'CreatedDate' || name === 'AddedDate' ? undefined : value,
      )
    : content

export type ExportedFile = { readonly name: string; readonly bytes: Uint8Array }

export type ZipEntry = {
  readonly name: string
  readonly bytes: Uint8Array
  /** Changes to fields of the entry, for archives that are damaged on purpose. */
  readonly checksum?: number
  readonly flags?: number
  readonly method?: number
  readonly mode?: number
  readonly size?: number
}

/** A zip file of these entries, compressed. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, bytes, ...changed } of entries) {
    const { checksum = crc32(bytes), flags = 0, method = 8, mode = 0o100644, size = bytes.length } = changed
    const packed = method === 8 ? deflateRawSync(bytes) : bytes
    const title = Buffer.from(name)
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(flags, 2)
    shared.writeUInt16LE(method, 4)
    shared.writeUInt32LE(checksum, 10)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(size, 18)
    shared.writeUInt16LE(title.length, 22)
    const central = Buffer.alloc(14)
    central.writeUInt16LE(mode, 8)
    central.writeUInt32LE(offset, 10)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, title, packed])
    locals.push(local)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), shared, central, title]))
    offset += local.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...directory, end])
}

export type TarEntry = { readonly name: string; readonly bytes?: Uint8Array; readonly kind?: string }

/** A tar file of these entries. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, bytes = Buffer.alloc(0), kind = '0' }) => {
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write(`${bytes.length.toString(8).padStart(11, '0')} `, 124)
    header.write(`        ${kind}`, 148)
    header.write('ustar\x0000', 257)
    const sum = header.reduce((all, byte) => all + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}
