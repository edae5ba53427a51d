/** What a list answers with: resources as JSON texts, and where they stand among all that match. */
export type ListPage =
  | {
      readonly by: 'index'
      readonly resources: readonly string[]
      readonly total: number
      /** Counts from 1. */
      readonly startIndex: number
    }
  | {
      readonly by: 'cursor'
      readonly resources: readonly string[]
      /** RFC 9865 §2: may be left out when it isn't known. */
      readonly total?: number
      /** Absent on the last page. */
      readonly next?: string
      /** Absent on the first page, and where no way back is offered. */
      readonly previous?: string
    }

export const listResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'

/**
 * A ListResponse as JSON text (RFC 7644 §3.4.2, RFC 9865 §2). Stored documents are put in as the texts they
 * are: a page of them is neither parsed nor written anew.
 */
export function listResponse(page: ListPage): string {
  const envelope = JSON.stringify({ ...position(page), schemas: [listResponseUrn] })
  return `${envelope.slice(0, -1)},"Resources":[${page.resources.join(',')}]}`
}

function position(page: ListPage) {
  const itemsPerPage = page.resources.length
  switch (page.by) {
    case 'index':
      return { totalResults: page.total, itemsPerPage, startIndex: page.startIndex }
    case 'cursor':
      return {
        ...(page.total !== undefined && { totalResults: page.total }),
        itemsPerPage,
        ...(page.previous !== undefined && { previousCursor: page.previous }),
        ...(page.next !== undefined && { nextCursor: page.next }),
      }
  }
}
