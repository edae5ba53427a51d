import { shellQuote } from '../../domain/client-text.ts'
import type { AccessOutcome, ObjectOutcome, Rehearsal } from '../../domain/contract/rehearsal.ts'
import { inSignOn, inUserMapping } from '../../profiles/entra-pages.ts'
import {
  type Mapping,
  matchingAttributes,
  type ObjectMapping,
} from '../../provisioning/entra/mapping/mapping.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { shortList } from '../../scim/text.ts'
import type { DirectoryRecord } from '../../traffic/aws-directory/directory.ts'
import { readNamedMapping } from '../preflight/entra-job.ts'
import { sourceOf } from '../preflight/remedy.ts'
import { type Found, losesAccess, type Setup } from './setup.ts'
import { readNameId } from './source.ts'

export type FoundRemedies = {
  readonly remedies: Rehearsal['remedies']
  /** The ID of the remedy that helps an object or a person. */
  remedyOf(outcome: ObjectOutcome | AccessOutcome): string | undefined
}

type Proposal = {
  readonly id: string
  readonly text: string
  readonly setup: Setup
  readonly commands?: readonly string[]
}

/** Undefined if it does not apply. */
type Remedy = (found: Found) => Proposal | undefined

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
  const proposals = candidates.flatMap(propose => propose(found) ?? [])
  const isLarge = found.setup.directory.users.size > manyUsers
  const before = troubledIn(found)
  const helpful: { readonly remedy: Rehearsal['remedies'][number]; readonly helped: ReadonlySet<string> }[] =
    []
  for (const { id, text, setup, commands = [] } of isLarge
    ? proposals.slice(0, maxTriedForMany)
    : proposals) {
    const another = await play(setup)
    const loseAfter = another.summary.lose
    const refusedAfter = countRefused(another)
    const helps = loseBefore - loseAfter
    if (helps < 0 || (helps === 0 && refusedAfter >= refusedBefore)) continue
    const counts = { loseBefore, loseAfter, helps, refusedBefore, refusedAfter }
    const remedy = { id, text, ...counts, commands: commands.slice(0, maxCommands) }
    helpful.push({ remedy, helped: without(before, troubledIn(another)) })
  }
  helpful.sort(
    ({ remedy: one }, { remedy: other }) => other.helps - one.helps || one.refusedAfter - other.refusedAfter,
  )
  return {
    remedies: helpful.map(({ remedy }) => remedy),
    remedyOf(outcome) {
      const key = 'permissionSet' in outcome ? keyOfPerson(outcome) : keyOfObject(outcome)
      return helpful.find(({ helped }) => helped.has(key))?.remedy.id
    },
  }
}

const countRefused = ({ summary: { users, groups } }: Found): number =>
  (users.refused ?? 0) + (groups.refused ?? 0)

const badOutcomes: readonly ObjectOutcome['outcome'][] = ['refused', 'deleted', 'recreated', 'disabled']

const keyOfPerson = ({
  user,
  source = '',
}: {
  readonly user: string
  readonly source?: string | undefined
}) => `person ${user || source}`
const keyOfObject = ({ type, aws, source = '' }: ObjectOutcome) => `${type} ${aws ?? source}`

const troubledIn = ({ access, objects }: Found): Set<string> =>
  new Set([
    ...access.filter(losesAccess).map(keyOfPerson),
    ...objects.filter(({ outcome }) => badOutcomes.includes(outcome)).map(keyOfObject),
  ])

const without = (keys: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...keys].filter(key => !others.has(key)))

const documentOf = ({ document }: DirectoryRecord): JsonObject => JSON.parse(document)

/** The attribute of the source that equals `userName` at AWS for most users, if it does for more than the present NameID. */
function attributeOfUserName({ setup, people, played }: Found): string | undefined {
  const nameIdOf = readNameId(setup.nameId, played.client.objects)
  const counts = new Map<string, number>()
  let present = 0
  for (const [id, { source }] of people) {
    const record = setup.directory.users.get(id)
    const userName = record && documentOf(record).userName
    if (userName === undefined) continue
    if (nameIdOf(source) === userName) present++
    for (const [name, value] of Object.entries(source.attributes)) {
      if (value === userName) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  const [best] = [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
  return best && best[1] > present ? best[0] : undefined
}

/** Undefined for other clients. */
function entraMapping({ setup: { client, profile } }: Found): Mapping | undefined {
  const { name, mapping } = client
  return name === 'entra' ? readNamedMapping(mapping, profile.name).mapping : undefined
}

const usersLine = (mapping: Mapping, target: string) =>
  mapping.users.attributes.find(line => line.target.toLowerCase() === target.toLowerCase())

/** The text of a mapping file. */
function toMappingFile({ users, groups }: Mapping): string {
  const ofObject = ({ attributes, ...rest }: ObjectMapping) => ({
    ...rest,
    attributes: attributes.map(({ source: _, written, defaultValue, ...line }) =>
      compact({ ...line, source: written, default: defaultValue }),
    ),
  })
  return JSON.stringify({ users: ofObject(users), groups: ofObject(groups) })
}

type Line = ObjectMapping['attributes'][number]

const withUsers = (setup: Setup, mapping: Mapping, change: (line: Line) => Line): Setup => {
  const users = { ...mapping.users, attributes: mapping.users.attributes.map(change) }
  return { ...setup, client: { ...setup.client, mapping: toMappingFile({ ...mapping, users }) } }
}

/** The present line, if its source is another. */
const replaceable = (mapping: Mapping | undefined, target: string, source: string): Line | undefined => {
  const line = mapping && usersLine(mapping, target)
  return line && sourceOf(line) !== source ? line : undefined
}

const matchAttribute: Remedy = found => {
  const mapping = entraMapping(found)
  const attribute = mapping && attributeOfUserName(found)
  const line = attribute === undefined ? undefined : replaceable(mapping, 'userName', `[${attribute}]`)
  if (!mapping || !line || attribute === undefined) return undefined
  const change = `change the source of userName from ${sourceOf(line)} to [${attribute}].`
  return {
    id: `match-${attribute}`,
    text: `${inUserMapping(change)} ${inSignOn(`set Unique User Identifier (Name ID) to user.${attribute}.`)}`,
    setup: {
      ...withUsers(found.setup, mapping, each =>
        each === line ? { ...each, written: `[${attribute}]` } : each,
      ),
      nameId: attribute,
    },
  }
}

const nameId: Remedy = found => {
  const attribute = attributeOfUserName(found)
  if (attribute === undefined) return undefined
  const text =
    entraMapping(found) !== undefined
      ? inSignOn(`set Unique User Identifier (Name ID) to user.${attribute}.`)
      : `Set the NameID of the SAML application to the attribute ${attribute}.`
  return { id: 'name-id', text, setup: { ...found.setup, nameId: attribute } }
}

const matchUserName: Remedy = found => {
  const mapping = entraMapping(found)
  const line = mapping && usersLine(mapping, 'userName')
  if (!mapping || !line || matchingAttributes(mapping.users).includes(line)) return undefined
  return {
    id: 'match-user-name',
    text: inUserMapping('match objects by userName instead of the present matching attribute.'),
    setup: withUsers(found.setup, mapping, ({ matching: _, ...each }) =>
      each.target === line.target ? { ...each, matching: 1 } : each,
    ),
  }
}

const externalId: Remedy = found => {
  const mapping = entraMapping(found)
  const line = replaceable(mapping, 'externalId', '[objectId]')
  if (!mapping || !line || !found.objects.some(({ outcome }) => outcome === 'refused')) return undefined
  return {
    id: 'external-id',
    text: inUserMapping(`change the source of externalId from ${sourceOf(line)} to [objectId].`),
    setup: withUsers(found.setup, mapping, each =>
      each === line ? { ...each, written: '[objectId]' } : each,
    ),
  }
}

type Change = { readonly id: string; readonly path: string; readonly value: JsonObject[string] }

const updateCommand = (store: string, kind: 'user' | 'group', { id, path, value }: Change): string =>
  [
    `aws identitystore update-${kind} --identity-store-id ${shellQuote(store)} --${kind}-id ${shellQuote(id)}`,
    `--operations ${shellQuote(JSON.stringify([{ AttributePath: path, AttributeValue: value }]))}`,
  ].join(' ')

function withDocuments(setup: Setup, documents: ReadonlyMap<string, JsonObject>): Setup {
  const users = new Map(setup.directory.users)
  for (const [id, document] of documents) {
    const record = users.get(id)
    if (record) users.set(id, { ...record, document: JSON.stringify(document) })
  }
  return { ...setup, directory: { ...setup.directory, users } }
}

const renameUsers: Remedy = found => {
  const { setup, people, played, access } = found
  const { users, instance } = setup.directory
  const nameIdOf = readNameId(setup.nameId, played.client.objects)
  const taken = new Set([...users.values()].map(record => documentOf(record).userName))
  const renamed = new Map<string, string>()
  for (const { user } of access.filter(losesAccess)) {
    const person = people.get(user)
    const record = users.get(user)
    const name = person && person.grade !== 'possible' ? nameIdOf(person.source) : undefined
    if (!record || name === undefined || taken.has(name)) continue
    taken.add(name)
    renamed.set(user, name)
  }
  if (renamed.size === 0) return undefined
  return {
    id: 'rename-users',
    text: 'Before the switch, rename users at AWS to their new sign-in names. They cannot sign in from then until the switch.',
    setup: {
      ...withDocuments(
        setup,
        new Map(
          [...renamed].map(([id, userName]) => [
            id,
            { ...documentOf(users.get(id) as DirectoryRecord), userName },
          ]),
        ),
      ),
      // Named pairs may have the former names.
      people: [...people].flatMap(([aws, { source, by }]) =>
        by === 'people' ? [{ aws, source: source.id }] : [],
      ),
    },
    commands: [...renamed].map(([id, value]) =>
      updateCommand(instance.store, 'user', { id, path: 'userName', value }),
    ),
  }
}

const typeEmails: Remedy = ({ setup, objects }) => {
  const documents = new Map<string, JsonObject>()
  for (const { type, aws, outcome, requests } of objects) {
    if (type !== 'User' || outcome !== 'refused' || aws === undefined) continue
    const record = setup.directory.users.get(aws)
    if (!record || !requests.some(({ rule }) => rule === 'aws/one-value-per-list')) continue
    const document = documentOf(record)
    const [email, ...others] = Array.isArray(document.emails) ? document.emails : []
    if (email === undefined || others.length > 0 || email.type !== undefined) continue
    documents.set(aws, { ...document, emails: [{ ...email, type: 'work' }] })
  }
  if (documents.size === 0) return undefined
  return {
    id: 'type-emails',
    text: 'Before the switch, set the type of email addresses without a type to work at AWS.',
    setup: withDocuments(setup, documents),
    commands: [...documents].map(([id, { emails }]) => {
      const [email] = emails as readonly JsonObject[]
      const value = [compact({ Value: email?.value, Type: 'work', Primary: email?.primary })] as JsonObject[]
      return updateCommand(setup.directory.instance.store, 'user', { id, path: 'emails', value })
    }),
  }
}

const retain: Remedy = ({ setup, objects }) => {
  const { version: _, ...client } = setup.client
  const isDeleting = client.name === 'ssosync' && objects.some(({ outcome }) => outcome === 'deleted')
  if (!isDeleting || client.retain) return undefined
  return {
    id: 'retain',
    text: 'Use ssosync 2.8 or later, and let it retain users and groups that are not in Google Workspace.',
    setup: { ...setup, client: { ...client, retain: true } },
  }
}

const ignoreGroups: Remedy = ({ setup, objects }) => {
  const names = objects.flatMap(({ type, outcome, awsName }) =>
    type === 'Group' && outcome === 'deleted' && awsName !== undefined ? [awsName] : [],
  )
  if (setup.client.name !== 'ssosync' || names.length === 0) return undefined
  const ignored = [...new Set([...(setup.client.ignoreGroups ?? []), ...names])]
  return {
    id: 'ignore-groups',
    text: `Add groups at AWS that are not in Google Workspace to the ignored groups of ssosync: ${shortList(names)}.`,
    setup: { ...setup, client: { ...setup.client, ignoreGroups: ignored } },
  }
}

const groupLinking: Remedy = ({ setup }) =>
  setup.client.name === 'okta' && setup.client.groupLinking === 'off'
    ? {
        id: 'group-linking',
        text: 'Turn on group linking of the application in Okta, and link pushed groups to the groups at AWS.',
        setup: { ...setup, client: { ...setup.client, groupLinking: 'on' } },
      }
    : undefined

const candidates: readonly Remedy[] = [
  ...[matchAttribute, matchUserName, nameId, externalId],
  ...[retain, ignoreGroups, groupLinking, typeEmails, renameUsers],
]
