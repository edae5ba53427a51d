import type { RequestPolicy } from '../../src/scim/request-policy.ts'

/** Strict parsing as in the RFCs, for tests of the core. */
export const strictReads: RequestPolicy = {
  normalizeValue: (_attribute, value) => value,
  fullAttributeName: (_type, name) => name,
  unknownAttributes: 'refuse',
  unknownPaths: 'invalidPath',
  unknownSchemas: 'invalidValue',
  schemas: 'required',
  complexReplacement: 'merge',
  missingElement: 'noTarget',
  unmatchedRemoval: 'noTarget',
  readOnlyPaths: 'refuse',
  unquotedFilterValues: false,
  comparisonAfterBrackets: false,
}

/** All leniency that the core allows a profile: booleans as strings, one value for a list of one. */
export const lenientReads: RequestPolicy = {
  normalizeValue: (attribute, value) => {
    if (attribute.type === 'boolean' && typeof value === 'string') {
      const text = value.toLowerCase()
      return text === 'true' || text === 'false' ? text === 'true' : value
    }
    if (attribute.multiValued && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return [value]
    }
    return value === '' ? undefined : value
  },
  fullAttributeName: (_type, name) => (name === 'member' ? 'members' : name),
  unknownAttributes: 'ignore',
  unknownPaths: 'ignore',
  unknownSchemas: 'ignore',
  schemas: 'optional',
  complexReplacement: 'merge',
  missingElement: 'create',
  unmatchedRemoval: 'ignore',
  readOnlyPaths: 'ignore',
  unquotedFilterValues: true,
  comparisonAfterBrackets: true,
}
