import { sources } from './rfc/sources.ts'

/** A switch of each profile that shows `$ref`. */
export const referencesChoice = {
  says: '`$ref` of a member, a group or a manager is an absolute URI, or a relative one as in the examples of RFC 7643 §8: `../Users/…`, to be resolved against the URI of the resource. Clients send either. `meta.location` is always absolute.',
  values: ['absolute', 'relative'],
  source: sources.dataTypes,
  basis: 'documented',
  requirements: ['R-034'],
} as const
