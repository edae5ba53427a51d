import type { PreparedResource } from '../scim/resource.ts'
import { fold } from '../scim/text.ts'

/** The text that a search by name compares. */
export const searchableNames = ({ label, display }: Pick<PreparedResource, 'label' | 'display'>): string =>
  fold(`${label}\n${display}`)
