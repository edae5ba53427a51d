import { basename } from 'node:path'
import { accountId, instanceArn } from '../../aws-api/identifiers.ts'
import type { AwsInstance } from '../../domain/tenants/imported.ts'
import { compact, type Json } from '../../scim/json.ts'
import { type ExportSource, filesOf, importLimits } from './archive.ts'
import { type Collected, createCollection } from './collect.ts'
import type { AwsDirectory } from './directory.ts'
import { isScimIssuer, RecordError, regionOf, toTime, withExternalIds } from './records.ts'

export type ReadOptions = {
  /** Skip memberships of users and groups that the export does not have, and note missing files of assignments. */
  readonly allowMissing?: boolean
  readonly allowEqualDuplicates?: boolean
  /** The ARN of the instance, if there are several. */
  readonly instance?: string
  /** The end of the issuer whose external IDs SCIM shows. */
  readonly scimTenant?: string
  readonly maxObjects?: number
}

type Export = Collected & { readonly options: ReadOptions } & Pick<
    ReturnType<typeof createCollection>,
    'note' | 'refuse' | 'refuseElement'
  >

/** Reads an export completely or not at all. Throws `ImportError`. */
export async function readAwsExport(source: ExportSource, options: ReadOptions = {}): Promise<AwsDirectory> {
  const limits = { ...importLimits, objects: options.maxObjects ?? importLimits.objects }
  const collection = createCollection(limits, options.allowEqualDuplicates)
  const { collected, notes, note, throwMistakes, addFile, ...report } = collection
  const ignore = (name: string) => note(`${name} was ignored: it is no JSON file.`)
  for await (const file of filesOf(source, limits, ignore)) addFile(file)
  // What one file lacks would be missing in others, too.
  throwMistakes()
  const isLive = collected.manifest.live === true
  // A live read has looked again for what is missing.
  const all = {
    ...collected,
    ...report,
    note,
    options: { ...options, allowMissing: options.allowMissing || isLive },
  }
  if (all.repeated > 0) note(`Objects occur more than once, and were read once: ${all.repeated}.`)

  const instance = chooseInstance(all)
  if (instance) checkInstance(all, instance)
  const memberships = checkMemberships(all)
  checkFiles(all)
  const read = readManifest(all)
  const issuers = countIssuers(all)
  const issuer = chooseIssuer(all, issuers)
  throwMistakes()
  if (!instance) throw new Error('An export without an instance was not refused.')

  const finish = (name: 'User' | 'Group', { rows }: Collected['users']): AwsDirectory['users'] =>
    new Map(
      rows.map(({ externalIds, document, ...record }) => {
        const complete = withExternalIds(name, JSON.parse(document), externalIds, issuer, options.scimTenant)
        return [record.id, { ...record, document: JSON.stringify(complete) }]
      }),
    )
  const isArchive = 'bytes' in source && !source.name.toLowerCase().endsWith('.json')
  return {
    instance: compact({ ...instance, region: instance.region ?? regionOf(all.manifest), issuer }),
    users: finish('User', all.users),
    groups: finish('Group', all.groups),
    memberships,
    permissionSets: withUnnamedSets(all),
    assignments: all.assignments.rows,
    accounts: all.accounts,
    applications: all.applications,
    membersUnknown: new Set([...all.groups.places.keys()].filter(id => !all.memberCounts.has(id))),
    read: {
      ...read,
      source: isLive ? 'live' : isArchive ? 'archive' : 'files',
      name: 'folder' in source ? basename(source.folder) : source.name,
    },
    notes,
    issuers,
  }
}

/** Refuses if there is not exactly one. */
function chooseInstance(all: Export): AwsInstance | undefined {
  const { instances, options, files, stores, permissionSets, assignments } = all
  const file = files.get('Instances')
  if (file === undefined) {
    const [store] = stores.keys()
    if (store === undefined || permissionSets.size > 0 || assignments.rows.length > 0) {
      all.refuse('instances.json', missing('sso-admin list-instances'))
      return undefined
    }
    all.note('The export has no list of instances, so the ARN of the instance and its account are made up.')
    return { store, arn: instanceArn(store), account: accountId(store) }
  }
  const { length } = instances
  const named = instances.map(({ arn, name }) => (name === undefined ? arn : `${arn} (${name})`)).join(', ')
  const { instance: wanted } = options
  const chosen = wanted === undefined ? instances[0] : instances.find(({ arn }) => arn === wanted)
  if (wanted !== undefined && !chosen)
    all.refuse(file, `The instance ${wanted} is not in the list: ${named}.`)
  else if (length === 0)
    all.refuse(file, 'There is no instance: run the command in the primary Region of IAM Identity Center.')
  else if (length > 1 && wanted === undefined)
    all.refuse(file, `The account sees ${length} instances: ${named}. Choose one with --instance.`)
  return chosen
}

function checkInstance(all: Export, { store, arn }: AwsInstance): void {
  for (const [what, numbers, own] of [
    ['identity store', all.stores, store],
    ['instance', all.instanceIds, arn.slice(arn.lastIndexOf('/') + 1)],
  ] as const)
    for (const [other, number] of numbers)
      if (other !== own)
        all.refuseElement(
          number,
          place =>
            `${place} is of the ${what} ${other}, not ${own}. The files are of two exports or instances.`,
        )
}

/** Memberships whose user and group exist. */
function checkMemberships(all: Export): AwsDirectory['memberships'] {
  const { options, users, groups, memberships, memberCounts, files } = all
  // Without the lists, every membership would be refused, and hide the reason.
  if (!files.has('Users') || !files.has('Groups')) return []
  const older = 'One of the files is older: export all again.'
  let dropped = 0
  const kept = memberships.rows.filter(({ group, user }, at) => {
    const missing = !groups.places.has(group)
      ? `is of the group ${group}, which is not in ${files.get('Groups')}`
      : users.places.has(user)
        ? undefined
        : `has the user ${user}, who is not in ${files.get('Users')}`
    if (missing === undefined) return true
    if (options.allowMissing) dropped++
    else all.refuseElement(memberships.numbers[at] ?? 0, place => `${place} ${missing}. ${older}`)
    return false
  })
  if (dropped > 0)
    all.note(`Memberships were left out, because their user or group is not in the export: ${dropped}.`)
  for (const [group, count] of memberCounts) {
    if (count > 0 || groups.places.has(group)) continue
    if (options.allowMissing)
      all.note(`A list of members was left out, because the group ${group} is not in the export.`)
    else all.refuse(`${group}.json`, `The group is not in ${files.get('Groups')}. ${older}`)
  }
  return kept
}

const missing = (command: string) => `The file is missing: export it with aws ${command}.`

function checkFiles(all: Export): void {
  const { files, options, users, groups, listedSets, accountsOfSets, assignedPairs } = all
  if (!files.has('Users')) all.refuse('users.json', missing('identitystore list-users'))
  if (!files.has('Groups')) all.refuse('groups.json', missing('identitystore list-groups'))
  for (const [id, at] of groups.places)
    if (users.places.has(id))
      all.refuseElement(
        groups.numbers[at] ?? 0,
        place => `${place}: ${id} is the ID of a user and of a group.`,
      )
  if (skippedIn(all).includes('assignments')) return
  const unlisted = accountsOfSets.size === 0 ? [] : [...listedSets].filter(id => !accountsOfSets.has(id))
  const pairs = [...accountsOfSets].flatMap(([id, accounts]) => accounts.map(account => `${id}/${account}`))
  const unassigned = pairs.filter(pair => !assignedPairs.has(pair))
  const count = unlisted.length + unassigned.length
  if (options.allowMissing) {
    if (count > 0)
      all.note(`Files of account assignments are missing, so some assignments are unknown: ${count}.`)
    return
  }
  for (const id of unlisted)
    all.refuse(`accounts/${id}.json`, missing('sso-admin list-accounts-for-provisioned-permission-set'))
  for (const pair of unassigned)
    all.refuse(`assignments/${pair}.json`, missing('sso-admin list-account-assignments'))
}

const textsIn = (list: Json | undefined): readonly string[] =>
  Array.isArray(list) ? list.filter(one => typeof one === 'string').map(one => one.slice(0, 200)) : []

/** What was not exported. A list of permission sets without elements says that there are no assignments. */
function skippedIn({ files, manifest, listedSets }: Export): readonly string[] {
  const skipped = new Set(textsIn(manifest.skipped))
  const isWithoutSets = files.has('PermissionSets') && listedSets.size === 0
  if (!files.has('PermissionSets') && !files.has('PermissionSet')) skipped.add('permission-sets')
  if (!files.has('AccountAssignments') && !files.has('AccountIds') && !isWithoutSets)
    skipped.add('assignments')
  return [...skipped]
}

function readManifest(all: Export): Omit<AwsDirectory['read'], 'source' | 'name'> {
  const { manifest, files } = all
  const file = files.get('manifest')
  const skipped = skippedIn(all)
  const known = { skipped, orphansKnown: !skipped.includes('assignments') }
  if (file === undefined) return known
  if (manifest.scimulatorExport !== 1)
    all.refuse(file, 'The export was written by a newer version of Scimulator.')
  if (manifest.complete === false)
    all.refuse(file, 'The export was not finished: run the script again with the same folder.')
  const timeOf = (name: string): number | undefined => {
    try {
      return manifest[name] === undefined ? undefined : toTime(name, manifest[name])
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      all.refuse(file, error.message.slice(1))
      return undefined
    }
  }
  const [started, finished] = [timeOf('started'), timeOf('finished')]
  return {
    ...compact({ started, finished }),
    ...known,
    ...(manifest.complete === true && { complete: true }),
  }
}

function countIssuers({ users, groups }: Export): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const records of [users, groups])
    for (const { externalIds } of records.rows)
      for (const { issuer } of externalIds) counts.set(issuer, (counts.get(issuer) ?? 0) + 1)
  return counts
}

/** The most frequent issuer of SCIM, if none is chosen. */
function chooseIssuer(all: Export, issuers: ReadonlyMap<string, number>): string | undefined {
  const { scimTenant } = all.options
  const ofScim = [...issuers]
    .filter(([issuer]) => isScimIssuer(issuer))
    .sort(([, one], [, other]) => other - one)
  if (scimTenant === undefined) return ofScim[0]?.[0]
  const chosen = ofScim.find(([issuer]) => issuer.endsWith(`/${scimTenant}`))
  if (!chosen) {
    const known = ofScim.map(([issuer]) => issuer).join(', ') || 'none of a SCIM endpoint'
    all.refuse('', `No external ID is of the SCIM tenant ${scimTenant}. The issuers are ${known}.`)
  }
  return chosen?.[0]
}

/** Permission sets of the list or of assignments that were not described have their ID as name. */
function withUnnamedSets(all: Export): AwsDirectory['permissionSets'] {
  const { permissionSets, listedSets, assignments } = all
  const used = [...listedSets, ...assignments.rows.map(({ permissionSet }) => permissionSet)]
  const unnamed = new Set(used.filter(id => !permissionSets.has(id)))
  if (unnamed.size > 0)
    all.note(`Permission sets were not described, so they have their IDs as names: ${unnamed.size}.`)
  return new Map([...permissionSets, ...Array.from(unnamed, id => [id, { id, name: id }] as const)])
}
