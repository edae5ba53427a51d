import type { Attribute } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import { matches } from '../../scim/filter/evaluate.ts'
import { fold } from '../../scim/text.ts'

type Member = {
  readonly memberId: string
  readonly type: string | null
  readonly display: string | null
}

/** Undefined unless the filter does nothing else: `members[value eq "…"]`. */
export function requestedId(filter: BoundFilter): string | undefined {
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string')
    return undefined
  const [attribute, ...below] = filter.path
  return attribute && below.length === 0 && isMemberId(attribute) && attribute.caseExact
    ? filter.value
    : undefined
}

export const memberMatches = (filter: BoundFilter, member: Member): boolean =>
  matches(
    filter,
    Object.fromEntries(
      filteredAttributes(filter).flatMap(attribute => {
        const text = memberText(attribute, member)
        return text === null ? [] : [[attribute.name, attribute.caseExact ? text : fold(text)]]
      }),
    ),
  )

const isMemberId = ({ derived }: Attribute) => derived === undefined

function memberText(attribute: Attribute, { memberId, type, display }: Member): string | null {
  if (attribute.derived === undefined) return memberId
  switch (attribute.derived) {
    case 'type':
      return type
    case 'display':
      return display
    case 'uri':
      // `$ref` depends on the address that the client used, and `value` identifies the same member.
      return null
  }
}

export function filteredAttributes(filter: BoundFilter): readonly Attribute[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap(filteredAttributes)
    case 'not':
      return filteredAttributes(filter.operand)
    case 'present':
    case 'compare':
    case 'some':
      return filter.path.slice(0, 1)
    case 'related':
    case 'any-related':
    case 'some-related':
      return []
  }
}
