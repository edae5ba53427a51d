import { createRandom } from '../../endure/random.ts'
import { cases } from './cases.ts'
import { randomSteps } from './random/steps.ts'
import { recordedSteps } from './recorded.ts'
import { setupSteps } from './setup.ts'
import type { Step } from './step.ts'

/** What is sent to a server with these flags. */
export type Plan = {
  readonly name: string
  readonly flags: readonly string[]
  readonly steps: readonly Step[]
}

/** The recorded traffic and random requests, some of them to a server that does not verify signatures. */
export function createPlans(seed: number, requests: number): readonly Plan[] {
  const unsigned = Math.ceil(requests / 25)
  return [
    { name: 'recorded', flags: [], steps: [...setupSteps(), ...recordedSteps()] },
    {
      name: 'random',
      flags: [],
      steps: [...setupSteps(), ...cases(), ...randomSteps(createRandom(seed), requests - unsigned)],
    },
    {
      name: 'unsigned',
      flags: ['--aws-auth=any'],
      steps: [...setupSteps(), ...cases(), ...randomSteps(createRandom(seed + 1), unsigned, 'aws')],
    },
  ]
}
