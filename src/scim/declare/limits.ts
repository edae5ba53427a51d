/** RFC 7643 sets no limits. These are far beyond what anybody declares, and keep a declaration small to hold. */
export const most = {
  types: 50,
  schemas: 100,
  /** Of one type. */
  extensions: 20,
  /** Of one schema, or of one complex attribute. */
  attributes: 200,
  canonicalValues: 200,
  referenceTypes: 60,
  /** Characters of names, of URNs, of canonical values and of texts for people. */
  name: 64,
  urn: 255,
  canonicalValue: 255,
  description: 1000,
} as const
