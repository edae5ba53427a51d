import type { Difference } from '../../scim/differences.ts'
import { shown } from '../../scim/error.ts'
import type { PatchOperation } from '../../scim/patch/operation.ts'
import { attributesOn } from '../../scim/path.ts'
import { isSecret } from '../../scim/secrets.ts'
import type { MembershipEvent } from '../../store/effects.ts'

/** What an operation did, as far as it can be told. */
export type Effect = {
  readonly operation: PatchOperation
  /** Of attributes; memberships aren't among them. */
  readonly differences: readonly Difference[]
  readonly memberships: readonly MembershipEvent[]
  /** Whether it set a secret, which no difference tells. */
  readonly secret: boolean
}

export const setsSecret = ({ op, assignments }: PatchOperation): boolean =>
  op !== 'remove' && assignments.some(({ target }) => attributesOn(target).some(isSecret))

export const hadEffect = ({ differences, memberships, secret }: Effect): boolean =>
  differences.length > 0 || memberships.length > 0 || secret

/** The effect in a sentence or two. */
export function effectInWords(effect: Effect): string {
  const { operation, differences, memberships, secret } = effect
  if (!hadEffect(effect)) return `No effect: ${whyNone(operation)}`
  const sentences = [
    ...(differences.length > 0 ? [`Changed ${namesOf(differences.map(({ path }) => path))}.`] : []),
    ...(memberships.length > 0 ? [`${membersInWords(memberships)}.`] : []),
    ...(secret ? ['Set a secret, whose value is kept out of the journal.'] : []),
    ...(operation.ignored.length > 0 ? [`Passed over ${namesOf(operation.ignored)}.`] : []),
  ]
  return sentences.join(' ')
}

function whyNone({ op, assignments, ignored }: PatchOperation): string {
  if (assignments.length === 0 && ignored.length > 0) {
    return `${namesOf(ignored)} ${ignored.length === 1 ? 'is' : 'are'} ignored: not in the schema, set by the server alone, or a change that the service accepts without carrying it out.`
  }
  return op === 'remove' ? 'there was nothing to remove.' : 'it was so already.'
}

function membersInWords(memberships: readonly MembershipEvent[]): string {
  const counts = (['added', 'removed'] as const).flatMap(kind => {
    const count = memberships.filter(({ event }) => event === kind).length
    return count === 0 ? [] : [`${kind} ${count} ${count === 1 ? 'member' : 'members'}`]
  })
  const words = counts.join(' and ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const mostNames = 3

function namesOf(names: readonly string[]): string {
  const first = names.slice(0, mostNames).map(name => shown(name))
  const more = names.length - first.length
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ')
}
