import type { ImportResult } from '../../domain/contract/aws-import.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { enterpriseUserSchema } from '../../scim/core-schemas.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import type { AwsDirectory, DirectoryRecord } from './directory.ts'
import { importedTypes, isScimIssuer } from './records.ts'

type Evidence = ImportResult['evidence'][number]
type Statement = ImportResult['unknown'][number]
type TypeName = 'User' | 'Group'
type Parsed = { readonly record: DirectoryRecord; readonly document: JsonObject; readonly type: TypeName }

const listedIds = 100

/** What a directory contains, what is unknown about it, and where AWS accepted what the profile `aws` may reject. */
export function importResultOf(directory: AwsDirectory): ImportResult {
  const { instance, read, notes } = directory
  const evidence = createEvidence()
  const origins = { scim: 0, manual: 0, controlTower: 0, unknown: 0 }
  for (const origin of originsOf(directory).values()) origins[origin]++
  const severalIssuers: string[] = []
  let disabledUsers = 0
  let hasEnterprise = false
  for (const object of objectsOf(directory)) {
    evidence.add(object)
    if (issuersOf(object, instance.issuer).filter(isScimIssuer).length > 1)
      severalIssuers.push(object.record.id)
    if (object.document.active === false) disabledUsers++
    if (object.document[enterpriseUserSchema.id] !== undefined) hasEnterprise = true
  }
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
  return compact({
    import: 1 as const,
    store: instance.store,
    instance: instance.arn,
    account: instance.account,
    source: read.source,
    name: read.name,
    started: time(read.started),
    finished: time(read.finished),
    complete: read.complete,
    counts: { ...countsOf(directory), disabledUsers },
    origins,
    issuers: [...directory.issuers]
      .sort(([, one], [, other]) => other - one)
      .slice(0, 20)
      .map(([issuer, count]) => ({ issuer, count })),
    unknown: [...unknownIn(directory, hasEnterprise, severalIssuers)],
    evidence: evidence.end(),
    notes: [...notes],
  })
}

/** The values of switches under which the profile accepts what AWS has. */
export const fittingSwitches = ({ evidence }: ImportResult): Readonly<Record<string, string>> =>
  Object.fromEntries(
    evidence.flatMap(({ switch: id, value }) =>
      id === undefined || value === undefined ? [] : [[id, value]],
    ),
  )

function* objectsOf({ users, groups }: AwsDirectory): Generator<Parsed> {
  for (const record of users.values()) yield { record, document: JSON.parse(record.document), type: 'User' }
  for (const record of groups.values()) yield { record, document: JSON.parse(record.document), type: 'Group' }
}

function countsOf({ users, groups, memberships, membersUnknown, ...rest }: AwsDirectory) {
  const { permissionSets, assignments, applications } = rest
  const inGroups = new Set(memberships.map(({ user }) => user))
  const withMembers = new Set(memberships.map(({ group }) => group))
  const assigned = new Set(assignments.map(({ principal }) => principal.id))
  const exists = ({ principal: { type, id } }: (typeof assignments)[number]) =>
    (type === 'User' ? users : groups).has(id)
  const countKeys = (records: ReadonlyMap<string, unknown>, isCounted: (id: string) => boolean) =>
    [...records.keys()].filter(isCounted).length
  return {
    users: users.size,
    groups: groups.size,
    memberships: memberships.length,
    permissionSets: permissionSets.size,
    assignments: assignments.length,
    orphanedAssignments: assignments.filter(assignment => !exists(assignment)).length,
    accounts: new Set(assignments.map(({ account }) => account)).size,
    applicationAssignments: applications.length,
    usersWithoutGroups: countKeys(users, id => !inGroups.has(id)),
    groupsWithoutMembers: countKeys(groups, id => !withMembers.has(id) && !membersUnknown.has(id)),
    groupsWithoutAssignments: countKeys(groups, id => !assigned.has(id)),
  }
}

/** AWS Control Tower User Guide, "IAM Identity Center Groups for AWS Control Tower". */
const controlTowerGroups: ReadonlySet<string> = new Set([
  ...['AWSAccountFactory', 'AWSAuditAccountAdmins', 'AWSControlTowerAdmins', 'AWSLogArchiveAdmins'],
  ...['AWSLogArchiveViewers', 'AWSSecurityAuditPowerUsers', 'AWSSecurityAuditors', 'AWSServiceCatalogAdmins'],
])

const hiddenOf = (document: JsonObject, type: TypeName): JsonObject => {
  const hidden = document[importedTypes[type].nonScim?.name ?? '']
  return isObject(hidden) ? hidden : {}
}

/** The issuers of an object's external IDs. */
function issuersOf({ document, type }: Parsed, ofDirectory: string | undefined): readonly string[] {
  const { externalIds } = hiddenOf(document, type)
  if (!Array.isArray(externalIds))
    return document.externalId === undefined || ofDirectory === undefined ? [] : [ofDirectory]
  return (externalIds as readonly Json[]).flatMap(one =>
    isObject(one) && typeof one.issuer === 'string' ? [one.issuer] : [],
  )
}

type Origin = keyof ImportResult['origins']

/**
 * What created each user and group. A provisioning client writes an external ID of a SCIM issuer, but some write none: an object
 * without external IDs counts as made by hand only if its author created nothing by SCIM.
 */
function originsOf(directory: AwsDirectory): ReadonlyMap<string, Origin> {
  const { issuer } = directory.instance
  const isOfScim = (object: Parsed) => issuersOf(object, issuer).some(isScimIssuer)
  const authors = new Set<string | undefined>()
  for (const object of objectsOf(directory)) if (isOfScim(object)) authors.add(object.record.audit?.by)
  const originOf = (object: Parsed): Origin => {
    const { document, type } = object
    const by = object.record.audit?.by
    if (type === 'Group' && controlTowerGroups.has(String(document.displayName))) return 'controlTower'
    if (isOfScim(object)) return 'scim'
    return by !== undefined && !authors.has(by) && issuersOf(object, issuer).length === 0
      ? 'manual'
      : 'unknown'
  }
  const origins = new Map<string, Origin>()
  for (const object of objectsOf(directory)) origins.set(object.record.id, originOf(object))
  return origins
}

/** The IDs of groups of Control Tower, and of those made by hand where a provisioning client made most users. */
export function foreignGroups(directory: AwsDirectory): ReadonlySet<string> {
  const origins = originsOf(directory)
  const ofScim = [...directory.users.keys()].filter(id => origins.get(id) === 'scim').length
  const foreign: readonly (Origin | undefined)[] =
    ofScim * 2 > directory.users.size ? ['controlTower', 'manual'] : ['controlTower']
  return new Set([...directory.groups.keys()].filter(id => foreign.includes(origins.get(id))))
}

const statement = (id: string, text: string, ids: readonly string[] = [], count = ids.length): Statement => ({
  id,
  text,
  count,
  ids: ids.slice(0, listedIds),
})

function* unknownIn(
  { users, groups, membersUnknown, read }: AwsDirectory,
  hasEnterprise: boolean,
  severalIssuers: readonly string[],
): Generator<Statement> {
  const idsOf = (records: AwsDirectory['users'], is: (record: DirectoryRecord) => boolean) =>
    [...records.values()].filter(is).map(({ id }) => id)
  const noStatus = idsOf(users, ({ statusUnknown }) => statusUnknown === true)
  const noAudit = [users, groups].flatMap(records => idsOf(records, ({ audit }) => audit === undefined))
  if (noStatus.length > 0)
    yield statement(
      'status-unknown',
      'The export does not say whether these users are enabled; they count as enabled. The AWS CLI prints UserStatus since November 2025.',
      noStatus,
    )
  if (noAudit.length > 0)
    yield statement(
      'times-unknown',
      'The export does not say when and by whom these users and groups were created.',
      noAudit,
    )
  if (users.size > 0 && !hasEnterprise)
    yield statement(
      'enterprise-unknown',
      'No user has enterprise attributes. The AWS CLI prints them since December 2025, with --extensions aws:identitystore:enterprise.',
    )
  if (membersUnknown.size > 0)
    yield statement('members-unknown', 'The members of these groups were not exported.', [...membersUnknown])
  if (severalIssuers.length > 0)
    yield statement(
      'several-issuers',
      'These users and groups have external IDs of several SCIM endpoints. Which one SCIM shows at AWS is unknown.',
      severalIssuers,
    )
  if (read.skipped.includes('assignments'))
    yield statement(
      'assignments-unknown',
      'No account assignments were exported, so the access of people is unknown.',
    )
  if (!read.orphansKnown)
    yield statement('orphans-unknown', 'Assignments of deleted users and groups are unknown.')
  if (read.complete === undefined)
    yield statement(
      'complete-unknown',
      'The export has no manifest, so nothing confirms that it is complete.',
    )
  yield statement('sign-ins', 'AWS exports no passwords, MFA devices, sign-ins or sessions.')
  yield statement(
    'policies',
    'The policies of permission sets and attributes for access control were not exported.',
  )
  yield statement('owners', 'AWS does not say which client manages an object.')
  yield statement('meanwhile', 'An export takes time: what changed meanwhile may be in a part of it only.')
}

/** The strictest profile, and what the first values of these switches accept in addition. */
const accepting = {
  email: 'optional',
  spaceInUserName: 'allow',
  specialCharacters: 'allow',
  lineBreaks: 'allow',
} as const
const strictest = {
  email: 'required',
  spaceInUserName: 'refuse',
  specialCharacters: 'refuse',
  lineBreaks: 'refuse',
}

const profileWith = (switches: Readonly<Record<string, string>>) => {
  const { rules, schema } = loadProfile('aws', { ...strictest, ...switches })
  return { rules: new Map(rules.body.map(rule => [rule.id, rule])), types: schema.resourceTypes }
}

/** Runs the rules for a POST of each object, one by one, and looks for users and groups that should be unique. */
function createEvidence() {
  const strict = profileWith({})
  const relaxed = Object.entries(accepting).map(([id, value]) => ({
    id,
    value,
    ...profileWith({ [id]: value }),
  }))
  const found = new Map<string, Omit<Evidence, 'text' | 'ids'> & { readonly ids: string[]; text: string }>()
  const names = new Map<string, { readonly text: string; readonly id: string }>()

  const note = (
    id: string,
    rule: string,
    text: string,
    decides?: { readonly id: string; readonly value: string },
  ) => {
    const key = decides ? `${decides.id}=${decides.value}` : rule
    const known = found.get(key) ?? {
      id: key,
      rule,
      text,
      count: 0,
      ids: [],
      ...(decides && { switch: decides.id, value: decides.value }),
    }
    found.set(key, { ...known, count: known.count + 1 })
    if (known.ids.length < listedIds) known.ids.push(id)
  }

  const brokenPaths = (
    { rules, types }: ReturnType<typeof profileWith>,
    ruleId: string,
    { document, type: name }: Parsed,
  ) => {
    const type = types.find(one => one.name === name)
    const violation = type && rules.get(ruleId)?.check({ operation: 'create', type, body: document })
    return violation && new Set(violation.attributes?.map(({ path }) => path) ?? [''])
  }

  const addRules = (object: Parsed) => {
    for (const [ruleId, { description }] of strict.rules) {
      const broken = brokenPaths(strict, ruleId, object)
      if (!broken) continue
      const text = `AWS has users or groups that break the rule ${ruleId}: ${description}`
      let left = broken
      for (const one of relaxed) {
        const remaining = brokenPaths(one, ruleId, object) ?? new Set()
        if (remaining.size === broken.size) continue
        note(object.record.id, ruleId, text, one)
        left = new Set([...left].filter(path => remaining.has(path)))
      }
      if (left.size > 0) note(object.record.id, ruleId, text)
    }
  }

  const addName = (id: string, attribute: string, text: Json | undefined) => {
    if (typeof text !== 'string') return
    const key = `${attribute} ${fold(text)}`
    const other = names.get(key)
    if (!other) names.set(key, { text, id })
    else if (other.text === text)
      note(
        id,
        `unique-${attribute}`,
        `AWS has several objects with the same ${attribute}, which must be unique.`,
      )
    else
      note(id, 'letter-case', 'AWS has names or email addresses that differ only in letter case.', {
        id: 'letterCase',
        value: 'sensitive',
      })
  }

  return {
    add(object: Parsed): void {
      const { record, document, type } = object
      addRules(object)
      if (type === 'Group') addName(record.id, 'displayName', document.displayName)
      else addName(record.id, 'userName', document.userName)
      const [email] = Array.isArray(document.emails) ? (document.emails as readonly Json[]) : []
      if (isObject(email)) addName(record.id, 'emails.value', email.value)
    },
    end: (): Evidence[] => [...found.values()],
  }
}
