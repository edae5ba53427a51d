import type { Stored } from './resource.ts'

type Versioned = Pick<Stored, 'version' | 'era'>

/**
 * A resource's version as an entity tag (RFC 7644 §3.14, RFC 9110 §8.8.3). It is weak, as the bytes that leave depend
 * on what a request asks for, and equals `meta.version` (RFC 7643 §3.1). `others` identifies the values that come from
 * other resources, which change without a new version; absent when there are none.
 */
export const versionTag = (stored: Versioned, others?: string): string =>
  others === undefined ? `W/"${versionOf(stored)}"` : `W/"${versionOf(stored)}.${others}"`

/** Whether an entity tag, weak or strong, is of this version, whatever it says of other resources. */
export const isOfVersion = (tag: string, stored: Versioned): boolean =>
  /^(?:W\/)?"([^".]+)(?:\.[^".]*)?"$/.exec(tag)?.[1] === versionOf(stored)

/** A restored resource counts on from an earlier version, so its numbers alone would occur again. */
const versionOf = ({ version, era }: Versioned): string => (era === null ? `${version}` : `${version}-${era}`)
