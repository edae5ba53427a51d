import { isDeepStrictEqual } from 'node:util'
import type { ObjectOutcome, Rehearsal } from '../../domain/contract/rehearsal.ts'
import { loadProfile, switchesOf } from '../../profiles/registry.ts'
import { primaryEmailOf } from '../../provisioning/directory-sync/idp-scim-sync.ts'
import { fold } from '../../scim/text.ts'
import type { PersonAccess } from './access.ts'
import { hasSetting } from './clients.ts'
import { type FoundObject, readEvidence } from './outcomes.ts'
import { type Found, maxListed, type Setup } from './setup.ts'

/** How AWS, or the client, behaves in a case that no page documents. */
type Question = {
  readonly id: string
  readonly text: string
  /** Whether the other answer could change the outcome. */
  readonly isTouched: (found: Found) => boolean
  /** The present answer and the others. */
  readonly valuesOf: (setup: Setup) => readonly string[]
  readonly answer: (setup: Setup, value: string) => Setup
}

const ofSwitch = (id: string, text: string, isTouched: Question['isTouched']): Question => ({
  ...{ id, text, isTouched },
  valuesOf: ({ profile }) => {
    const known = switchesOf(profile.name).find(one => one.id === id)
    const present = profile.switches[id] ?? known?.default
    return known && present !== undefined ? [present, ...known.values.filter(value => value !== present)] : []
  },
  answer: (setup, value) => ({
    ...setup,
    profile: loadProfile(setup.profile.name, { ...setup.profile.switches, [id]: value }),
  }),
})

const questions: readonly Question[] = [
  ofSwitch(
    'letterCase',
    'Whether AWS compares user names, email addresses and names of groups case-sensitively. Some names differ in letter case only.',
    ({ objects, played }) => {
      const sources = new Map(played.client.objects.map(source => [source.id, source]))
      return objects.some(({ awsName, source }) => {
        const known = sources.get(source ?? '')
        const name = known?.nameId ?? known?.name
        return awsName !== undefined && name !== undefined && awsName !== name && fold(awsName) === fold(name)
      })
    },
  ),
  ofSwitch(
    'untypedEmail',
    'What AWS does with a change of emails[type eq "work"] if the stored address has no type.',
    ({ objects, played }) => {
      const evidenceOf = readEvidence(played)
      return objects.some(object =>
        evidenceOf(object).requests.some(
          ({ method, rule }) => method === 'PATCH' && rule === 'aws/one-value-per-list',
        ),
      )
    },
  ),
  ofSwitch(
    'unknownMembers',
    'Whether AWS accepts members that do not exist.',
    ({ played: { requestsAbout, after } }) =>
      [...after.groups.keys()].some(id =>
        requestsAbout(`Group ${id}`).some(({ method, status }) => method === 'PATCH' && status === 404),
      ),
  ),
  {
    id: 'disabledUnlinked',
    text: 'Whether Entra ID disables users at AWS who are disabled in Entra ID and whom its job has not matched before.',
    isTouched: ({ setup: { client }, objects, played }) => {
      const disabled = new Set(played.client.objects.filter(one => !one.isEnabled).map(({ id }) => id))
      const isDisabled = objects.some(({ aws, source }) => aws !== undefined && disabled.has(source ?? ''))
      return hasSetting(client, 'disabledUnlinked') && isDisabled
    },
    valuesOf: ({ client: { disabledUnlinked } }) =>
      disabledUnlinked === 'disable' ? ['disable', 'skip'] : ['skip', 'disable'],
    answer: (setup, value) => ({
      ...setup,
      client: { ...setup.client, disabledUnlinked: value === 'skip' ? 'skip' : 'disable' },
    }),
  },
  {
    id: 'listOrder',
    text: 'In which order AWS lists users. idp-scim-sync takes the last of those at AWS who have the same primary email address.',
    isTouched: ({ setup: { client, directory } }) => {
      const users = [...directory.users.values()]
      const addresses = users.map(({ document }) => primaryEmailOf(JSON.parse(document))).filter(Boolean)
      return client.name === 'idp-scim-sync' && new Set(addresses).size < addresses.length
    },
    valuesOf: () => ['oldest first', 'newest first'],
    answer: setup => {
      const users = new Map([...setup.directory.users].reverse())
      return { ...setup, directory: { ...setup.directory, users } }
    },
  },
]

/** Each is one more play. All combinations would be eight. */
const maxPlayed = 3

export type Answered = {
  readonly question: Rehearsal['questions'][number]
  readonly value: string
  /** What becomes of the objects under the other answer, where it differs; undefined if the other play has no such object. */
  readonly outcomes: ReadonlyMap<string, ObjectOutcome['outcome'] | undefined>
  /** People who lose access under one of the answers only. */
  readonly people: ReadonlySet<string>
  /** Those of them who lose it under the other answer. */
  readonly losing: readonly PersonAccess[]
}

/** Plays again under the other answer of each open question that matters, one at a time. */
export async function answerQuestions(
  found: Found,
  play: (setup: Setup) => Promise<Found>,
): Promise<readonly Answered[]> {
  const answered: Answered[] = []
  let plays = 0
  for (const { id, text, isTouched, valuesOf, answer } of questions) {
    const [present, other] = valuesOf(found.setup)
    if (plays === maxPlayed || present === undefined || other === undefined) continue
    if (!isTouched(found)) continue
    plays++
    await using another = await play(answer(found.setup, other))
    const lose = { [present]: found.summary.lose, [other]: another.summary.lose }
    const [here, there] = [losingIn(found), losingIn(another)]
    const onlyThere = [...there].filter(([key]) => !here.has(key))
    const people = [...onlyThere.map(([key]) => key), ...[...here.keys()].filter(key => !there.has(key))]
    const outcomes = outcomesThatDiffer(found, another)
    if (outcomes.size === 0 && isDeepStrictEqual(found.played.cycles, another.played.cycles)) continue
    answered.push({
      question: { switch: id, values: [present, other], lose, text },
      ...{ value: other, outcomes, people: new Set(people) },
      losing: onlyThere.slice(0, maxListed).map(([, person]) => asUncertain(person)),
    })
  }
  return answered
}

/** The key of a user is her ID at AWS, a string that memory has already. Joined keys of 100,000 users would take 12 MB. */
const keyOf = ({ type, aws, source = '' }: FoundObject) =>
  type === 'User' && aws !== undefined ? aws : [type, aws, source].join('\n')

function outcomesThatDiffer(found: Found, another: Found): Answered['outcomes'] {
  const outcomes = mainOutcomes(another)
  const differing = new Map<string, ObjectOutcome['outcome'] | undefined>()
  for (const [key, outcome] of mainOutcomes(found)) {
    const other = outcomes.get(key)
    if (other !== outcome) differing.set(key, other)
  }
  return differing
}

/** The first row of each counts: a user who is created again has a second one about her former user. */
function mainOutcomes({ objects }: Found): ReadonlyMap<string, ObjectOutcome['outcome']> {
  const outcomes = new Map<string, ObjectOutcome['outcome']>()
  for (const object of objects) {
    const key = keyOf(object)
    if (!outcomes.has(key)) outcomes.set(key, object.outcome)
  }
  return outcomes
}

const losingIn = ({ access }: Found) =>
  new Map(access.filter(({ lost }) => lost > 0).map(person => [person.user || (person.source ?? ''), person]))

/** Computes the rows, so that nothing refers to the play any more. */
function asUncertain(person: PersonAccess): PersonAccess {
  const rows = person
    .rows()
    .map(row => (row.outcome === 'lost' ? { ...row, outcome: 'uncertain' as const } : row))
  return { ...person, lost: 0, rows: () => rows }
}

/** Adds the outcome under other answers where it differs. */
export function withUncertainty(object: FoundObject, answered: readonly Answered[]): FoundObject {
  const uncertain = answered.flatMap(({ question, value, outcomes }) => {
    const outcome = outcomes.get(keyOf(object))
    return outcome === undefined || outcome === object.outcome
      ? []
      : [{ switch: question.switch, value, outcome }]
  })
  return uncertain.length === 0 ? object : { ...object, uncertain }
}
