import type { Profile } from '../../profiles/profile.ts'
import { type Attribute, subAttributesOf } from '../../scim/attribute.ts'
import { remembered } from '../../scim/remembered.ts'
import { holdsSecrets, isSecret, secretHoldersOf } from '../../scim/secrets.ts'

/**
 * The profile as requests are judged by it: secrets, whose values the journal doesn't have, are attributes like any
 * other, so that none is hashed or compared. A PATCH can't lack one that the history doesn't have either.
 */
export const judgedProfile = (profile: Profile, method: string): Profile =>
  method === 'PATCH' ? withoutDemands(profile) : withoutSecrets(profile)

const withoutSecrets = remembered((profile: Profile) => withSecretsAs(profile, {}))
const withoutDemands = remembered((profile: Profile) => withSecretsAs(profile, { required: false }))

/** Whether masked values can be judged: a mark is a text. */
export const secretsAreTexts = remembered(({ resourceTypes }: Profile): boolean =>
  resourceTypes
    .flatMap(type => secretHoldersOf(type))
    .every(({ type, multiValued }) => type === 'string' && !multiValued),
)

function withSecretsAs(profile: Profile, change: Partial<Attribute>): Profile {
  const changed = (attribute: Attribute): Attribute => {
    if (!holdsSecrets(attribute)) return attribute
    const own: Attribute = isSecret(attribute) ? { ...attribute, hidden: true, ...change } : attribute
    return own.subAttributes ? { ...own, subAttributes: subAttributesOf(own).map(changed) } : own
  }
  if (!profile.resourceTypes.some(type => secretHoldersOf(type).length > 0)) return profile
  const resourceTypes = profile.resourceTypes.map(type => ({
    ...type,
    attributes: type.attributes.map(changed),
  }))
  return { ...profile, resourceTypes }
}
