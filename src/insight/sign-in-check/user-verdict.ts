import type { Identity } from '../../domain/ports/directory.ts'
import type { JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import { getRule, type SignInRuleId, type SignInSeverity } from './rules.ts'
import { isAddress, isGuestName, primaryEmail } from './user-name.ts'

/** `no`: AWS would reject the sign-in. `at-risk`: the sign-in or the access may fail. */
export type SignInVerdict = 'yes' | 'at-risk' | 'no'

export type SignInIssue = { readonly rule: SignInRuleId; readonly detail: string }

const missing: Readonly<Record<Identity['status'], string | undefined>> = {
  active: undefined,
  disabled: 'The user is disabled.',
  retained: 'The user was deleted; only a disabled record is left.',
  removed: 'The user was deleted.',
}

export function findUserIssues(
  identity: Pick<Identity, 'status' | 'label' | 'document' | 'predecessor'>,
): readonly SignInIssue[] {
  const { status, label, document, predecessor } = identity
  const issues: SignInIssue[] = []
  const add = (rule: SignInRuleId, detail: string | undefined) => {
    if (detail !== undefined) issues.push({ rule, detail })
  }
  add('SI-030', isAddress(label) ? undefined : 'The userName is not an email address.')
  add('SI-031', missing[status])
  add('SI-032', isGuestName(label) ? 'The userName is the name of an Entra guest (#EXT#).' : undefined)
  const email = document === undefined ? undefined : primaryEmail(JSON.parse(document) as JsonObject)
  if (email !== undefined && fold(email) !== fold(label)) {
    add('SI-033', `The userName differs from the primary email address ${email}.`)
  }
  if (predecessor !== undefined && missing[status] === undefined) {
    add('SI-034', `An earlier user with this name had the ID ${predecessor}.`)
  }
  return issues
}

export const findAccessIssue = (
  { status, groups }: Pick<Identity, 'status' | 'groups'>,
  hasAssignment: boolean,
): readonly SignInIssue[] =>
  (status === 'active' || status === 'disabled') && groups.length === 0 && !hasAssignment
    ? [{ rule: 'SI-035', detail: 'The user is in no group and has no account assignment.' }]
    : []

const verdicts: Readonly<Record<SignInSeverity, SignInVerdict>> = {
  error: 'no',
  warning: 'at-risk',
  note: 'yes',
}

export function verdictOf(issues: readonly SignInIssue[]): SignInVerdict {
  const found = issues.map(({ rule }) => verdicts[getRule(rule).severity])
  return found.includes('no') ? 'no' : found.includes('at-risk') ? 'at-risk' : 'yes'
}
