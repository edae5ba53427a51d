import { skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer } from '../../stage.ts'
import { nobody } from '../tools/people.ts'
import { expectRefused } from './aws-checks.ts'

const unknown = (length: number): readonly JsonObject[] => Array.from({ length }, () => ({ value: nobody() }))

/** Refuses 101 members; skips where it isn't for their number, but because nobody knows them. */
export async function expectTooMany(ask: (members: readonly JsonObject[]) => Promise<Answer>): Promise<void> {
  expectRefused(await ask(unknown(101)))
  const { status } = await ask(unknown(100))
  if (status === 400) skip('Members whom nobody knows are refused, however many they are.')
}
