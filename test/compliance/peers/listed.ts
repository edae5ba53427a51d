import { readFileSync } from 'node:fs'
import type { Graded, GradedPeers } from './graded.ts'
import type { Base } from './peer.ts'

/** Written by `npm run compliance-docs`. */
const listed: GradedPeers = JSON.parse(readFileSync(new URL('graded.json', import.meta.url), 'utf8'))

/** The listed results of a suite on a peer. */
export function listedFor(id: string, suite: Base): Graded {
  const found = listed[id]?.[suite]
  if (!found) throw new Error(`graded.json has no results of ${suite} for "${id}".`)
  return found
}

export const causesIn = (follows: Graded['follows'] = {}): readonly string[] =>
  [...new Set(Object.values(follows))].toSorted()
