import {
  type Profile,
  type ResourceSubject,
  type Rule,
  type Rules,
  type Violation,
  violations,
} from '../../profiles/profile.ts'
import { type Attribute, subAttributesOf } from '../../scim/attribute.ts'
import type { ScimType } from '../../scim/error.ts'
import { memoize } from '../../scim/memoize.ts'
import { containsSecret, isSecret, secretAttributes } from '../../scim/secrets.ts'

/** A violated rule with its `scimType`. */
export type CollectedViolation = { readonly broken: Violation; readonly scimType: ScimType | undefined }

/**
 * Rules that collect violations in `found` instead of rejecting, so one evaluation finds all of them. The first one is
 * the one that would have rejected the request. `wasBroken` returns whether a resource violated a rule before the
 * request: then the request did not cause it.
 */
export function collectViolations(
  rules: Rules,
  found: Map<string, CollectedViolation>,
  wasBroken: (rule: Rule<ResourceSubject>, subject: ResourceSubject) => boolean,
): Rules {
  const watch = <Subject>(
    list: readonly Rule<Subject>[],
    isOld: (rule: Rule<Subject>, subject: Subject) => boolean = () => false,
  ): readonly Rule<Subject>[] =>
    list.map(rule => ({
      ...rule,
      check: subject => {
        const [broken] = found.has(rule.id) ? [] : violations([rule], subject)
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

/**
 * The profile for evaluations: secrets, whose values the journal does not store, become ordinary attributes, so that
 * none is hashed or compared. A PATCH can't lack one, because the history does not store secrets either.
 */
export const evaluatedProfile = (profile: Profile, method: string): Profile =>
  method === 'PATCH' ? withOptionalSecrets(profile) : withoutSecrets(profile)

const withoutSecrets = memoize((profile: Profile) => mapSecrets(profile, {}))
const withOptionalSecrets = memoize((profile: Profile) => mapSecrets(profile, { required: false }))

/** Whether masked values can be evaluated: the placeholder is a string. */
export const secretsAreStrings = memoize(({ resourceTypes }: Profile): boolean =>
  resourceTypes
    .flatMap(type => secretAttributes(type))
    .every(({ type, multiValued }) => type === 'string' && !multiValued),
)

function mapSecrets(profile: Profile, change: Partial<Attribute>): Profile {
  const changed = (attribute: Attribute): Attribute => {
    if (!containsSecret(attribute)) return attribute
    const own: Attribute = isSecret(attribute) ? { ...attribute, hidden: true, ...change } : attribute
    return own.subAttributes ? { ...own, subAttributes: subAttributesOf(own).map(changed) } : own
  }
  if (!profile.resourceTypes.some(type => secretAttributes(type).length > 0)) return profile
  const resourceTypes = profile.resourceTypes.map(type => ({
    ...type,
    attributes: type.attributes.map(changed),
  }))
  return { ...profile, resourceTypes }
}
