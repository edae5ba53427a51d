import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { ScimError } from '../../../src/scim/error.ts'
import { parseFilter } from '../../../src/scim/filter/bind.ts'
import type { BoundFilter } from '../../../src/scim/filter/bound-filter.ts'
import { matches, type RelatedIds, toSearchForm } from '../../../src/scim/filter/evaluate.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import { strictReads } from '../../support/request-policy.ts'

export const limits = { filterLength: 8000, filterDepth: 20 }

export const userFilter = (text: string, reads = strictReads): BoundFilter =>
  parseFilter(text, userType, reads, limits)

export const groupFilter = (text: string, reads = strictReads): BoundFilter =>
  parseFilter(text, groupType, reads, limits)

/** Whether the filter finds the user. */
export const finds = (text: string, user: JsonObject, reads = strictReads): boolean =>
  matches(userFilter(text, reads), toSearchForm(userType, user))

export const findsGroup = (text: string, related: RelatedIds, reads = strictReads): boolean =>
  matches(groupFilter(text, reads), {}, related)

/** The error for a rejected filter. */
export function rejection(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof ScimError && error.status === 400 && error.scimType === 'invalidFilter') {
      return error.detail
    }
    throw error
  }
  return 'It is accepted.'
}
