import type { ImportResult } from '../../domain/contract/aws-import.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { enterpriseUserSchema } from '../../scim/core-schemas.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import type { AwsDirectory, DirectoryRecord } from './directory.ts'
import { importedTypes, isScimIssuer } from './records.ts'

type Statement = ImportResult['unknown'][number]
type Evidence = ImportResult['evidence'][number]
type Origin = keyof ImportResult['origins']
type Parsed = {
  readonly record: DirectoryRecord
  readonly document: JsonObject
  readonly type: 'User' | 'Group'
}

const listedIds = 100

/** What a directory contains, what is unknown about it, and what AWS has although the profile `aws` may reject it. */
export function importResultOf(directory: AwsDirectory): ImportResult {
  const { instance, read, issuers, notes } = directory
  const origins = { scim: 0, manual: 0, controlTower: 0, unknown: 0 }
  for (const origin of originsOf(directory).values()) origins[origin]++
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
    counts: countsOf(directory),
    origins,
    issuers: [...issuers]
      .sort(([, one], [, other]) => other - one)
      .slice(0, 20)
      .map(([issuer, count]) => ({ issuer, count })),
    unknown: unknownOf(directory),
    evidence: evidenceIn(directory),
    notes: [...notes],
  })
}

/** The values of switches under which the profile accepts what AWS has. */
export const fittingSwitches = ({ evidence }: ImportResult): Readonly<Record<string, string>> =>
  Object.fromEntries(evidence.flatMap(({ switch: id, value }) => (id && value ? [[id, value]] : [])))

function* objectsOf({ users, groups }: AwsDirectory): Generator<Parsed> {
  for (const record of users.values()) yield { record, document: JSON.parse(record.document), type: 'User' }
  for (const record of groups.values()) yield { record, document: JSON.parse(record.document), type: 'Group' }
}

function countsOf(directory: AwsDirectory): ImportResult['counts'] {
  const { users, groups, memberships, membersUnknown, permissionSets, assignments, applications } = directory
  const inGroups = new Set(Array.from(memberships, ({ user }) => user))
  const withMembers = new Set(Array.from(memberships, ({ group }) => group))
  const assigned = new Set(assignments.map(({ principal }) => principal.id))
  const isOrphaned = ({ principal: { type, id } }: (typeof assignments)[number]) =>
    !(type === 'User' ? users : groups).has(id)
  const count = <Item>(items: Iterable<Item>, is: (item: Item) => boolean) => [...items].filter(is).length
  return {
    users: users.size,
    disabledUsers: count(users.values(), ({ document }) => JSON.parse(document).active === false),
    groups: groups.size,
    memberships: memberships.length,
    permissionSets: permissionSets.size,
    assignments: assignments.length,
    orphanedAssignments: count(assignments, isOrphaned),
    accounts: new Set(assignments.map(({ account }) => account)).size,
    applicationAssignments: applications.length,
    usersWithoutGroups: count(users.keys(), id => !inGroups.has(id)),
    groupsWithoutMembers: count(groups.keys(), id => !withMembers.has(id) && !membersUnknown.has(id)),
    groupsWithoutAssignments: count(groups.keys(), id => !assigned.has(id)),
  }
}

/** AWS Control Tower User Guide, "IAM Identity Center Groups for AWS Control Tower". */
const controlTowerGroups: ReadonlySet<string> = new Set([
  ...['AWSAccountFactory', 'AWSAuditAccountAdmins', 'AWSControlTowerAdmins', 'AWSLogArchiveAdmins'],
  ...['AWSLogArchiveViewers', 'AWSSecurityAuditPowerUsers', 'AWSSecurityAuditors', 'AWSServiceCatalogAdmins'],
])

/** The issuers of an object's external IDs. A document lists them if they are not just the one of the directory. */
function issuersIn({ document, type }: Parsed, ofDirectory: string | undefined): readonly string[] {
  const hidden = document[importedTypes[type].nonScim?.name ?? '']
  const listed = isObject(hidden) ? hidden.externalIds : undefined
  if (!Array.isArray(listed)) return document.externalId === undefined ? [] : [ofDirectory ?? '']
  return (listed as readonly Json[]).flatMap(one => (isObject(one) ? [String(one.issuer)] : []))
}

/**
 * What created each user and group. A provisioning client writes an external ID of a SCIM issuer, but some write none: an object
 * without external IDs counts as made by hand only if its author created nothing by SCIM.
 */
function originsOf(directory: AwsDirectory): ReadonlyMap<string, Origin> {
  const { issuer } = directory.instance
  const authors = new Set<string | undefined>()
  const originOf = (object: Parsed): Origin => {
    const { document, type, record } = object
    const by = record.audit?.by
    const issuers = issuersIn(object, issuer)
    const isOfScim = issuers.some(isScimIssuer)
    if (isOfScim) authors.add(by)
    if (type === 'Group' && controlTowerGroups.has(String(document.displayName))) return 'controlTower'
    if (isOfScim) return 'scim'
    return by !== undefined && issuers.length === 0 ? 'manual' : 'unknown'
  }
  const origins = new Map<string, Origin>()
  for (const object of objectsOf(directory)) origins.set(object.record.id, originOf(object))
  for (const { id, audit } of [...directory.users.values(), ...directory.groups.values()])
    if (origins.get(id) === 'manual' && authors.has(audit?.by)) origins.set(id, 'unknown')
  return origins
}

/** The IDs of groups of Control Tower, and of those made by hand where a provisioning client made most users. */
export function foreignGroups(directory: AwsDirectory): ReadonlySet<string> {
  const origins = originsOf(directory)
  const ofScim = [...directory.users.keys()].filter(id => origins.get(id) === 'scim').length
  const isForeign = (origin: Origin | undefined) =>
    origin === 'controlTower' || (origin === 'manual' && ofScim * 2 > directory.users.size)
  return new Set([...directory.groups.keys()].filter(id => isForeign(origins.get(id))))
}

/** The most frequent author of users and groups that a provisioning client created. */
export function scimAuthorOf(directory: AwsDirectory): string | undefined {
  const origins = originsOf(directory)
  const counts = new Map<string, number>()
  for (const { id, audit } of [...directory.users.values(), ...directory.groups.values()]) {
    if (origins.get(id) !== 'scim' || audit?.by === undefined) continue
    counts.set(audit.by, (counts.get(audit.by) ?? 0) + 1)
  }
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0]
}

/** Users and groups whose external IDs are all of others than the SCIM endpoint of the directory. */
export function foreignExternalIds(directory: AwsDirectory): ReadonlySet<string> {
  const { issuer } = directory.instance
  const isOwn = (one: string) => one === (issuer ?? '') || (issuer === undefined && isScimIssuer(one))
  const isForeign = (object: Parsed) => {
    const issuers = issuersIn(object, issuer)
    return issuers.length > 0 && !issuers.some(isOwn)
  }
  return new Set([...objectsOf(directory)].filter(isForeign).map(({ record }) => record.id))
}

const unknownTexts = {
  'status-unknown':
    'The export does not say whether these users are enabled; they count as enabled. The AWS CLI prints UserStatus since November 2025.',
  'times-unknown': 'The export does not say when and by whom these users and groups were created.',
  'enterprise-unknown':
    'No user has enterprise attributes. The AWS CLI prints them since December 2025, with --extensions aws:identitystore:enterprise.',
  'members-unknown': 'The members of these groups were not exported.',
  'several-issuers':
    'These users and groups have external IDs of several SCIM endpoints. Which one SCIM shows at AWS is unknown.',
  'assignments-unknown': 'No account assignments were exported, so the access of people is unknown.',
  'orphans-unknown': 'Assignments of deleted users and groups are unknown.',
  'complete-unknown': 'The export has no manifest, so nothing confirms that it is complete.',
  'sign-ins': 'AWS exports no passwords, MFA devices, sign-ins or sessions.',
  policies: 'The policies of permission sets and attributes for access control were not exported.',
  owners: 'AWS does not say which client manages an object.',
  meanwhile: 'An export takes time: what changed meanwhile may be in a part of it only.',
}

/** What an export of AWS does not say. */
export function unknownOf(directory: AwsDirectory): Statement[] {
  const { users, membersUnknown, read, instance } = directory
  const withoutStatus: string[] = []
  const withoutTimes: string[] = []
  const withIssuers: string[] = []
  let hasEnterprise = users.size === 0
  for (const object of objectsOf(directory)) {
    const { id, statusUnknown, audit } = object.record
    if (statusUnknown) withoutStatus.push(id)
    if (audit === undefined) withoutTimes.push(id)
    if (issuersIn(object, instance.issuer).filter(isScimIssuer).length > 1) withIssuers.push(id)
    hasEnterprise ||= enterpriseUserSchema.id in object.document
  }
  const unknown: Partial<Record<keyof typeof unknownTexts, boolean | readonly string[]>> = {
    'status-unknown': withoutStatus,
    'times-unknown': withoutTimes,
    'enterprise-unknown': !hasEnterprise,
    'members-unknown': [...membersUnknown],
    'several-issuers': withIssuers,
    'assignments-unknown': read.skipped.includes('assignments'),
    'orphans-unknown': !read.orphansKnown,
    'complete-unknown': read.complete === undefined,
  }
  return (Object.keys(unknownTexts) as (keyof typeof unknownTexts)[]).flatMap(id => {
    const { [id]: of = true } = unknown
    const ids = of === true || of === false ? [] : of
    if (of !== true && ids.length === 0) return []
    return [{ id, text: unknownTexts[id], count: ids.length, ids: ids.slice(0, listedIds) }]
  })
}

/** The switches that decide whether the profile accepts an object: their strictest values, and those that accept more. */
const others = ['spaceInUserName', 'specialCharacters', 'lineBreaks']
const strictest = { email: 'required', ...Object.fromEntries(others.map(id => [id, 'refuse'])) }
const accepting = { email: 'optional', ...Object.fromEntries(others.map(id => [id, 'allow'])) }

/** The paths that break the rules for a POST, by rule; a rule without a path breaks ''. */
function createCheck(switches: Readonly<Record<string, string>>) {
  const { rules, schema } = loadProfile('aws', { ...strictest, ...switches })
  const types = new Map(schema.resourceTypes.map(type => [type.name, type]))
  return ({ document, type: name }: Parsed) => {
    const type = types.get(name)
    const violations = rules.body.flatMap(({ id, description, check }) => {
      const violation = type && check({ operation: 'create', type, body: document })
      const paths = violation?.attributes?.map(({ path }) => path) ?? ['']
      return violation ? [[id, { paths, description }] as const] : []
    })
    return new Map(violations)
  }
}

/** Checks the rules one by one under each switch, and that names and email addresses are unique. */
function evidenceIn(directory: AwsDirectory): Evidence[] {
  const check = createCheck({})
  const relaxed = Object.entries(accepting).map(([id, value]) => ({
    decides: { switch: id, value },
    check: createCheck({ [id]: value }),
  }))
  const found = new Map<string, Evidence>()
  const names = new Map<string, string>()

  const note = (object: string, rule: string, text: string, decides?: Pick<Evidence, 'switch' | 'value'>) => {
    const id = decides ? `${decides.switch}=${decides.value}` : rule
    const known = found.get(id) ?? { id, rule, text, ids: [], count: 0, ...decides }
    known.count++
    if (known.ids.length < listedIds) known.ids.push(object)
    found.set(id, known)
  }

  const checkRules = (object: Parsed) => {
    const broken = check(object)
    if (broken.size === 0) return
    const underOthers = relaxed.map(({ decides, check }) => ({ decides, broken: check(object) }))
    for (const [rule, { paths, description }] of broken) {
      const text = `AWS has users or groups that break the rule ${rule}: ${description}`
      const deciding = underOthers.filter(one => (one.broken.get(rule)?.paths.length ?? 0) < paths.length)
      for (const { decides } of deciding) note(object.record.id, rule, text, decides)
      const isLeft = paths.some(path => deciding.every(one => one.broken.get(rule)?.paths.includes(path)))
      if (isLeft) note(object.record.id, rule, text)
    }
  }

  const checkName = (id: string, attribute: string, name: Json | undefined) => {
    if (typeof name !== 'string') return
    const key = `${attribute} ${fold(name)}`
    const other = names.get(key)
    if (other === undefined) names.set(key, name)
    else if (other === name) {
      const text = `AWS has several objects with the same ${attribute}, which must be unique.`
      note(id, `unique-${attribute}`, text)
    } else {
      const text = 'AWS has names or email addresses that differ only in letter case.'
      note(id, 'letter-case', text, { switch: 'letterCase', value: 'sensitive' })
    }
  }

  for (const object of objectsOf(directory)) {
    const { record, document, type } = object
    checkRules(object)
    const name = type === 'Group' ? 'displayName' : 'userName'
    checkName(record.id, name, document[name])
    const [email] = Array.isArray(document.emails) ? (document.emails as readonly Json[]) : []
    if (isObject(email)) checkName(record.id, 'emails.value', email.value)
  }
  return [...found.values()]
}
