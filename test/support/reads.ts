import type { Reads } from '../../src/scim/reads.ts'

/** Reads as the RFCs write it, for tests of the core. */
export const strictReads: Reads = {
  value: (_attribute, value) => value,
  attributeName: (_type, name) => name,
  unknownAttributes: 'refuse',
  unknownPaths: 'refuse',
  unknownSchemas: 'refuse',
  schemas: 'required',
  missingElement: 'noTarget',
  readOnlyPaths: 'refuse',
  bareFilterValues: false,
  bracketsBeforeEq: false,
}

/** Forgives whatever the core lets a profile forgive: booleans as text, one value for a list of one. */
export const lenientReads: Reads = {
  value: (attribute, value) => {
    if (attribute.type === 'boolean' && typeof value === 'string') {
      const text = value.toLowerCase()
      return text === 'true' || text === 'false' ? text === 'true' : value
    }
    if (attribute.multiValued && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return [value]
    }
    return value === '' ? undefined : value
  },
  attributeName: (_type, name) => (name === 'member' ? 'members' : name),
  unknownAttributes: 'ignore',
  unknownPaths: 'ignore',
  unknownSchemas: 'ignore',
  schemas: 'optional',
  missingElement: 'create',
  readOnlyPaths: 'ignore',
  bareFilterValues: true,
  bracketsBeforeEq: true,
}
