import { type Broken, brokenRules } from '../../profiles/enforce.ts'
import type { ResourceSubject, Rule, Rules } from '../../profiles/profile.ts'
import type { ScimType } from '../../scim/error.ts'

/** A broken rule with the `scimType` that it gives. */
export type Collected = { readonly broken: Broken; readonly scimType: ScimType | undefined }

/**
 * Rules that note in `found` what breaks them and refuse nothing, so that one run of a request finds all that it
 * breaks; the first one found is the one that would have refused. `wasBroken` says whether a resource broke a rule
 * before the request: then the request isn't to blame.
 */
export function collecting(
  rules: Rules,
  found: Map<string, Collected>,
  wasBroken: (rule: Rule<ResourceSubject>, subject: ResourceSubject) => boolean,
): Rules {
  const watch = <Subject>(
    list: readonly Rule<Subject>[],
    isOld: (rule: Rule<Subject>, subject: Subject) => boolean = () => false,
  ): readonly Rule<Subject>[] =>
    list.map(rule => ({
      ...rule,
      brokenBy: subject => {
        const [broken] = found.has(rule.id) ? [] : brokenRules([rule], subject)
        if (broken && !isOld(rule, subject)) found.set(rule.id, { broken, scimType: rule.scimType })
        return false
      },
    }))
  return {
    operation: watch(rules.operation),
    body: watch(rules.body),
    resource: watch(rules.resource, wasBroken),
    sentPatch: watch(rules.sentPatch),
    patch: watch(rules.patch),
    query: watch(rules.query),
  }
}
