import type { Stored } from './resource.ts'

/**
 * A resource's version as an entity tag (RFC 7644 §3.14, RFC 9110 §8.8.3). It is weak, as the bytes that leave
 * depend on what a request asks for, and equals `meta.version` (RFC 7643 §3.1).
 */
export const versionTag = ({ version }: Pick<Stored, 'version'>): string => `W/"${version}"`
