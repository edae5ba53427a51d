import type { Sentence } from '../../../check.ts'
import { ofChanges } from './of-changes.ts'
import { ofQueries } from './of-queries.ts'
import { ofResources } from './of-resources.ts'

const sentences = new Map([...ofResources, ...ofQueries, ...ofChanges])

/** The sentence that a MUST rests on: that of the check, else of the first of its requirements that has one. */
export const sentenceOf = (check: string, requirements: readonly string[] = []): Sentence | undefined =>
  [check, ...requirements].map(id => sentences.get(id)).find(sentence => sentence !== undefined)
