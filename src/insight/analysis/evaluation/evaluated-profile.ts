import {
  type BrokenRule,
  findBrokenRule,
  type Profile,
  type ResourceSubject,
  type Rule,
  type Rules,
} from '../../../profiles/profile.ts'
import { type Attribute, subAttributesOf } from '../../../scim/attribute.ts'
import { memoize } from '../../../scim/memoize.ts'
import { containsSecret, isSecret, secretAttributes } from '../../../scim/secrets.ts'

/**
 * Rules that add violations to `found` and reject nothing, so that one run of a request finds all rules that
 * it violates; the first one found rejects it. A resource that violated a rule before the request, by
 * `wasBroken`, doesn't count.
 */
export function collectBrokenRules(
  rules: Rules,
  found: Map<string, BrokenRule>,
  wasBroken: (rule: Rule<ResourceSubject>, subject: ResourceSubject) => boolean,
): Rules {
  // One rule for all of a list: an object for each would take longer than the checks.
  const watch = <Subject>(
    list: readonly Rule<Subject>[],
    isOld: (rule: Rule<Subject>, subject: Subject) => boolean = () => false,
  ): readonly Rule<Subject>[] =>
    list.slice(0, 1).map(first => ({
      ...first,
      check: subject => {
        for (const rule of list) {
          const broken = found.has(rule.id) ? undefined : findBrokenRule([rule], subject)
          if (broken && !isOld(rule, subject)) found.set(rule.id, broken)
        }
        return undefined
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
 * The profile for evaluations: secrets, whose values the journal does not store, become ordinary attributes,
 * so none is hashed or compared. No secret is required in a PATCH, because the history does not store secrets
 * either.
 */
export const evaluatedProfile = (profile: Profile, method: string): Profile =>
  method === 'PATCH' ? withOptionalSecrets(profile) : withoutSecrets(profile)

const withoutSecrets = memoize((profile: Profile) => mapSecrets(profile, {}))
const withOptionalSecrets = memoize((profile: Profile) => mapSecrets(profile, { required: false }))

/** Whether masked values can be evaluated: a mask is a string. */
export const secretsAreStrings = memoize(({ schema }: Profile): boolean =>
  schema.resourceTypes
    .flatMap(type => secretAttributes(type))
    .every(({ type, multiValued }) => type === 'string' && !multiValued),
)

function mapSecrets(profile: Profile, change: Partial<Attribute>): Profile {
  const changed = (attribute: Attribute): Attribute => {
    if (!containsSecret(attribute)) return attribute
    const adapted: Attribute = isSecret(attribute) ? { ...attribute, hidden: true, ...change } : attribute
    return adapted.subAttributes
      ? { ...adapted, subAttributes: subAttributesOf(adapted).map(changed) }
      : adapted
  }
  if (!profile.schema.resourceTypes.some(type => secretAttributes(type).length > 0)) return profile
  const resourceTypes = profile.schema.resourceTypes.map(type => ({
    ...type,
    attributes: type.attributes.map(changed),
  }))
  return { ...profile, schema: { ...profile.schema, resourceTypes } }
}
