import type { Sentence } from '../../../check.ts'

/** By section, what the sentence stands for: ids of requirements or of checks, divided by blanks. */
type Quotes = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Sentences of RFCs by requirement (`R-091`) or check (`retrieve/listed-user`). `…` marks what is left out. */
export const quotes = (bySection: Quotes): ReadonlyMap<string, Sentence> =>
  new Map(
    Object.entries(bySection).flatMap(([section, sentences]) =>
      Object.entries(sentences).flatMap(([ids, text]) =>
        ids.split(' ').map(id => [id, { section, text }] as const),
      ),
    ),
  )
