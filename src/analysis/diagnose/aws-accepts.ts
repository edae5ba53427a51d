import { sources } from '../../profiles/aws/sources.ts'
import { resolveName } from '../../scim/attribute-name.ts'
import { shown } from '../../scim/error.ts'
import { isObject, type Json } from '../../scim/json.ts'
import { type Diagnosis, isUser, type Subject, textAt } from './diagnosis.ts'
import { inSignOn, inUserMapping } from './entra-pages.ts'
import type { SentOperation } from './written.ts'

/** What an operation writes: one value at its path, or one for each name in a value without a path. */
const changesIn = ({ path, value }: SentOperation): readonly (readonly [string, Json | undefined])[] => {
  if (path !== undefined) return [[path, value]]
  return isObject(value) ? Object.entries(value) : []
}

/** Whether a PATCH had an operation that was accepted and not carried out. */
const hasIgnoredChange = ({ type, operations, ignoresChange }: Subject): boolean =>
  operations.some(operation => {
    const op = operation.op.toLowerCase()
    if (op !== 'add' && op !== 'replace' && op !== 'remove') return false
    return changesIn(operation).some(([name, value]) => {
      const [attribute, ...below] = (type && resolveName(type, name)) ?? []
      return attribute !== undefined && below.length === 0 && ignoresChange?.(op, attribute, value) === true
    })
  })

const isAddress = (text: string) => /^[^\s@]+@[^\s@]+$/.test(text)

/** Requests that AWS accepts without the effect that the client expects. */
export const acceptedByAws: readonly Diagnosis[] = [
  {
    id: 'aws/user-name-is-no-address',
    severity: 'warning',
    title: 'The userName is not an email address',
    reason:
      'AWS accepts this user, who can never sign in: the SAML NameID has to be an email address, and has to equal the userName.',
    mend: `${inUserMapping('map userPrincipalName to userName.')} ${inSignOn('set Unique User Identifier (Name ID) to user.userprincipalname, in the format Email address.')}`,
    source: sources.troubleshooting,
    basis: 'documented',
    seenIn: subject => {
      const name = isUser(subject) && subject.aws?.accepted ? textAt(subject, 'userName') : undefined
      return name === undefined || isAddress(name) ? undefined : `The userName is "${shown(name)}".`
    },
  },
  {
    id: 'aws/empty-replacement-ignored',
    severity: 'warning',
    title: 'A replacement of all members by none is ignored',
    reason:
      'AWS returns 204 and does nothing: the group keeps its members, and the client takes it for empty.',
    mend: 'Entra doesn’t send this. Correct the client: list the members to remove in the value of a remove.',
    source: sources.lichti,
    basis: 'observed',
    seenIn: subject =>
      subject.exchange.status < 400 && hasIgnoredChange(subject)
        ? `AWS returned ${subject.exchange.status} and did nothing.`
        : undefined,
  },
]
