/** By the path of an attribute that AWS requires: the ID of the finding that a user or group has no value there. */
export const missingAttributeFindings: ReadonlyMap<string, string> = new Map([
  ['userName', 'client/no-user-name'],
  ['name.givenName', 'client/no-given-name'],
  ['name.familyName', 'client/no-family-name'],
  ['displayName', 'client/no-display-name'],
])

/** The ID of the finding that reports the violation of a rule on its own; undefined for other violations. */
export const findingOfViolation = ({
  path,
  kind,
}: {
  readonly path: string
  readonly kind: string
}): string | undefined =>
  kind === 'missing' || kind === 'empty' ? missingAttributeFindings.get(path) : undefined
