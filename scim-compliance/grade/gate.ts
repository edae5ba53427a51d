import type { Protected, Suite } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'
import type { Outcome, Result } from '../run/result.ts'
import { diagnose } from './diagnose.ts'
import { joinWords } from './join-words.ts'
import { clientNames, isClientSuite } from './verdict.ts'

export type GradedRun = Pick<Result, 'outcomes' | 'exchanges' | 'probes'>

/** Whether users can be locked out of the server. */
export type Safety = {
  readonly safe: 'yes' | 'no' | 'unknown'
  /** The clients that it is not safe with, if requests as the RFCs define them are. */
  readonly clients: readonly string[]
  /** A sentence for each fault, or for each thing that was not tested. */
  readonly reasons: readonly string[]
  /** The requests that prove the first fault: at most three. */
  readonly proof: readonly Exchange[]
}

type Facet = Exclude<Protected, 'enabling'>

/** The worst first. Enabling only limits the grade: it gives nobody access. */
const facets: Readonly<Record<Facet, { readonly fault: string; readonly name: string }>> = {
  disabling: { fault: 'Disabled users stay active', name: 'Disabling' },
  deletion: { fault: 'Deleted resources remain', name: 'Deletion' },
  authentication: { fault: 'Requests without valid credentials are served', name: 'Authentication' },
}
const facetNames = Object.keys(facets) as readonly Facet[]

const mostProof = 3
const mostIds = 3

/** A lost connection proves nothing about what the server does. */
const isUnanswered = ({ verdict, came }: Outcome): boolean => verdict === 'failed' && came === 'nothing'

/** What a failure endangers; undefined for other outcomes. */
export const endangeredBy = (outcome: Outcome, run: GradedRun): Protected | undefined =>
  outcome.verdict === 'failed' && !isUnanswered(outcome) ? diagnose(outcome, run).endangers : undefined

/** Each suite must have tested each facet that its checks protect: a pass in one proves nothing about the requests of another. */
export function safetyOf(run: GradedRun): Safety {
  const faults = facetNames.flatMap(facet => {
    const failed = run.outcomes.filter(outcome => endangeredBy(outcome, run) === facet)
    return failed.length === 0 ? [] : [{ facet, failed }]
  })
  const untested = untestedReasons(run.outcomes)
  const [worst] = faults
  if (worst)
    return {
      safe: 'no',
      clients: endangeredClients(faults.flatMap(({ failed }) => failed)),
      reasons: [
        ...faults.map(({ facet, failed }) => `${facets[facet].fault} (${idsOf(failed)}).`),
        ...untested,
      ],
      proof: worst.failed[0] ? proofOf(worst.failed[0], run.exchanges) : [],
    }
  return { safe: untested.length > 0 ? 'unknown' : 'yes', clients: [], reasons: untested, proof: [] }
}

function endangeredClients(failed: readonly Outcome[]): readonly string[] {
  const suites = [...new Set(failed.map(({ check }) => check.suite))]
  const clients = suites.filter(isClientSuite)
  return clients.length < suites.length ? [] : clients.map(suite => clientNames[suite])
}

function idsOf(outcomes: readonly Outcome[]): string {
  const ids = outcomes.map(({ check }) => check.id)
  return `${ids.slice(0, mostIds).join(', ')}${ids.length > mostIds ? ` and ${ids.length - mostIds} more` : ''}`
}

/** A sentence for each reason: "Disabling and deletion were not tested, because rfc/discovery/offers-patch fails." */
function untestedReasons(outcomes: readonly Outcome[]): readonly string[] {
  const found = facetNames.flatMap(facet => {
    const reason = whyUntested(facet, outcomes)
    return reason === undefined ? [] : [{ name: facets[facet].name, reason }]
  })
  return [...Map.groupBy(found, ({ reason }) => reason)].map(([reason, those]) => {
    const [first = '', ...others] = those.map(({ name }) => name)
    const names = joinWords([first, ...others.map(name => name.toLowerCase())])
    return `${names} ${others.length > 0 ? 'were' : 'was'} not tested${reason}.`
  })
}

/** Undefined if each suite with such a check has tested it. */
function whyUntested(facet: Facet, outcomes: readonly Outcome[]): string | undefined {
  const own = outcomes.filter(({ check }) => check.protects === facet)
  if (own.length === 0) return ''
  // Okta deletes only groups: without any, nothing is left untested.
  const applying = own.filter(({ lacks }) => lacks !== 'groups')
  const bySuite = [...Map.groupBy(applying, ({ check }) => check.suite).values()]
  // A failure that is harmless tested it, too.
  const isTested = (one: Outcome) =>
    one.verdict === 'passed' || (one.verdict === 'failed' && !isUnanswered(one))
  const [unseen] = bySuite.filter(those => !those.some(isTested))
  if (unseen === undefined) return undefined
  const [{ follows, reason = 'A request got no response' } = {}] = unseen
  return follows === undefined ? `: ${reason.replace(/\.$/, '')}` : `, because ${follows} fails`
}

/** The failing request, and those before it that lead to it; repetitions only once. */
function proofOf({ exchange, exchanges: own }: Outcome, exchanges: readonly Exchange[]): readonly Exchange[] {
  const seen = own
    .filter(number => exchange === undefined || number <= exchange)
    .flatMap(number => exchanges[number - 1] ?? [])
  const isRepeated = ({ method, url }: Exchange, next: Exchange | undefined) =>
    next?.method === method && next.url === url
  return seen.filter((one, index) => !isRepeated(one, seen[index + 1])).slice(-mostProof)
}

/**
 * Why a suite is not graded: more of its checks follow from failures, lack a permission, or could not be run, than have a
 * result. Undefined if it is graded.
 */
export function ungradedReason(suite: Suite, outcomes: readonly Outcome[]): string | undefined {
  const own = outcomes.filter(({ check }) => check.suite === suite)
  const tested = own.filter(({ verdict }) => verdict === 'passed' || verdict === 'failed').length
  const blocked = own.filter(
    ({ follows, verdict, lacks }) => verdict === 'broken' || follows !== undefined || lacks === 'permission',
  )
  if (blocked.length <= tested) return undefined
  const [[root] = []] = [...Map.groupBy(blocked, ({ follows }) => follows)].toSorted(
    ([, one], [, other]) => other.length - one.length,
  )
  const why = root === undefined ? '' : `, most of them because of ${root}`
  return `${suite} is not graded: ${blocked.length} of ${own.length} checks can’t be tested${why}.`
}
