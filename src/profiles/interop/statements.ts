import type { Statement } from '../profile.ts'
import { sources } from './sources.ts'

type Row = readonly [description: string, source: keyof typeof sources]

const rows: Readonly<Record<`interop/${string}`, Row>> = {
  'interop/conformant': [
    '`interopProfileConformant` in ServiceProviderConfig is `true`, or `false` if the tenant declares a list whose `type` has no `canonicalValues`.',
    'conformance',
  ],
  'interop/exact-schemas': [
    '`/Schemas` also lists the schema of ServiceProviderConfig, which declares `interopProfileConformant`. The `$ref` of members and managers is declared as read-only, because the server sets it.',
    'discovery',
  ],
  'interop/declared-only': [
    'An attribute, a sub-attribute, an extension and the path of a PATCH operation that no schema declares are `invalidSyntax`, and so is a URN in `schemas` that the resource type does not have. Nothing is stored.',
    'declared',
  ],
  'interop/type-values': [
    '`entitlements`, `roles` and `x509Certificates` have no `type`, because RFC 7643 names no values for it.',
    'typeValues',
  ],
  'interop/media-type': [
    'Responses are `application/scim+json`, also for a client that accepts only `application/json`.',
    'mediaType',
  ],
  'interop/whole-replacement': [
    'A `replace` of a single complex attribute, such as `name`, replaces the whole value: omitted sub-attributes are removed. `add` keeps them. Under a path that is the URN of an extension, each attribute counts by itself.',
    'attributes',
  ],
  'interop/optional-conditions': [
    'The switch `ifMatch` is missing: clients of the profile send no conditional headers, so none can be required.',
    'conditions',
  ],
  'interop/retry-after': ['429 has `Retry-After: 1`, if the tenant limits its rate.', 'limits'],
  'interop/no-password': ['Users have no `password`.', 'credentials'],
  'interop/group-names': ['The `displayName` of a group is unique: 409 `uniqueness`.', 'groupNames'],
}

/** Where the profile differs from `rfc`, other than by its rules. */
export const statements: readonly Statement[] = Object.entries(rows).map(([id, [description, source]]) => ({
  id,
  description,
  source: sources[source],
  basis: 'documented',
}))
