import type { ObjectOutcome, Rehearsal } from '../../domain/contract/rehearsal.ts'
import { loadProfile, switchesOf } from '../../profiles/registry.ts'
import { fold } from '../../scim/text.ts'
import type { PersonAccess } from './access.ts'
import type { PlayedRequest } from './played.ts'
import { type Found, losesAccess, maxListed, type Setup } from './setup.ts'

/** How AWS, or the client, behaves in a case that nobody has documented. */
type Question = {
  readonly id: string
  readonly text: string
  /** Whether the other answer could change the outcome. */
  readonly isTouched: (found: Found) => boolean
  /** The present answer and the others. */
  readonly valuesOf: (setup: Setup) => readonly string[]
  readonly answer: (setup: Setup, value: string) => Setup
}

const ofSwitch = (id: string, question: Pick<Question, 'text' | 'isTouched'>): Question => ({
  id,
  ...question,
  valuesOf: ({ profile }) => {
    const known = switchesOf(profile.name).find(one => one.id === id)
    if (!known) return []
    const present = profile.switches[id] ?? known.default
    return [present, ...known.values.filter(value => value !== present)]
  },
  answer: (setup, value) => ({
    ...setup,
    profile: loadProfile(setup.profile.name, { ...setup.profile.switches, [id]: value }),
  }),
})

const differsInCase = (one: string | undefined, other: string | undefined) =>
  one !== undefined && other !== undefined && one !== other && fold(one) === fold(other)

const clientsWithOption: ReadonlySet<string> = new Set(['entra'])

const questions: readonly Question[] = [
  ofSwitch('letterCase', {
    text: 'Whether AWS compares user names, email addresses and names of groups case-sensitively. Some names differ in letter case only.',
    isTouched: ({ objects, played }) => {
      const sources = new Map(played.client.objects.map(source => [source.id, source]))
      return objects.some(({ awsName, source }) => {
        const known = sources.get(source ?? '')
        return differsInCase(awsName, known?.nameId ?? known?.name)
      })
    },
  }),
  ofSwitch('untypedEmail', {
    text: 'What AWS does with a change of emails[type eq "work"] if the stored address has no type.',
    isTouched: ({ objects }) =>
      objects.some(({ requests }) =>
        requests.some(({ method, rule }) => method === 'PATCH' && rule === 'aws/one-value-per-list'),
      ),
  }),
  ofSwitch('unknownMembers', {
    text: 'Whether AWS accepts members that do not exist.',
    isTouched: ({ played: { requests, after } }) =>
      [...after.groups.keys()].some(id =>
        requests
          .get(`Group ${id}`)
          ?.some(({ method, status }: PlayedRequest) => method === 'PATCH' && status === 404),
      ),
  }),
  {
    id: 'disabledUnlinked',
    text: 'Whether Entra ID disables users at AWS who are disabled in Entra ID and whom its job has not matched before.',
    isTouched: ({ setup: { client }, objects, played }) => {
      const disabled = new Set(played.client.objects.filter(one => !one.isEnabled).map(({ id }) => id))
      return (
        clientsWithOption.has(client.name) &&
        objects.some(({ aws, source }) => aws !== undefined && disabled.has(source ?? ''))
      )
    },
    valuesOf: ({ client: { disabledUnlinked = 'skip' } }) =>
      disabledUnlinked === 'skip' ? ['skip', 'disable'] : ['disable', 'skip'],
    answer: (setup, value) => ({
      ...setup,
      client: { ...setup.client, disabledUnlinked: value === 'skip' ? 'skip' : 'disable' },
    }),
  },
]

/** Each is one more play. All combinations would be eight. */
const maxPlayed = 3

export type Answered = {
  readonly question: Rehearsal['questions'][number]
  readonly value: string
  /** What becomes of each object under the other answer. */
  readonly outcomes: ReadonlyMap<string, ObjectOutcome['outcome']>
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
  for (const { id, text, isTouched, valuesOf, answer } of questions) {
    const [present, other] = valuesOf(found.setup)
    if (answered.length === maxPlayed || present === undefined || other === undefined) continue
    if (!isTouched(found)) continue
    const another = await play(answer(found.setup, other))
    const lose = { [present]: found.summary.lose, [other]: another.summary.lose }
    const [here, there] = [losingIn(found), losingIn(another)]
    const onlyThere = [...there].filter(([key]) => !here.has(key))
    answered.push({
      question: { switch: id, values: [present, other], lose, text },
      value: other,
      outcomes: new Map(another.objects.map(object => [keyOf(object), object.outcome])),
      people: new Set([...onlyThere.map(([key]) => key), ...[...here.keys()].filter(key => !there.has(key))]),
      losing: onlyThere.slice(0, maxListed).map(([, person]) => asUncertain(person)),
    })
  }
  return answered
}

const keyOf = ({ type, aws = '', source = '' }: ObjectOutcome) => [type, aws, source].join('\n')

const losingIn = ({ access }: Found) =>
  new Map(access.filter(losesAccess).map(person => [person.user || (person.source ?? ''), person]))

/** Computes the rows, so that nothing refers to the play any more. */
function asUncertain(person: PersonAccess): PersonAccess {
  const rows = person
    .rows()
    .map(row => (row.outcome === 'lost' ? { ...row, outcome: 'uncertain' as const } : row))
  return { ...person, lost: 0, rows: () => rows }
}

/** Adds the outcome under other answers where it differs. */
export function withUncertainty(object: ObjectOutcome, answered: readonly Answered[]): ObjectOutcome {
  const uncertain = answered.flatMap(({ question, value, outcomes }) => {
    const outcome = outcomes.get(keyOf(object))
    return outcome === undefined || outcome === object.outcome
      ? []
      : [{ switch: question.switch, value, outcome }]
  })
  return uncertain.length === 0 ? object : { ...object, uncertain }
}
