import { randomBytes } from 'node:crypto'
import type { Check } from '../check.ts'
import { type Client, type ClientOptions, createClient } from '../client/client.ts'
import type { Unreachable } from '../client/reachability.ts'
import { type Mask, masked } from '../client/secrets.ts'
import type { ExtraBody } from '../data/extra-bodies.ts'
import { compact, pick } from '../scim.ts'
import { createCreationLog } from './clean-up.ts'
import { createUnauthenticatedClient, createWrongCredentials } from './credentials.ts'
import { type DiscoveryResult, discover } from './discovery.ts'
import { missingNeed } from './needs.ts'
import { preconditionsOf } from './order.ts'
import { runAll } from './perform.ts'
import { type Probe, probePermissions } from './probe.ts'
import { createProbes } from './probes.ts'
import type { OnProgress, Outcome, Result, RunSettings } from './result.ts'
import { isSkipped, selectChecks } from './select.ts'
import { minRate } from './sending.ts'
import type { RunContext } from './stage.ts'
import { withStored } from './stored.ts'
import { removeLeftovers } from './strays.ts'

export type RunOptions = RunSettings &
  ClientOptions & {
    readonly extras: readonly ExtraBody[]
    readonly checks: readonly Check[]
    /** No check may exceed the rate; by default, load checks do. */
    readonly strictRate?: boolean
    /** False: checks run whatever they follow, and no probe is asked. */
    readonly runsPreconditions?: boolean
    /** Ends the run, and removes created resources. */
    readonly stop?: AbortSignal
    readonly tell?: OnProgress
  }

type FinishedRun = { readonly result: Result; readonly unreachable?: Unreachable }

/** Grades a server. Throws `Unreachable` if there is none. */
export async function runChecks(options: RunOptions): Promise<FinishedRun> {
  const { url } = options
  const started = new Date().toISOString()
  const client = createClient(options)
  const tell = masking(options.tell, client.mask)
  const ending = new AbortController()
  const stop = AbortSignal.any([ending.signal, ...(options.stop ? [options.stop] : [])])
  try {
    const discovered = await discover(url, path => client.send('GET', path))
    const { service } = discovered
    const checks = selectChecks(options.checks, options)
    let run: RunContext = runWith(options, client, stop, discovered, () => run)
    tell({ kind: 'discovered', service, checks: checks.length })
    const probe = await probed(run, checks, options.readOnly)
    if (probe.unreachable) ending.abort()
    run = await withStoredTypes(run, checks, options)
    const notes = [...draftNotes(checks), ...discovered.notes, ...probe.notes]
    for (const note of notes) tell({ kind: 'noted', note })
    const all = await runAll(checks, hiddenChecks(checks, options), run, options, tell, ending)
    const known = [...probe.left, ...all.left, ...run.left, ...(await probe.end())]
    const strays = await removeLeftovers(run, known)
    const unreachable = probe.unreachable ?? all.unreachable
    return {
      result: maskResult(
        {
          service,
          asked: runSettings(options),
          mark: run.mark,
          outcomes: all.outcomes,
          exchanges: client.exchanges,
          started,
          ended: new Date().toISOString(),
          leftBehind: [...known, ...strays],
          notes: [...notes, ...client.notes()],
          interrupted: stop.aborted,
          types: run.types,
          probes: run.probes.all(),
          occasional: run.occasional,
        },
        client.mask,
      ),
      ...compact({ unreachable }),
    }
  } finally {
    client.close()
  }
}

const draftNotes = (checks: readonly Check[]): readonly string[] => [
  ...new Set(
    checks.flatMap(({ suite, draft }) =>
      draft
        ? [
            `${suite} follows a draft, which may change: ${draft.draft}, version ${draft.version} of ${draft.date}.`,
          ]
        : [],
    ),
  ),
]

function runWith(
  {
    headers,
    extras,
    rate,
    timeoutSeconds,
    strictRate = false,
    readOnly,
    load,
    authorization = {},
  }: RunOptions,
  client: Client,
  stop: AbortSignal,
  { service, types, exchanges }: DiscoveryResult,
  current: () => RunContext,
): RunContext {
  let number = 0
  return {
    client,
    service,
    discovery: exchanges,
    types,
    extras,
    mark: `scim-check-${newMark()}`,
    next: () => ++number,
    stranger: createUnauthenticatedClient(client, headers, types),
    stop,
    refused: new Map(),
    needed: new Map(),
    addressed: new Set(),
    referents: new Map(),
    keepsPace: strictRate && rate > 0 && rate < minRate,
    authorization,
    traces: createCreationLog(types, service.url),
    wrongCredentials: createWrongCredentials(timeoutSeconds),
    probes: createProbes(current),
    lacks: check => missingNeed(check, { ...current(), readOnly, load: load === true }),
    occasional: [],
    outcomes: [],
    left: [],
  }
}

const newMark = (): string => (randomBytes(4).readUInt32BE() % 36 ** 5).toString(36).padStart(5, '0')

const probed = async (run: RunContext, checks: readonly Check[], readOnly: boolean): Promise<Probe> =>
  readOnly || run.stop.aborted || !checks.some(({ needs }) => needs?.includes('write'))
    ? { notes: [], left: [], end: async () => [] }
    : probePermissions(run)

/** The types of the run, with a mark on each attribute that the server doesn't store: checks use others. */
async function withStoredTypes(
  run: RunContext,
  checks: readonly Check[],
  { runsPreconditions = true }: RunOptions,
): Promise<RunContext> {
  const writes = checks.some(({ needs }) => needs?.includes('write'))
  if (!runsPreconditions || !writes || run.stop.aborted) return run
  const { values } = await run.probes.ask('probe/stored')
  return { ...run, types: withStored(run.types, values) }
}

/** The checks that selected ones follow. */
const hiddenChecks = (checks: readonly Check[], options: RunOptions): readonly Check[] =>
  options.runsPreconditions === false
    ? []
    : preconditionsOf(checks, options.checks, id => isSkipped(id, options))

/** Whatever a server returns, and whichever check quotes it: all output of a run passes through here or through `masking`. */
const maskResult = ({ outcomes, exchanges, ...rest }: Result, mask: Mask): Result => ({
  ...masked(rest, mask),
  outcomes: outcomes.map(outcome => maskOutcome(outcome, mask)),
  // Masked when recorded, before bodies were truncated.
  exchanges,
})

// A check is our own code, and contains functions.
const maskOutcome = ({ check, ...told }: Outcome, mask: Mask): Outcome => ({ check, ...masked(told, mask) })

const masking =
  (tell: OnProgress = () => {}, mask: Mask): OnProgress =>
  progress =>
    tell(
      progress.kind === 'done'
        ? { ...progress, outcome: maskOutcome(progress.outcome, mask) }
        : masked(progress, mask),
    )

// Field by field, so that no secret is included.
const runSettings = (options: RunOptions): RunSettings =>
  pick(options, 'url', 'as', 'only', 'skip', 'readOnly', 'concurrency', 'rate', 'timeoutSeconds', 'load')
