import { shellQuote } from '../../domain/client-text.ts'
import type { AccessOutcome, ObjectOutcome, Rehearsal } from '../../domain/contract/rehearsal.ts'
import { inSignOn, inUserMapping } from '../../profiles/entra-pages.ts'
import {
  type Mapping,
  matchingAttributes,
  type ObjectMapping,
} from '../../provisioning/entra/mapping/mapping.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { shortList } from '../../scim/text.ts'
import { readNamedMapping } from '../preflight/entra-job.ts'
import { sourceOf } from '../preflight/remedy.ts'
import { hasSetting } from './clients.ts'
import { readEvidence } from './outcomes.ts'
import { type Found, losesAccess, type Setup } from './setup.ts'
import { readNameId } from './source.ts'

export type FoundRemedies = {
  readonly remedies: Rehearsal['remedies']
  /** The ID of the remedy that helps an object or a person. */
  remedyOf(outcome: ObjectOutcome | AccessOutcome): string | undefined
}

/** One change of the setup that might help. */
type Proposal = {
  readonly id: string
  readonly text: string
  readonly setup: Setup
  readonly commands?: readonly string[]
}

/** Each remedy is one more play. Above this many users, which take a minute, the first ones are tried. */
const manyUsers = 20_000
const maxTriedForMany = 4
const maxCommands = 1000

/** Tries remedies one by one, each in a play of its own. */
export async function findRemedies(
  found: Found,
  play: (setup: Setup) => Promise<Found>,
): Promise<FoundRemedies> {
  const loseBefore = found.summary.lose
  const refusedBefore = countRefused(found)
  if (loseBefore + refusedBefore === 0) return { remedies: [], remedyOf: () => undefined }
  const isLarge = found.setup.directory.users.size > manyUsers
  const proposals = [...proposalsFor(found)].slice(0, isLarge ? maxTriedForMany : Infinity)
  const before = troubledIn(found)
  const helpful: { readonly remedy: Rehearsal['remedies'][number]; readonly helped: ReadonlySet<string> }[] =
    []
  for (const { id, text, setup, commands = [] } of proposals) {
    await using another = await play(setup)
    const loseAfter = another.summary.lose
    const refusedAfter = countRefused(another)
    const helps = loseBefore - loseAfter
    if (helps < 0 || (helps === 0 && refusedAfter >= refusedBefore)) continue
    const counts = { loseBefore, loseAfter, helps, refusedBefore, refusedAfter }
    const remedy = { id, text, ...counts, commands: commands.slice(0, maxCommands) }
    const after = troubledIn(another)
    helpful.push({ remedy, helped: new Set([...before].filter(key => !after.has(key))) })
  }
  helpful.sort(
    ({ remedy: one }, { remedy: other }) => other.helps - one.helps || one.refusedAfter - other.refusedAfter,
  )
  return {
    remedies: helpful.map(({ remedy }) => remedy),
    remedyOf: outcome => helpful.find(({ helped }) => helped.has(keyOf(outcome)))?.remedy.id,
  }
}

const countRefused = ({ summary: { users, groups } }: Found): number =>
  (users.refused ?? 0) + (groups.refused ?? 0)

const badOutcomes: readonly ObjectOutcome['outcome'][] = ['refused', 'deleted', 'recreated', 'disabled']

function keyOf(
  outcome: Pick<ObjectOutcome, 'type' | 'aws' | 'source'> | Pick<AccessOutcome, 'user' | 'source'>,
): string {
  const { source = '' } = outcome
  return 'user' in outcome ? `person ${outcome.user || source}` : `${outcome.type} ${outcome.aws ?? source}`
}

const troubledIn = ({ access, objects }: Found): Set<string> =>
  new Set([
    ...access.filter(losesAccess).map(keyOf),
    ...objects.filter(({ outcome }) => badOutcomes.includes(outcome)).map(keyOf),
  ])

function* proposalsFor(found: Found): Generator<Proposal> {
  yield* ofNames(found)
  yield* ofClient(found)
  yield* ofDirectory(found)
}

/** The attribute of the source that equals `userName` at AWS for most users, if it does for more than the present NameID. */
function attributeOfUserName({ setup, people, played }: Found): string | undefined {
  const nameIdOf = readNameId(setup.nameId, played.client.objects)
  const counts = new Map<string, number>()
  let present = 0
  for (const [id, { source }] of people) {
    const userName = documentOf(setup, id)?.userName
    if (userName === undefined) continue
    if (nameIdOf(source) === userName) present++
    for (const [name, value] of Object.entries(source.attributes)) {
      if (value === userName) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  const [best] = [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
  return best && best[1] > present ? best[0] : undefined
}

type Line = ObjectMapping['attributes'][number]

/** Which attribute finds users at AWS, and which is sent at sign-in. */
function* ofNames(found: Found): Generator<Proposal> {
  const { setup, objects } = found
  const { client, profile } = setup
  const attribute = attributeOfUserName(found)
  const mapping = hasSetting(client, 'mapping')
    ? readNamedMapping(client.mapping, profile.name).mapping
    : undefined
  const lineOf = (target: string) =>
    mapping?.users.attributes.find(line => line.target.toLowerCase() === target.toLowerCase())
  const [userName, externalId] = [lineOf('userName'), lineOf('externalId')]
  const inMapping = (change: (line: Line) => Line): Setup => ({
    ...setup,
    client: { ...client, ...(mapping && { mapping: toMappingFile(mapping, change) }) },
  })
  const written = (changed: Line, source: string) =>
    inMapping(line => (line === changed ? { ...line, written: source } : line))

  const signOn = inSignOn(`set Unique User Identifier (Name ID) to user.${attribute}.`)
  if (userName && attribute !== undefined && sourceOf(userName) !== `[${attribute}]`) {
    const change = `change the source of userName from ${sourceOf(userName)} to [${attribute}].`
    const id = `match-${attribute}`
    const setup = { ...written(userName, `[${attribute}]`), nameId: attribute }
    yield { id, text: `${inUserMapping(change)} ${signOn}`, setup }
  }
  if (mapping && userName && !matchingAttributes(mapping.users).includes(userName)) {
    yield {
      id: 'match-user-name',
      text: inUserMapping('match objects by userName instead of the present matching attribute.'),
      setup: inMapping(({ matching: _, ...line }) =>
        line.target === userName.target ? { ...line, matching: 1 } : line,
      ),
    }
  }
  if (attribute !== undefined) {
    const general = `Set the NameID of the SAML application to the attribute ${attribute}.`
    yield { id: 'name-id', text: mapping ? signOn : general, setup: { ...setup, nameId: attribute } }
  }
  const isRefused = objects.some(({ outcome }) => outcome === 'refused')
  if (externalId && isRefused && sourceOf(externalId) !== '[objectId]') {
    const change = `change the source of externalId from ${sourceOf(externalId)} to [objectId].`
    yield { id: 'external-id', text: inUserMapping(change), setup: written(externalId, '[objectId]') }
  }
}

/** The text of a mapping file. */
function toMappingFile({ users, groups }: Mapping, change: (line: Line) => Line): string {
  const ofObject = ({ attributes, ...rest }: ObjectMapping) => ({
    ...rest,
    attributes: attributes.map(({ source: _, written, defaultValue, ...line }) =>
      compact({ ...line, source: written, default: defaultValue }),
    ),
  })
  const changed = { ...users, attributes: users.attributes.map(change) }
  return JSON.stringify({ users: ofObject(changed), groups: ofObject(groups) })
}

/** Settings of the client. */
function* ofClient({ setup, objects }: Found): Generator<Proposal> {
  const { version: _, ...newest } = setup.client
  const { name, retain, groupLinking, ignoreGroups = [] } = newest
  const change = (client: Setup['client']): Setup => ({ ...setup, client })
  const deleted = objects.filter(({ outcome }) => outcome === 'deleted')
  if (name === 'ssosync' && deleted.length > 0 && !retain) {
    yield {
      id: 'retain',
      text: 'Use ssosync 2.8 or later, and let it retain users and groups that are not in Google Workspace.',
      setup: change({ ...newest, retain: true }),
    }
  }
  const groups = deleted.flatMap(({ type, awsName }) => (type === 'Group' && awsName) || [])
  if (name === 'ssosync' && groups.length > 0) {
    yield {
      id: 'ignore-groups',
      text: `Add groups at AWS that are not in Google Workspace to the ignored groups of ssosync: ${shortList(groups)}.`,
      setup: change({ ...setup.client, ignoreGroups: [...new Set([...ignoreGroups, ...groups])] }),
    }
  }
  if (name === 'okta' && groupLinking === 'off') {
    yield {
      id: 'group-linking',
      text: 'Turn on group linking of the application in Okta, and link pushed groups to the groups at AWS.',
      setup: change({ ...setup.client, groupLinking: 'on' }),
    }
  }
}

const documentOf = ({ directory }: Setup, id: string): JsonObject | undefined => {
  const record = directory.users.get(id)
  return record && JSON.parse(record.document)
}

/** Changes of users at AWS before the switch. */
function* ofDirectory(found: Found): Generator<Proposal> {
  const { setup, people } = found
  const emails = typedEmails(found)
  if (emails.size > 0) {
    yield {
      id: 'type-emails',
      text: 'Before the switch, set the type of email addresses without a type to work at AWS.',
      setup: withValues(setup, 'emails', emails),
      commands: [...emails].map(([id, [email]]) => {
        const value = [
          compact({ Value: email?.value, Type: 'work', Primary: email?.primary }),
        ] as JsonObject[]
        return updateCommand(setup, id, 'emails', value)
      }),
    }
  }
  const names = newNames(found)
  if (names.size > 0) {
    yield {
      id: 'rename-users',
      text: 'Before the switch, rename users at AWS to their new sign-in names. They cannot sign in from then until the switch.',
      setup: {
        ...withValues(setup, 'userName', names),
        // Named pairs may have the former names.
        people: [...people].flatMap(([aws, { source, by }]) =>
          by === 'people' ? [{ aws, source: source.id }] : [],
        ),
      },
      commands: [...names].map(([id, name]) => updateCommand(setup, id, 'userName', name)),
    }
  }
}

/** The NameIDs of people who lose access, by ID at AWS. */
function newNames({ setup, people, played, access }: Found): ReadonlyMap<string, string> {
  const nameIdOf = readNameId(setup.nameId, played.client.objects)
  const taken = new Set([...setup.directory.users.keys()].map(id => documentOf(setup, id)?.userName))
  const names = new Map<string, string>()
  for (const { user } of access.filter(losesAccess)) {
    const person = people.get(user)
    const name = person && person.grade !== 'possible' ? nameIdOf(person.source) : undefined
    if (name === undefined || taken.has(name) || !isAccepted(setup, name)) continue
    taken.add(name)
    names.set(user, name)
  }
  return names
}

/** Whether no rule of the profile rejects the name: AWS accepts no control characters, for example. */
function isAccepted({ profile: { schema, rules } }: Setup, userName: string): boolean {
  const type = schema.resourceTypes.find(({ name }) => name === 'User')
  const subject = type && { operation: 'create' as const, type, body: { userName } }
  const isNamed = (rule: (typeof rules.body)[number]) =>
    subject && rule.check(subject)?.attributes?.some(({ path }) => path === 'userName')
  return !rules.body.some(isNamed)
}

/** Addresses without a type that AWS rejected a change of, by ID at AWS. */
function typedEmails({ setup, objects, played }: Found): ReadonlyMap<string, readonly JsonObject[]> {
  const typed = new Map<string, readonly JsonObject[]>()
  const evidenceOf = readEvidence(played)
  for (const object of objects) {
    const { type, aws = '', outcome } = object
    if (type !== 'User' || outcome !== 'refused') continue
    if (!evidenceOf(object).requests.some(({ rule }) => rule === 'aws/one-value-per-list')) continue
    const { emails } = documentOf(setup, aws) ?? {}
    const [email, ...others] = Array.isArray(emails) ? emails : []
    if (isObject(email) && others.length === 0 && email.type === undefined) {
      typed.set(aws, [{ ...email, type: 'work' }])
    }
  }
  return typed
}

function withValues(setup: Setup, name: string, values: ReadonlyMap<string, Json>): Setup {
  const users = new Map(setup.directory.users)
  for (const [id, value] of values) {
    const record = users.get(id)
    const document = { ...documentOf(setup, id), [name]: value }
    if (record) users.set(id, { ...record, document: JSON.stringify(document) })
  }
  return { ...setup, directory: { ...setup.directory, users } }
}

const updateCommand = ({ directory }: Setup, id: string, path: string, value: Json): string =>
  [
    `aws identitystore update-user --identity-store-id ${shellQuote(directory.instance.store)} --user-id ${shellQuote(id)}`,
    `--operations ${shellQuote(JSON.stringify([{ AttributePath: path, AttributeValue: value }]))}`,
  ].join(' ')
