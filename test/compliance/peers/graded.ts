import { checks } from '../../../scim-compliance/checks/catalog.ts'
import type { Result } from '../../../scim-compliance/run/result.ts'
import { runChecks } from '../../../scim-compliance/run/run-checks.ts'
import { runOptions } from '../small-server.ts'
import { type Base, type Peer, startPeer } from './peer.ts'

/** The results of a suite on a peer. */
export type Graded = {
  /** IDs of the checks that fail and count. */
  readonly failed: readonly string[]
  /** The causes of failures that follow from another, by the IDs of their checks. */
  readonly follows: Readonly<Record<string, string>>
}

/** By peer and suite. */
export type GradedPeers = Readonly<Record<string, Readonly<Partial<Record<Base, Graded>>>>>

/** Runs a suite on a peer, or some of its checks; never load checks, which depend on the machine. */
export async function runSuite(
  peer: Pick<Peer, 'breaks'>,
  suite: Base,
  only: readonly string[] = [],
): Promise<Result> {
  const { url, token, close } = await startPeer(peer, suite)
  try {
    const { result } = await runChecks(
      runOptions(url, checks, {
        token,
        as: [suite],
        only,
        skip: ['entra/load'],
        concurrency: 16,
        timeoutSeconds: 30,
      }),
    )
    return result
  } finally {
    await close()
  }
}

/** The checks that fail; failures that follow from another don't count. */
export function gradeRun({ outcomes }: Result): Graded {
  return {
    failed: outcomes.filter(({ verdict }) => verdict === 'failed').map(({ check }) => check.id),
    follows: Object.fromEntries(
      outcomes.flatMap(({ check, follows }) => (follows === undefined ? [] : [[check.id, follows]])),
    ),
  }
}
