import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import type {
  AccessOutcome,
  ObjectOutcome,
  RehearsalInput,
} from '../../../../src/domain/contract/rehearsal.ts'
import { formatDuration, minute } from '../../../../src/domain/duration.ts'
import { isGone } from '../../../../src/domain/rehearsal/plan.ts'
import { type RehearsalRequest, rehearse } from '../../../../src/insight/rehearsal/rehearse.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import { compact, type JsonObject } from '../../../../src/scim/json.ts'
import { fails } from '../../../../src/server/cli/rehearse.ts'
import { readAwsExport } from '../../../../src/traffic/aws-directory/read.ts'
import {
  awsExport,
  type ExportedDirectory,
  exportFiles,
  namesOf,
  tarOf,
} from '../../../support/aws-export.ts'
import { start } from '../../../support/play.ts'

/** A file of test/data/migration. */
type Story = {
  readonly story: string
  /** What the exchange shows, where it is not what the documentation of the client or of AWS says. */
  readonly corrected?: string
  /** Without groups, all people belong to Operators, who have ReadOnly. */
  readonly aws: ExportedDirectory
  readonly source: Source
  readonly plays: readonly Play[]
}

type Source = {
  /** By sign-in name, or with what differs from the usual one. */
  readonly users?: readonly (string | (JsonObject & { readonly userPrincipalName: string }))[]
  /** Sign-in names by name of the group; `crowd` stands for all of it. Without groups, all people belong to Operators. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** People of both sides who are alike in everything but the number in their names. */
  readonly crowd?: number
}

type Play = Pick<RehearsalInput, 'client' | 'nameId' | 'identitySource'> & {
  readonly switches?: Readonly<Record<string, string>>
  /** Sources of attributes by target, where they are not those of the mapping `aws`, and what matches users. */
  readonly mapping?: Readonly<Record<string, string>> & { readonly matching?: string }
  readonly expected: JsonObject
}

const folder = 'test/data/migration'
const nickOf = (login: string) => login.split('@', 1)[0] ?? ''

function awsOf({ groups, assignments = [], ...aws }: ExportedDirectory, { crowd = 0 }: Source) {
  const users = [...(aws.users ?? []), ...crowdOf(crowd)]
  const names = users.map(user => (typeof user === 'string' ? user : user.userName))
  return awsExport({
    users,
    ...(groups
      ? { ...aws, users, groups, assignments }
      : {
          groups: ['Operators'],
          members: { Operators: names },
          assignments: [{ to: 'Operators' }, ...assignments],
        }),
  })
}

const crowdOf = (count: number) =>
  Array.from({ length: count }, (_, at) => `crowd${at + 1}@springfield.example`)

/** IDs are `id-` and the name. Everything is assigned to the application. */
function sourceOf({ users = [], groups, crowd = 0 }: Source): JsonObject {
  const people = [...users, ...crowdOf(crowd)].map(given => {
    const { userPrincipalName, ...more } = typeof given === 'string' ? { userPrincipalName: given } : given
    const nick = nickOf(userPrincipalName)
    const { first, last } = namesOf(userPrincipalName)
    const names = { displayName: `${first} ${last}`, givenName: first, surname: last, mailNickname: nick }
    const usual = { id: `id-${nick}`, mail: userPrincipalName, ...names, accountEnabled: true }
    return { userPrincipalName, ...usual, ...more }
  })
  const ids = new Map(people.map(person => [person.userPrincipalName, person.id]))
  const teams = Object.entries(groups ?? { Operators: [...ids.keys()] }).map(([displayName, members]) => ({
    ...{ id: `id-${displayName.replaceAll(' ', '')}`, displayName },
    mail: `${displayName.toLowerCase().replaceAll(' ', '-')}@springfield.example`,
    members: members.flatMap(member =>
      (member === 'crowd' ? crowdOf(crowd) : [member]).map(each => ids.get(each) ?? each),
    ),
  }))
  return { users: people, groups: teams, assignments: [...people, ...teams].map(({ id }) => id) }
}

/** The mapping of the sample is `aws` but for the source of `userName`. */
function mappingOf({ matching = 'userName', ...sources }: NonNullable<Play['mapping']>): string {
  const { users, groups } = JSON.parse(readFileSync('samples/example-airlines/mapping.json', 'utf8'))
  const attributes = users.attributes.map(({ source, target }: { source: string; target: string }) => ({
    source: sources[target] ?? (target === 'userName' ? '[userPrincipalName]' : source),
    target,
    ...(target === matching && { matching: 1 }),
  }))
  return JSON.stringify({ users: { attributes }, groups })
}

async function play({ aws, source }: Story, { client, mapping, switches, ...more }: Play) {
  const archive = tarOf(exportFiles(awsOf(aws, source)))
  const { expected: _, ...given } = more
  const request: RehearsalRequest = {
    ...given,
    directory: await readAwsExport({ name: 'aws.tar', bytes: archive }, {}),
    profile: loadProfile('aws', switches),
    client: { ...client, ...compact({ mapping: mapping && mappingOf(mapping) }) },
    files: [{ name: 'directory.json', text: JSON.stringify(sourceOf(source)) }],
    now: start,
  }
  return rehearse(request, { signal: new AbortController().signal })
}

const texts = (...parts: readonly (string | false | undefined)[]) => parts.filter(Boolean).join(' ')

const accessText = ({ person, permissionSet, account, via, cause, from, until }: AccessOutcome) =>
  texts(
    `${person} ${permissionSet}`,
    account !== '111111111111' && account,
    via !== '' && `of ${via}`,
    cause,
    from !== undefined && from > 0 && `after ${formatDuration(from * minute)}`,
    until !== undefined && `until ${formatDuration(until * minute)}`,
  )

/** The writes of the client are `cycle METHOD status`, each kind once. */
function objectText(object: ObjectOutcome): string {
  const {
    type,
    awsName,
    sourceName,
    person,
    outcome,
    changes = [],
    requests,
    uncertain = [],
    reason,
  } = object
  const writes = new Map<string, number>()
  for (const { cycle, method, status } of requests) {
    const write = `${method} ${status}`
    if (method !== 'GET' && !writes.has(write)) writes.set(write, cycle)
  }
  return texts(
    `${outcome} ${type}`,
    awsName ?? 'new',
    sourceName !== awsName && sourceName !== undefined && `is ${sourceName}${person ? ` (${person})` : ''}`,
    object.matchedBy !== undefined && `by ${object.matchedBy}`,
    changes.length > 0 && `changes ${changes.map(({ path }) => path).join(', ')}`,
    writes.size > 0 && [...writes].map(([write, cycle]) => `${cycle} ${write}`).join(', '),
    writes.size === 0 && reason !== undefined && `(${reason})`,
    ...uncertain.map(({ switch: name, value, outcome }) => `or ${outcome} with ${name}=${value}`),
  )
}

/** Equal lines but for the number of a person of the crowd, as one. */
function folded(lines: readonly string[]): readonly string[] {
  const counts = Map.groupBy(lines, line => line.replace(/crowd\d+/g, 'crowd'))
  return [...counts].map(([line, all]) => (all.length === 1 ? line : `${all.length} times ${line}`))
}

const notEmpty = (found: Readonly<Record<string, unknown>>) =>
  JSON.parse(
    JSON.stringify(found, (_, value) => (Array.isArray(value) && value.length === 0 ? undefined : value)),
  )

/** What the report says, in short. What is empty is left out. */
function summaryOf(found: Awaited<ReturnType<typeof play>>): JsonObject {
  const { summary, people, objects, questions, remedies, stopped, notes } = found
  const access = (isMeant: (row: AccessOutcome) => boolean) => folded(people.filter(isMeant).map(accessText))
  return notEmpty({
    exit: Number(fails(found)),
    stopped,
    lose: access(({ outcome, cause }) => outcome === 'lost' && !isGone(cause)),
    administratorsLose: summary.administratorsLose || undefined,
    notInSource: access(({ cause }) => cause === 'not-in-source'),
    disabledInSource: access(({ cause }) => cause === 'disabled-in-source'),
    gain: access(({ outcome }) => outcome === 'gained'),
    keptUnknown: access(({ outcome }) => outcome === 'kept-unknown'),
    uncertain: access(({ outcome }) => outcome === 'uncertain'),
    objects: folded(objects.map(objectText)),
    orphaned: summary.orphanedAfter - summary.orphanedBefore || undefined,
    questions: questions.map(
      ({ switch: name, lose }) =>
        `${name}: ${Object.entries(lose)
          .map(([value, count]) => `${count} lose with ${value}`)
          .join(', ')}`,
    ),
    remedies: remedies.map(
      ({ id, loseAfter, refusedAfter }) => `${id}: ${loseAfter} lose, ${refusedAfter} refused`,
    ),
    notes: notes.slice(1),
  })
}

for (const name of readdirSync(folder)) {
  const story: Story = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
  t.test(story.story, async t => {
    for (const each of story.plays) {
      t.same(summaryOf(await play(story, each)), each.expected, JSON.stringify(each.client))
    }
  })
}
