import { errors, type ScimError } from '../scim/error.ts'
import type { Rule, Statement } from './profile.ts'

/** A rule that a request breaks, with the text that the service would send. */
export type Broken = Statement & { readonly status: number; readonly detail: string }

/** Every rule that the subject breaks, in the order of the rules. */
export const brokenRules = <Subject>(rules: readonly Rule<Subject>[], subject: Subject): readonly Broken[] =>
  rules
    .filter(rule => rule.brokenBy(subject))
    .map(({ id, says, source, basis, status = 400, detail }) => ({
      id,
      says,
      source,
      basis,
      status,
      detail: detail(subject),
    }))

/** Refuses what breaks a rule; the first one speaks. */
export function enforce<Subject>(rules: readonly Rule<Subject>[], subject: Subject): void {
  const broken = rules.find(rule => rule.brokenBy(subject))
  if (broken) throw refusalBy(broken, subject)
}

/** The error of a rule that the subject breaks. */
export const refusalBy = <Subject>(
  { id, detail, status, scimType }: Rule<Subject>,
  subject: Subject,
): ScimError => errors.ruleBroken(id, detail(subject), status, scimType)
