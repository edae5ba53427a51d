import type { Json } from '../json.ts'

const bulkResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse'

/** What became of one operation (RFC 7644 §3.7.3). */
export type BulkResult = {
  readonly method: string
  readonly bulkId: string | undefined
  /** Absent for a POST that failed, and where no resource is named. */
  readonly location: string | undefined
  /** The entity tag of the resource as it is now, where versions are offered. */
  readonly version: string | undefined
  readonly status: number
  /** The error; what went well is answered without a body, as the RFC leaves open. */
  readonly error: Json | undefined
}

/** A BulkResponse as JSON text; what is undefined is left out of it. */
export const bulkResponse = (results: readonly BulkResult[]): string =>
  JSON.stringify({
    schemas: [bulkResponseUrn],
    Operations: results.map(({ location, method, bulkId, version, status, error }) => ({
      location,
      method,
      bulkId,
      version,
      status: String(status),
      response: error,
    })),
  })
