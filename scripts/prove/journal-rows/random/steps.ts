import type { Random } from '../../../endure/random.ts'
import type { Step } from '../step.ts'
import { awsRequest } from './aws-requests.ts'
import { disconnecting, pipelined, strangeWire } from './connections.ts'
import { clock, fault, replayed } from './console.ts'
import { anyScim, list, longBody, patched } from './scim-requests.ts'
import type { RandomSteps } from './step.ts'
import { tokenRequest } from './token-requests.ts'
import { withSecrets } from './with-secrets.ts'

/** In a hundred. */
const shares: readonly (readonly [number, RandomSteps])[] = [
  [36, anyScim],
  [24, withSecrets],
  [9, tokenRequest],
  [11, awsRequest],
  [6, patched],
  [4, list],
  [4, strangeWire],
  [1.5, longBody],
  [1.5, pipelined],
  [1, fault],
  [1, replayed],
  [0.8, disconnecting],
  [0.2, clock],
]

/** The steps of a number of random requests. */
export function randomSteps(random: Random, requests: number, only?: 'aws'): readonly Step[] {
  const all = only ? ([[1, awsRequest]] as const) : shares
  const total = all.reduce((sum, [share]) => sum + share, 0)
  const chosen = (): RandomSteps => {
    let at = (random.below(1_000_000) / 1_000_000) * total
    for (const [share, step] of all) {
      if (at < share) return step
      at -= share
    }
    return anyScim
  }
  const steps: Step[] = []
  let sent = 0
  for (let number = 1; sent < requests; number++) {
    const own = chosen()(random, number)
    for (const step of own) sent += step.to === 'console' ? 0 : step.requests.length
    steps.push(...own)
  }
  return steps
}
