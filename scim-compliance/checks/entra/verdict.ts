import type { ClientVerdict, Judge } from '../../grade/verdict.ts'
import { failedAmong, fewOf, type Loss, outcomesFor, unsaid, worstFirst } from '../tools/consequences.ts'
import { flagged, gallery } from './areas.ts'
import { allLosses, kinds, saysEnough } from './losses.ts'

/** Without these nobody is provisioned at all. */
const vital = new Set([
  'entra/create/documented-body',
  'entra/create/charset',
  'entra/create/answers-the-id',
  'entra/look-up/by-user-name',
  'entra/look-up/only-the-match',
  'entra/look-up/read-by-id',
])

/** What has to be looked at before anything is promised: each thing that a job does, in both dialects. */
const decisive = new Set([
  'entra/probe/user-answers-200',
  ...vital,
  'entra/update/replace-displayName',
  'entra/update/flag-replace-merged',
  'entra/disable/default',
  'entra/disable/flag',
  'entra/disable/default-enable',
  'entra/disable/flag-enable',
  'entra/delete/user-answers-204',
  'entra/groups/documented-body',
  'entra/groups/look-up',
  'entra/members/add-one',
  'entra/members/flag-add',
  'entra/members/remove-listed',
  'entra/members/flag-remove',
])

/** What a job of Entra ID would come to with this server. */
export const entraVerdict: Judge = ({ outcomes, exchanges }) => {
  const own = outcomesFor(outcomes, 'entra')
  if (own === undefined) return undefined
  const topics = kinds.map(([pattern]) => pattern)
  const losses = worstFirst(allLosses(own, exchanges), stopsAll, topics).toSorted(byConcern)
  const verdict = summary(losses, unsaid(own, decisive, saysEnough))
  const because = [...new Set(losses.map(({ words }) => words))]
  const isPractice = failedAmong(own).some(({ check }) => check.level === 'practice')
  return {
    client: 'entra',
    ...verdict,
    because,
    terms: termsIn([verdict.words, ...because].join(' '), isPractice),
  }
}

/** Only what every job sends can stop every job. */
const stopsAll = ({ id, effect, when }: Loss): boolean =>
  when === undefined && (effect === 'quarantine' || vital.has(id))

/** What concerns every job first, then the other dialect, then other jobs, and Microsoft's tests last. */
const byConcern = (one: Loss, other: Loss): number => concern(one) - concern(other)

const concern = ({ when }: Loss): number =>
  when === undefined ? 0 : when === flagged ? 1 : when === gallery ? 3 : 2

function summary(
  losses: readonly Loss[],
  unseen: string | undefined,
): Pick<ClientVerdict, 'works' | 'words'> {
  const [first] = losses.filter(stopsAll)
  if (first?.effect === 'quarantine')
    return { works: 'no', words: `Would quarantine the job. ${first.words}` }
  if (first) return { works: 'no', words: `Won’t provision. ${first.words}` }
  const usual = fewOf(inFewWords(losses.filter(({ when }) => when === undefined)))
  const others = withOtherJobs(losses)
  const told = [...(usual === '' ? [] : [`${usual}.`]), ...others].join(' ')
  if (unseen !== undefined)
    return { works: 'unknown', words: told === '' ? unseen : `${unseen} What was looked at shows: ${told}` }
  if (usual !== '') {
    const what = losses.some(({ id }) => id === 'entra/groups/documented-body') ? ' users' : ''
    return { works: 'partly', words: `Will provision${what}, but ${told}` }
  }
  if (others.length > 0)
    return { works: 'partly', words: `Will provision with Entra’s default requests. ${others.join(' ')}` }
  return {
    works: 'yes',
    words:
      losses.length > 0
        ? 'Will provision; some of Microsoft’s own tests for its app gallery fail.'
        : 'Will provision, in both of its dialects.',
  }
}

/** What goes wrong in jobs that are set up otherwise, or with some data only. */
function withOtherJobs(losses: readonly Loss[]): readonly string[] {
  const inFlagged = inFewWords(losses.filter(({ when }) => when === flagged))
  const others = new Set(losses.filter(loss => concern(loss) === 2).map(({ when }) => when)).size
  return [
    ...(inFlagged.length > 0 ? [`If ${flagged}, ${fewOf(inFlagged)}.`] : []),
    ...(others > 0
      ? [
          `In ${others} ${others === 1 ? 'case' : 'cases'} that not every job has, more goes wrong; see the list.`,
        ]
      : []),
  ]
}

/** Each kind once, in the order of the losses. */
const inFewWords = (losses: readonly Loss[]): readonly string[] => [
  ...new Set(losses.flatMap(({ id }) => kinds.find(([pattern]) => pattern.test(id))?.[1] ?? [])),
]

const meanings: readonly (readonly [string, string])[] = [
  [
    'quarantine',
    'quarantine: Entra runs the whole job less and less often until the cause is gone, and disables it after four weeks.',
  ],
  [
    'escrow',
    'escrow: Entra puts an object whose request failed aside, and retries it in later cycles, less and less often.',
  ],
  [
    'aadOptscim062020',
    'aadOptscim062020: a flag that administrators append to the Tenant URL; Entra then sends PATCH in another form.',
  ],
  [
    'app gallery',
    'app gallery: Microsoft’s catalog of applications; before it lists one, its own tests have to pass.',
  ],
]

/** The terms that a text has, and the level `practice` where checks of it failed. */
const termsIn = (text: string, isPractice: boolean): readonly string[] => [
  ...meanings.flatMap(([term, meaning]) => (text.includes(term) ? [meaning] : [])),
  ...(isPractice ? ['practice: Microsoft doesn’t document it, but its client is seen to rely on it.'] : []),
]
