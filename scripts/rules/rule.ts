type Certainty = 'documented' | 'observed' | 'inferred' | 'assumed' | 'decision'

/** A rule that tests name by its ID. The source is a URL, or a page of `docs` with a heading. */
export type NumberedRule = {
  readonly id: string
  readonly rule: string
  readonly certainty: Certainty
  readonly source: string
}

const group =
  (certainty: Certainty) =>
  (source: string, rules: Readonly<Record<string, string>>): readonly NumberedRule[] =>
    Object.entries(rules).map(([id, rule]) => ({ id, rule, certainty, source }))

export const documented = group('documented')
export const observed = group('observed')
export const inferred = group('inferred')
export const assumed = group('assumed')
export const decision = group('decision')
