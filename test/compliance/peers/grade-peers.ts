import { fetchOnce } from '../../support/provisioning.ts'
import { type Graded, gradeRun, runSuite } from './graded.ts'
import { gradings } from './index.ts'
import { type Effects, runJob } from './job.ts'
import { type Base, type Peer, startPeer } from './peer.ts'
import { type Predicted, predict } from './prediction.ts'

type ById<Value> = Readonly<Record<string, Value>>

/** The results on a peer for a job of Entra ID: what the suite predicts, and what a job does. */
type GradedForJobs = Graded & { readonly predicted: Predicted; readonly actual: Effects }

const sound: Peer = {
  id: 'sound',
  description: 'Nothing is wrong.',
  breaks: () => (request, next) => next(request),
}

/** The peers that a suite grades. */
export const gradedBy = (suite: Base): readonly Peer[] =>
  gradings.filter(({ suites }) => suites.includes(suite)).map(({ peer }) => peer)

/** The peers whose effects on a job are predicted: those of the entra suite, and one without deviation. */
export const predictedPeers: readonly Peer[] = [sound, ...gradedBy('entra')]

/** The results of a suite on the peers that it grades, or on some of them. */
export const gradePeers = (suite: Base, peers = gradedBy(suite)): Promise<ById<Graded>> =>
  onEach(peers, async peer => gradeRun(await runSuite(peer, suite)))

/** The checks of a suite that fail on each peer, of those that are listed for it. */
export const failuresAmong = (
  suite: Base,
  peers: readonly Peer[],
  listed: (peer: Peer) => readonly string[],
): Promise<ById<readonly string[]>> =>
  onEach(peers, async peer => {
    const { outcomes } = await runSuite(peer, suite, listed(peer))
    return outcomes.filter(({ verdict }) => verdict === 'failed').map(({ check }) => check.id)
  })

/** The results of checks of the entra suite on peers, all without `only`, with the effects on a job. */
export const gradePeersForJobs = (
  only: (peer: Peer) => readonly string[] = () => [],
  peers = predictedPeers,
): Promise<ById<GradedForJobs>> =>
  onEach(peers, async peer => {
    const result = await runSuite(peer, 'entra', only(peer))
    return { ...gradeRun(result), predicted: predict(result), actual: await runJobOn(peer) }
  })

async function runJobOn(peer: Peer): Promise<Effects> {
  const { close, ...server } = await startPeer(peer, 'entra')
  try {
    return await runJob({ ...server, fetch: peer.closesConnections ? fetchOnce : fetch })
  } finally {
    await close()
  }
}

/** Checks wait for results that a peer never returns, so several peers are graded concurrently. */
async function onEach<Value>(peers: readonly Peer[], grade: (peer: Peer) => Promise<Value>) {
  const queue = peers.values()
  const results: (readonly [string, Value])[] = []
  const gradeNext = async () => {
    for (const peer of queue) results.push([peer.id, await grade(peer)])
  }
  await Promise.all(Array.from({ length: 4 }, gradeNext))
  return Object.fromEntries(results)
}
